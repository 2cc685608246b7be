from __future__ import annotations

import pytest

from auditor.domain.packages import Ecosystem
from auditor.estimate.lists.grammar import is_file_name, is_name, is_version, platforms

APT, APK, PIP, NPM = Ecosystem.APT, Ecosystem.APK, Ecosystem.PIP, Ecosystem.NPM


@pytest.mark.parametrize(
    "ecosystem, names",
    [
        (APT, ["g++", "libstdc++6", "0ad", "libc6:amd64", "a" * 214]),
        (APK, ["py3-pip", "so:libc.musl-x86_64.so.1", "cmd:sh", "py3.12:x", "R", "_x", "a.b"]),
        (PIP, ["Flask", "a", "zope.interface", "ruamel_yaml", "a--b"]),
        (NPM, ["express", "@types/node", "JSONStream", "lodash.get", "-", "a" * 214, "~x"]),
    ],
)
def test_names_that_are_in_use_are_names(ecosystem: Ecosystem, names: list[str]) -> None:
    assert [one for one in names if not is_name(ecosystem, one)] == []


@pytest.mark.parametrize(
    "ecosystem, names",
    [
        (APT, ["a", "Git", "git_x", "+a", "a:b:c", "a" * 215]),
        (APK, ["/bin/sh", ".x", "-x", "a b"]),
        (PIP, ["-a", "a-", ".a", "a b", "a/b", "\u0660"]),
        (NPM, ["node_modules", "favicon.ico", ".a", "_a", "@a", "@a/", "@/a", "a/b", "@a/b/c"]),
        (NPM, ["a" * 215, "@" + "a" * 212 + "/b", "a!", "a'b"]),
    ],
)
def test_others_are_not(ecosystem: Ecosystem, names: list[str]) -> None:
    more = ["", "a\n", "a\0", "a;b", "$(id)", "../a", "a\u202eb", "%2e%2e"]
    assert [one for one in (*names, *more) if is_name(ecosystem, one)] == []


@pytest.mark.parametrize(
    "ecosystem, version, expected",
    [
        (APT, "1:1.2.13.dfsg-1~bpo", True),
        (APT, "1.2*", True),
        (APT, "x1", False),
        (APK, "1.2.5_rc1-r0", True),
        (APK, "1;2", False),
        (PIP, "2026.10.19.post1", True),
        (PIP, "1.0+local", True),
        (PIP, "one", False),
        (PIP, "9" * 5_000, False),
        (NPM, "1.0.0-rc.1+build", True),
        (NPM, "1.0", False),
        (NPM, "1.0.0-" + "a" * 300, False),
        (NPM, "1.0.0\n", False),
    ],
)
def test_versions_are_those_of_their_ecosystem(
    ecosystem: Ecosystem, version: str, expected: bool
) -> None:
    assert is_version(ecosystem, version) is expected


def test_files_and_platforms_have_plain_names() -> None:
    assert is_file_name("a-1.0+x-py3-none-any.whl")
    assert not any(map(is_file_name, ["", "../a", "a b", ".a", "a" * 301]))
    assert platforms(("linux", "!win32", "x\x1b", "", "LINUX")) == ("linux", "!win32")
