"""What public base images hold beside the root of their distribution, as far as it is known.

Names of packages as the Dockerfiles of the images install them, read in docker-library's
buildpack-deps, python and node (2026). Everything else of a base comes from its own build history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.domain.build_plan import Leftover
from auditor.domain.packages import Ecosystem

DEBIAN, ALPINE, DISTROLESS = "debian", "alpine", "distroless"

_CURL = ("ca-certificates", "curl", "gnupg", "netbase", "sq", "wget")
_SCM = ("git", "mercurial", "openssh-client", "procps", "subversion")
_FULL = (
    *("autoconf", "automake", "bzip2", "default-libmysqlclient-dev", "dpkg-dev", "file", "g++"),
    *("gcc", "imagemagick", "libbz2-dev", "libc6-dev", "libcurl4-openssl-dev", "libdb-dev"),
    *("libevent-dev", "libffi-dev", "libgdbm-dev", "libglib2.0-dev", "libgmp-dev"),
    *("libjpeg-dev", "libkrb5-dev", "liblzma-dev", "libmagickcore-dev", "libmagickwand-dev"),
    *("libmaxminddb-dev", "libncurses5-dev", "libncursesw5-dev", "libpng-dev", "libpq-dev"),
    *("libreadline-dev", "libsqlite3-dev", "libssl-dev", "libtool", "libwebp-dev", "libxml2-dev"),
    *("libxslt1-dev", "libyaml-dev", "make", "patch", "unzip", "xz-utils", "zlib1g-dev"),
)
_BUILDPACK_DEPS = (*_CURL, *_SCM, *_FULL)
_OF_ROLE = {"curl": _CURL, "scm": (*_CURL, *_SCM)}
_ON_BUILDPACK_DEPS = frozenset({"buildpack-deps", "python", "node", "ruby", "rust", "pypy", "perl"})
_OWN = {
    ("python", True): ("ca-certificates", "netbase", "tzdata"),
    ("python", False): ("libbluetooth-dev", "tk-dev", "uuid-dev"),
    ("golang", False): ("g++", "gcc", "libc6-dev", "make", "pkg-config", "ca-certificates"),
}
_PIP_ONLY_FROM = (3, 12)
_COMPILED = {
    Leftover.PYTHON_CODE: Ecosystem.PIP,
    Leftover.PIP_CODE: Ecosystem.PIP,
    Leftover.NPM_CODE: Ecosystem.NPM,
}
_NPM_COMPILES_FROM = (22, 13)
_OWN_PYTHON = (
    ("debian", "bookworm", "3.11"),
    ("debian", "trixie", "3.13"),
)


@dataclass(frozen=True, slots=True)
class BaseContents:
    """What a base holds. `release` is Debian's codename or Alpine's version, empty if unknown.

    `packages` were asked for on top of the distribution's root. `python` is the version of its
    interpreter and `python_packages` what is installed for it; empty where it has none.
    `uncompiled` are package managers that have not run in it yet, and compile themselves then.
    """

    distribution: str = ""
    release: str = ""
    packages: tuple[str, ...] = ()
    python: str = ""
    python_packages: tuple[str, ...] = ()
    uncompiled: frozenset[Ecosystem] = frozenset()

    @property
    def is_musl(self) -> bool:
        """Whether programs are linked with musl instead of glibc."""
        return self.distribution == ALPINE

    @property
    def has_shell(self) -> bool:
        """Whether packages can be installed in it at all."""
        return self.distribution not in ("", DISTROLESS)


def contents_of(
    family: str,
    version: Sequence[int],
    *,
    role: str = "",
    is_slim: bool = False,
    distribution: str = "",
    release: str = "",
) -> BaseContents:
    """What an image of such a name holds; `family` is its program or system, "python"."""
    return BaseContents(
        distribution=distribution,
        release=release,
        packages=_packages(family, role, distribution, is_slim=is_slim),
        python=_python(family, version, distribution, release),
        python_packages=_python_packages(family, version),
        uncompiled=frozenset(_uncompiled(family, version)),
    )


def leaves(what: Leftover, base: BaseContents) -> bool:
    """Whether a package manager leaves that on such a base."""
    if what in _COMPILED:
        return _COMPILED[what] in base.uncompiled
    if what in (Leftover.ENVIRONMENT_SETUPTOOLS, Leftover.COPIED_SETUPTOOLS):
        return bool(base.python) and _numbers(base.python) < _PIP_ONLY_FROM
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split(".")[:2] if one.isdecimal())


def _packages(family: str, role: str, distribution: str, *, is_slim: bool) -> tuple[str, ...]:
    if distribution != DEBIAN:
        return ()
    own = _OWN.get((family, is_slim), ())
    if is_slim or family not in _ON_BUILDPACK_DEPS:
        return own
    below = _OF_ROLE.get(role, _BUILDPACK_DEPS) if family == "buildpack-deps" else _BUILDPACK_DEPS
    return (*below, *own)


def _python(family: str, version: Sequence[int], distribution: str, release: str) -> str:
    if family == "python" or (distribution == DISTROLESS and "python" in family):
        return ".".join(map(str, version[:2]))
    for system, codename, own in _OWN_PYTHON:
        if (system, codename) == (distribution, release):
            return own
    return ""


def _python_packages(family: str, version: Sequence[int]) -> tuple[str, ...]:
    """Since 3.12 the official image has pip alone. Source: docker-library/python."""
    if family != "python":
        return ()
    return ("pip",) if tuple(version[:2]) >= _PIP_ONLY_FROM else ("pip", "setuptools", "wheel")


def _uncompiled(family: str, version: Sequence[int]) -> Iterator[Ecosystem]:
    """Python's image is made without byte code, see docker-library/python issue 615.

    npm has Node keep what it compiles since 10.9.2, which came with Node 22.13; a tag without a
    second number, or without any, is newer.
    """
    if family == "python":
        yield Ecosystem.PIP
    if family == "node" and tuple(version[:2]) >= _NPM_COMPILES_FROM[: len(version)]:
        yield Ecosystem.NPM
