"""The Python that packages are for: its wheel tags and its markers, not those of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.tags import Tag, compatible_tags, cpython_tags

from auditor.domain.errors import UsageError
from auditor.domain.text import clean_line

_VERSION = re.compile(r"(3)\.([0-9]{1,2})(?:\.([0-9]{1,3}))?")
_LIBC_VERSION = re.compile(r"([0-9]{1,2})\.([0-9]{1,3})")
# Images carry the newest patch release; markers and Requires-Python tell old ones apart.
_NEWEST_PATCH = "99"
# PEP 600 names versions of glibc, PEP 513, 571 and 599 some of them by year.
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}
_OLDEST_GLIBC_MINOR = {"x86_64": 5, "i686": 5}
_OLDEST_OTHER_MINOR = 17


@dataclass(frozen=True, slots=True)
class PythonTarget:
    """CPython on Linux: `version` is "3.12" or "3.12.4", `machine` as `uname -m` says it.

    `libc` is "glibc" or "musl". Raises UsageError for what is none of these.
    """

    version: str = "3.12"
    machine: str = "x86_64"
    libc: str = "glibc"
    libc_version: str = "2.36"

    def __post_init__(self) -> None:
        if not (_VERSION.fullmatch(self.version) and _LIBC_VERSION.fullmatch(self.libc_version)):
            raise UsageError(
                f"no version of Python or of a libc: {clean_line(self.version)},"
                f" {clean_line(self.libc_version)}",
                next_step="give two numbers with a dot, such as 3.12",
            )

    @property
    def minor_version(self) -> str:
        """The version that wheels are for: "3.12"."""
        return ".".join(self.version.split(".")[:2])

    @property
    def full_version(self) -> str:
        """The version with its patch release, a late one where none is said."""
        given = self.version.split(".")[2:]
        return ".".join((self.minor_version, *(given or [_NEWEST_PATCH])))

    def markers(self) -> dict[str, str]:
        """The environment of PEP 508, without `extra`."""
        return {
            "implementation_name": "cpython",
            "implementation_version": self.full_version,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.full_version,
            "python_version": self.minor_version,
            "sys_platform": "linux",
        }

    def tags(self) -> Iterator[Tag]:
        """Tags of wheels that fit, the best first, as pip orders them."""
        minor = int(self.minor_version.split(".")[1])
        python, interpreter = (3, minor), f"cp3{minor}"
        platforms = list(self._platforms())
        yield from cpython_tags(python, abis=[interpreter], platforms=platforms)
        yield from compatible_tags(python, interpreter, platforms)

    def _platforms(self) -> Iterator[str]:
        major, minor = map(int, self.libc_version.split("."))
        if self.libc == "musl":
            # PEP 656.
            yield from (f"musllinux_{major}_{one}_{self.machine}" for one in range(minor, -1, -1))
        else:
            yield from self._glibc_platforms(major, minor)
        yield f"linux_{self.machine}"

    def _glibc_platforms(self, major: int, minor: int) -> Iterator[str]:
        oldest = _OLDEST_GLIBC_MINOR.get(self.machine, _OLDEST_OTHER_MINOR)
        for one in range(minor, oldest - 1, -1):
            yield f"manylinux_{major}_{one}_{self.machine}"
            if legacy := _LEGACY.get((major, one)):
                yield f"{legacy}_{self.machine}"
