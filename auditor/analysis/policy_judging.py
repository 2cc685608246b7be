"""An image held against a policy, a rule at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from auditor.domain.findings import Finding
from auditor.domain.globs import matches_any
from auditor.domain.image_change import ImageChange, LayerChange
from auditor.domain.policy import CheckOutcome, Policy, PolicyCheck, PolicyFacts
from auditor.domain.units import format_bytes
from auditor.domain.views import BaseView

_GUESS = "history"
_NO_CONFIG = "the image config could not be read"
_NOT_ANALYSED = "images are not analysed: [analysis] is switched off"
_MOST_NAMED = 3
_PASSED, _FAILED, _UNKNOWN = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.UNKNOWN


def judge(policy: Policy, facts: PolicyFacts) -> tuple[PolicyCheck, ...]:
    """One answer per rule that the policy has, in the policy's order."""
    return tuple(check for rule in _RULES if (check := rule(policy, facts)) is not None)


def _size(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit = policy.max_size_bytes
    if limit is None:
        return None
    side = facts.side
    estimated = any(layer.is_estimated for layer in side.layers)
    found = f"{'about ' if estimated else ''}{format_bytes(side.pull_bytes)}"
    kind = "compressed, estimated" if estimated else "compressed"
    message = f"a pull of {side.name} is {found} ({kind}; {side.pull_bytes:,} B)"
    biggest = sorted(range(len(side.layers)), key=lambda at: -side.layers[at].size_bytes)
    return _limited(
        "max_size", side.pull_bytes, limit, found, message, tuple(biggest[:_MOST_NAMED])
    )


def _unpacked(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit = policy.max_unpacked_bytes
    if limit is None:
        return None
    found = facts.unpacked_bytes
    if found is None:
        reason = "unpacked sizes are known of uncompressed archives only: manifests do not say them"
        return _unknown("max_unpacked_size", format_bytes(limit), reason)
    message = f"{facts.side.name} is {format_bytes(found)} unpacked ({found:,} B)"
    return _limited("max_unpacked_size", found, limit, format_bytes(found), message)


def _growth(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit, change = policy.max_growth, facts.change
    if limit is None:
        return None
    if change is None:
        outcome = CheckOutcome.SKIPPED if facts.is_missing_fine else _UNKNOWN
        return PolicyCheck("max_growth", outcome, "not comparable", str(limit), facts.missing)
    is_allowed = limit.allows(change.before.pull_bytes, change.after.pull_bytes)
    grown = sorted(
        (one for one in change.layers if one.change_bytes > 0), key=lambda one: -one.change_bytes
    )
    return PolicyCheck(
        "max_growth",
        _PASSED if is_allowed else _FAILED,
        _growth_words(change),
        str(limit),
        f"{facts.side.name} changed by {_growth_words(change)} against {change.before.name}"
        f"{_growers(change, grown[:_MOST_NAMED])}",
        tuple(one.after for one in grown[:_MOST_NAMED] if one.after is not None),
    )


def _layers(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit, found = policy.max_layers, len(facts.side.layers)
    if limit is None:
        return None
    message = f"{facts.side.name} has {found:,} layers"
    outcome = _PASSED if found <= limit else _FAILED
    return PolicyCheck("max_layers", outcome, f"{found:,}", f"{limit:,}", message)


def _layer_size(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit, layers = policy.max_layer_bytes, facts.side.layers
    if limit is None:
        return None
    at = max(range(len(layers)), key=lambda one: layers[one].size_bytes, default=None)
    if at is None:
        return PolicyCheck("max_layer_size", _PASSED, "0 B", format_bytes(limit), "no layers")
    found = layers[at].size_bytes
    step = f": {layers[at].step}" if layers[at].step else ""
    message = f"layer {at + 1} of {facts.side.name} is {format_bytes(found)}{step}"
    over = tuple(one for one, layer in enumerate(layers) if layer.size_bytes > limit)
    return _limited("max_layer_size", found, limit, format_bytes(found), message, over or (at,))


def _forbidden_bases(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    if not policy.forbidden_bases:
        return None
    limit = f"none of {', '.join(policy.forbidden_bases)}"
    bad = _named(facts.bases, policy.forbidden_bases)
    if bad:
        message = f"{facts.side.name} is built on {bad}, which is forbidden"
        return PolicyCheck("forbidden_bases", _FAILED, bad, limit, message)
    names = _base_words(facts.bases)
    message = f"{facts.side.name} is built on {names}, as far as is known"
    return PolicyCheck("forbidden_bases", _PASSED, names, limit, message)


def _required_bases(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    if not policy.required_bases:
        return None
    limit = f"one of {', '.join(policy.required_bases)}"
    proven = [base for base in facts.bases if base.basis != _GUESS]
    good, names = _named(proven, policy.required_bases), _base_words(facts.bases)
    outcome = _PASSED if good else _FAILED
    message = f"{facts.side.name} is built on {good or names}{'' if good else f', not on {limit}'}"
    return PolicyCheck("required_bases", outcome, good or names, limit, message)


def _labels(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    if not policy.required_labels:
        return None
    limit = ", ".join(policy.required_labels)
    if facts.labels is None:
        return _unknown("required_labels", limit, _NO_CONFIG)
    missing = [label for label in policy.required_labels if not _has_label(facts, label)]
    found = f"lacks {', '.join(missing)}" if missing else "all there"
    outcome = _FAILED if missing else _PASSED
    return PolicyCheck(
        "required_labels", outcome, found, limit, f"{facts.side.name}: labels are {found}"
        if not missing else f"{facts.side.name} {found}"
    )  # fmt: skip


def _saving(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    limit = policy.max_saving_bytes
    if limit is None:
        return None
    if facts.findings is None:
        return _unknown("max_saving", format_bytes(limit), _NOT_ANALYSED)
    found = facts.findings.pull_saving_bytes
    rules = ", ".join(_rules(facts.findings.findings)[:_MOST_NAMED])
    message = f"{format_bytes(found)} of {facts.side.name} could be saved"
    message += f": {rules}" if rules else ""
    return _limited("max_saving", found, limit, format_bytes(found), message)


def _forbidden_findings(policy: Policy, facts: PolicyFacts) -> PolicyCheck | None:
    if not policy.forbidden_findings:
        return None
    limit = f"none of {', '.join(policy.forbidden_findings)}"
    if facts.findings is None:
        return _unknown("forbidden_findings", limit, _NOT_ANALYSED)
    bad = [
        one for one in facts.findings.findings if matches_any(policy.forbidden_findings, one.rule)
    ]
    layers = tuple(sorted({claim.layer for one in bad for claim in one.claims}))
    found = ", ".join(_rules(bad)) or "none"
    message = "; ".join(f"{one.rule}: {one.what} {one.fix}" for one in bad[:_MOST_NAMED])
    return PolicyCheck(
        "forbidden_findings",
        _FAILED if bad else _PASSED,
        found,
        limit,
        message or f"{facts.side.name} has none of these findings",
        layers,
    )


_RULES: tuple[Callable[[Policy, PolicyFacts], PolicyCheck | None], ...] = (
    _size,
    _unpacked,
    _growth,
    _layers,
    _layer_size,
    _forbidden_bases,
    _required_bases,
    _labels,
    _saving,
    _forbidden_findings,
)


def base_matches(base: BaseView, pattern: str) -> bool:
    """Whether a base has a name that the pattern stands for.

    A pattern without a tag stands for every tag; a name counts with its registry and
    without, and without `library/`.
    """
    patterns = (pattern,) if ":" in pattern.rpartition("/")[2] else (pattern, f"{pattern}:*")
    return any(matches_any(patterns, form) for name in base.names for form in _forms(name))


def _forms(name: str) -> Iterator[str]:
    yield name
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        yield rest
        name = rest
    if name.startswith("library/"):
        yield name.removeprefix("library/")


def _limited(
    rule: str, found: int, limit: int, words: str, message: str, layers: tuple[int, ...] = ()
) -> PolicyCheck:
    outcome = _PASSED if found <= limit else _FAILED
    allowed = format_bytes(limit)
    if outcome is _FAILED and allowed == format_bytes(found):
        # Rounded alike: only the bytes tell why it failed.
        words, allowed = f"{found:,} B", f"{limit:,} B"
    return PolicyCheck(rule, outcome, words, allowed, message, layers)


def _unknown(rule: str, limit: str, reason: str) -> PolicyCheck:
    return PolicyCheck(rule, _UNKNOWN, "unknown", limit, reason)


def _growth_words(change: ImageChange) -> str:
    size = f"{'+' if change.change_bytes > 0 else ''}{format_bytes(change.change_bytes)}"
    ratio = change.growth_ratio
    return size if ratio is None else f"{size} ({100 * ratio:+.1f} %)"


def _growers(change: ImageChange, grown: Iterable[LayerChange]) -> str:
    parts = [
        f"{one.fate.value} layer {one.after + 1}, +{format_bytes(one.change_bytes)}"
        f"{': ' + step if (step := change.after.layers[one.after].step) else ''}"
        for one in grown
        if one.after is not None
    ]
    return f"; {'; '.join(parts)}" if parts else ""


def _named(bases: Iterable[BaseView], patterns: Iterable[str]) -> str:
    """The first name of the first base that one of the patterns stands for, or empty."""
    wanted = tuple(patterns)
    return next(
        (base.names[0] for base in bases if any(base_matches(base, one) for one in wanted)), ""
    )


def _base_words(bases: Iterable[BaseView]) -> str:
    names = [f"{base.names[0]}{' (a guess)' if base.basis == _GUESS else ''}"
             for base in bases if base.names]  # fmt: skip
    return " on ".join(names) or "no known base"


def _has_label(facts: PolicyFacts, wanted: str) -> bool:
    name, equals, pattern = wanted.partition("=")
    value = (facts.labels or {}).get(name, "")
    return matches_any((pattern,), value) if equals else bool(value)


def _rules(findings: Iterable[Finding]) -> list[str]:
    return list(dict.fromkeys(one.rule for one in findings))
