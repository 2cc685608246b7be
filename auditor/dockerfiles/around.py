"""What a command of a RUN finds around it: variables, user, files, settings of steps before."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import is_true
from auditor.domain.build_plan import ListFile

_LONGEST_VALUE = 4_096
LocateFile = Callable[[str], str]
"""Where in the build context a file of the image comes from; empty where no step tells."""


@dataclass(frozen=True, slots=True)
class Around:
    """`told` are variables set before the command; `environments` folders of Python's venvs.

    `settings` are names of what earlier steps configured, such as apt without recommends.
    """

    told: MutableMapping[str, str]
    user: str
    locate: LocateFile
    environments: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()

    def with_variables(
        self, act: Act, exported: MutableMapping[str, str], settings: frozenset[str]
    ) -> Around:
        """The same with what the RUN itself sets and settles for this command."""
        told = ChainMap(dict(act.assignments), exported, self.told)
        return Around(told, self.user, self.locate, self.environments, settings)

    def value(self, *names: str) -> str:
        """The first of these variables that is set, cut at a length no such value has."""
        return next((self.told[name] for name in names if self.told.get(name)), "")[:_LONGEST_VALUE]

    def is_on(self, *names: str) -> bool:
        """Whether one of these variables switches something on."""
        return any(is_true(self.value(name)) for name in names)

    @property
    def home(self) -> str:
        """The user's home folder."""
        if home := self.value("HOME"):
            return home
        name = self.user.partition(":")[0]
        return "/root" if name in ("", "root", "0") else f"/home/{name}"

    def list_file(self, *paths: str) -> ListFile:
        """The first of these files, the others for where it does not exist."""
        found = tuple(ListFile(path, self.locate(path)) for path in paths)
        first, *others = found
        return ListFile(first.path, first.context_path, tuple(others))
