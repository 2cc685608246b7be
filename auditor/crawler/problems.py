"""What could not be read, named as far as naming helps anybody."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field

from auditor.domain.errors import RegistryError, RegistryUnreachableError
from auditor.domain.observation import Problem


@dataclass(slots=True)
class Problems:
    """Problems of one repository, or of a registry (then `repository` is empty).

    The first `most` are kept, the others counted.
    """

    repository: str
    most: int
    _found: list[Problem] = field(default_factory=list)
    _others: int = 0

    def add(self, *problems: Problem) -> None:
        """Take problems in."""
        room = max(0, self.most - len(self._found))
        self._found.extend(problems[:room])
        self._others += len(problems[room:])

    def say(self, message: str) -> None:
        """Note what is wrong with the whole of it."""
        self.add(Problem(self.repository, "", message))

    def note(self, reference: str, error: RegistryError) -> None:
        """Note what went wrong with one tag or digest; no reference for the whole."""
        self.add(Problem(self.repository, reference, str(error), error.code))

    async def guarded(self, reference: str, reading: Awaitable[None]) -> None:
        """Await one reading; what goes wrong with it alone is recorded and passed by."""
        try:
            await reading
        except RegistryUnreachableError:
            raise
        except RegistryError as error:
            self.note(reference, error)

    def all(self) -> list[Problem]:
        """Every problem kept, and how many there were besides."""
        if not self._others:
            return list(self._found)
        return [
            *self._found,
            Problem(self.repository, "", f"{self._others:,} more problems, which are not named"),
        ]
