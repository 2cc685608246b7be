"""Which extras and groups of a Python project are asked for, and what is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from auditor.estimate.lists.limits import Notes, few, quoted, refused

ALL = "*"
_NOT_ASKED = "{} that were not asked for are left out"


@dataclass(frozen=True, slots=True)
class Choices:
    """Names as asked for; "*" is all of them. Spellings of one name are the same (PEP 685)."""

    extras: frozenset[str]
    groups: frozenset[str]

    @classmethod
    def of(cls, extras: Collection[str], groups: Collection[str]) -> Choices:
        """The choices of a command line or of a Dockerfile."""
        return cls(frozenset(map(_plain, extras)), frozenset(map(_plain, groups)))

    def has_extra(self, name: str) -> bool:
        """Whether this extra is asked for."""
        return ALL in self.extras or _plain(name) in self.extras

    def has_group(self, name: str) -> bool:
        """Whether this group is asked for by its name."""
        return ALL in self.groups or _plain(name) in self.groups

    def settle(
        self, file: str, extras: Iterable[str], groups: Iterable[str], *, knows_groups: bool = True
    ) -> Choices:
        """The choices where a name asked for as an extra, and none, is the group of that name.

        Raises UsageError for what is asked for and not there.
        """
        extra_names, group_names = list(extras), list(groups)
        of_extras, of_groups = (frozenset(map(_plain, one)) for one in (extra_names, group_names))
        meant = (self.extras - of_extras) & of_groups
        settled = Choices(self.extras - meant, self.groups | meant)
        _refuse(file, "extra", settled.extras - of_extras, extra_names)
        if knows_groups:
            _refuse(file, "group", settled.groups - of_groups, group_names)
        return settled

    def note(self, notes: Notes, extras: Iterable[str], groups: Iterable[str] = ()) -> None:
        """Tell which are left out."""
        for kind, left in (
            ("extras", [one for one in extras if not self.has_extra(one)]),
            ("groups", [one for one in groups if not self.has_group(one)]),
        ):
            if left:
                notes.add(_NOT_ASKED.format(kind), *sorted(left))


def _refuse(file: str, kind: str, unknown: Collection[str], there: list[str]) -> None:
    wrong = sorted(set(unknown) - {ALL})
    if wrong:
        known = few(sorted(there)) or "none"
        raise refused(file, f"there is no {kind} {quoted(wrong[0])}", f"it has: {known}")


def _plain(name: str) -> str:
    return name if name == ALL else canonicalize_name(name)
