"""Which team a repository belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from heapq import merge

from auditor.domain.owners import UNOWNED, UNOWNED_LABEL, Owner, OwnerRule
from auditor.ledger.globs import has_wildcard, matches

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
    """All rules, ready for many repositories; a table of plain names costs one look-up."""

    def __init__(self, rules: Sequence[OwnerRule], label_keys: Sequence[str]) -> None:
        self._rules = tuple(rules)
        self._label_keys = tuple(label_keys)
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._others: list[int] = []
        for number, rule in enumerate(self._rules):
            if not rule.repositories or any(map(has_wildcard, rule.repositories)):
                self._others.append(number)
            else:
                for name in dict.fromkeys(rule.repositories):
                    self._by_name[name].append(number)

    def owner_of(self, registry: str, repository: str, labels: Mapping[str, str]) -> Owner:
        """The team of the first rule that matches, else of the first label key with a value."""
        for number in merge(self._by_name.get(repository, ()), self._others):
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
