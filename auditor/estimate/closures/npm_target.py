"""The machine that npm packages are for, and what npm leaves out elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NpmTarget:
    """A system, an architecture and a libc by Node's names ("linux", "x64" or "arm64").

    `libc` is "glibc" or "musl"; `node_version` is "22.11.0", empty for any.
    """

    system: str = "linux"
    architecture: str = "x64"
    libc: str = "glibc"
    node_version: str = ""

    def fits(
        self, systems: Iterable[str], architectures: Iterable[str], libcs: Iterable[str]
    ) -> bool:
        """Whether a package with these `os`, `cpu` and `libc` can be installed here.

        Source: package.json(5); npm-install-checks, checkPlatform.
        """
        return (
            _allows(tuple(systems), self.system)
            and _allows(tuple(architectures), self.architecture)
            and (self.system != "linux" or _allows(tuple(libcs), self.libc))
        )


def _allows(listed: tuple[str, ...], value: str) -> bool:
    """Listed, or not ruled out where the list only rules out; an empty list allows all."""
    if not listed or listed == ("any",):
        return True
    refused = [entry[1:] for entry in listed if entry.startswith("!")]
    if value in refused:
        return False
    return value in listed or len(refused) == len(listed)
