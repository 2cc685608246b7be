"""Which team a repository belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from heapq import merge

from auditor.domain.globs import has_wildcard, matches
from auditor.domain.owners import UNOWNED, UNOWNED_LABEL, Owner, OwnerRule

SOURCE_LABEL = "org.opencontainers.image.source"
MAX_TEAM_LENGTH = 100
_MAX_LABEL_LENGTH = 1000
_GROUP = re.compile(
    r"""(?:[a-z][a-z0-9+.-]*://[^/]+/   # https://host/, ssh://user@host:22/
        |(?:[^/@:]+@)?[^/@:]+:)         # git@host:
        ([^/?\#]+)/[^/?\#]              # group/project""",
    re.VERBOSE | re.IGNORECASE,
)


class OwnerBook:
    """All rules, ready for many repositories.

    A table of plain names costs one look-up, and so do patterns whose first segment is plain:
    of `team/**`, `other/**` and so on a repository meets its own team's alone.
    """

    def __init__(self, rules: Sequence[OwnerRule], label_keys: Sequence[str]) -> None:
        self._rules = tuple(rules)
        self._label_keys = tuple(label_keys)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_first_segment: dict[str, list[int]] = defaultdict(list)
        self._others: list[int] = []
        for number, rule in enumerate(self._rules):
            self._place(number, dict.fromkeys(rule.repositories))

    def _place(self, number: int, patterns: Collection[str]) -> None:
        first_segments = dict.fromkeys(pattern.partition("/")[0] for pattern in patterns)
        if not patterns or any(map(has_wildcard, first_segments)):
            self._others.append(number)
        elif any(map(has_wildcard, patterns)):
            for segment in first_segments:
                self._by_first_segment[segment].append(number)
        else:
            for name in patterns:
                self._by_name[name].append(number)

    def owner_of(self, registry: str, repository: str, labels: Mapping[str, str]) -> Owner:
        """The team of the first rule that matches, else of the first label key with a value."""
        candidates = merge(
            self._by_name.get(repository, ()),
            self._by_first_segment.get(repository.partition("/")[0], ()),
            self._others,
        )
        for number in candidates:
            rule = self._rules[number]
            if _applies(rule, registry, repository, labels):
                return Owner(rule.team, rule.source or f"rule of {rule.team}")
        for key in self._label_keys:
            if team := team_in_label(key, labels.get(key, "")):
                return Owner(team, f"label {key}")
        return Owner(UNOWNED, "no rule and no label")


def assign(
    registry: str,
    repository: str,
    labels: Mapping[str, str],
    rules: Sequence[OwnerRule],
    label_keys: Sequence[str],
) -> Owner:
    """The owner of one repository; for many of them make one `OwnerBook`."""
    return OwnerBook(rules, label_keys).owner_of(registry, repository, labels)


def team_in_label(key: str, text: str) -> str:
    """The team that a label names, "" for none.

    The source label names it by the group of its address: `https://github.com/acme/shop` is
    acme's. An address with nothing below the group, or no address, names none. A label that
    says "unowned" names none either.
    """
    cleaned = _cleaned(text)
    if key == SOURCE_LABEL:
        address = _GROUP.match(cleaned)
        cleaned = address[1] if address else ""
    team = cleaned[:MAX_TEAM_LENGTH].strip()
    return "" if team.casefold() == UNOWNED_LABEL else team


def _cleaned(text: str) -> str:
    """One short line: invisible and control characters left out, white space collapsed."""
    visible = (one for one in text[:_MAX_LABEL_LENGTH] if one.isprintable() or one.isspace())
    return " ".join("".join(visible).split())


def _applies(rule: OwnerRule, registry: str, repository: str, labels: Mapping[str, str]) -> bool:
    return (
        _any_matches(rule.repositories, repository)
        and _any_matches(rule.registries, registry)
        and all(
            key in labels and matches(pattern, _cleaned(labels[key]))
            for key, pattern in rule.labels
        )
    )


def _any_matches(patterns: Sequence[str], name: str) -> bool:
    return not patterns or any(matches(pattern, name) for pattern in patterns)
