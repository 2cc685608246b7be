from __future__ import annotations

import pytest

from auditor.estimate.closures.npm_target import NpmTarget

GLIBC, MUSL, ARM = NpmTarget(), NpmTarget(libc="musl"), NpmTarget(architecture="arm64")


@pytest.mark.parametrize(
    "systems, architectures, libcs, fitting",
    [
        ((), (), (), {GLIBC, MUSL, ARM}),
        (("linux",), ("x64",), ("glibc",), {GLIBC}),
        (("linux",), ("x64",), ("musl",), {MUSL}),
        (("linux", "darwin"), ("arm64", "x64"), (), {GLIBC, MUSL, ARM}),
        (("darwin",), (), (), set()),
        (("!win32",), ("!arm64",), (), {GLIBC, MUSL}),
        (("!linux",), (), (), set()),
        (("!win32", "linux"), (), (), {GLIBC, MUSL, ARM}),
        (("any",), (), (), {GLIBC, MUSL, ARM}),
    ],
)
def test_packages_say_where_they_can_be_installed(
    systems: tuple[str, ...],
    architectures: tuple[str, ...],
    libcs: tuple[str, ...],
    fitting: set[NpmTarget],
) -> None:
    assert {one for one in (GLIBC, MUSL, ARM) if one.fits(systems, architectures, libcs)} == fitting


def test_a_libc_counts_on_linux_only() -> None:
    assert NpmTarget(system="darwin").fits((), (), ("musl",))
