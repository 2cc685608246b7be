from __future__ import annotations

from pathlib import Path

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.system_lists import read_alpine_list, read_debian_list

FILES = Path(__file__).parents[2] / "data/lists/debian"
NAMES = ["adduser", "apt", "bash", "libc6", "tzdata", "zlib1g"]
VERSIONS = [
    *("3.134", "2.6.1", "5.2.15-2+b8", "2.36-9+deb12u14", "2025b-0+deb12u2", "1:1.2.13.dfsg-1")
]
# `apk list --installed` and `apk info -v` of apk-tools 2.14, as its documentation shows them.
APK_LIST = b"""WARNING: opening cache: No such file or directory
musl-1.2.5-r0 x86_64 {musl} (MIT) [installed]
so-name-1-2.0-r11 x86_64 {so-name} (MIT AND BSD-2-Clause) [installed]
"""


def debian(content: bytes) -> list[str]:
    (found,) = read_debian_list("apt.txt", content)
    return [f"{one.name}{one.constraint}" for one in found.wanted]


def alpine(content: bytes) -> list[str]:
    (found,) = read_alpine_list("world", content)
    return [f"{one.name}{one.constraint}" for one in found.wanted]


@pytest.mark.parametrize(
    "name, has_versions",
    [("selections.txt", False), ("dpkg-l.txt", True), ("apt-list.txt", True)],
)
def test_what_debians_tools_print_is_read(name: str, has_versions: bool) -> None:
    found = [one.replace(":amd64", "") for one in debian((FILES / name).read_bytes())]
    pairs = zip(NAMES, VERSIONS, strict=True)
    assert found == ([f"{name}={version}" for name, version in pairs] if has_versions else NAMES)


def test_what_apt_mark_prints_is_read() -> None:
    assert debian((FILES / "manual.txt").read_bytes())[0] == "apt-transport-https"


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"git\n# why\ncurl=8.14.1-2  vim\r\n\n", ["git", "curl=8.14.1-2", "vim"]),
        (b"git vim jq curl\n", ["git", "vim", "jq", "curl"]),
        (b"git \\\n  vim \\\n", ["git", "vim"]),
        (b"git/bookworm-backports libc6:amd64\n", ["git", "libc6:amd64"]),
        (b"git\t\t\tinstall\nold\tdeinstall\nheld hold\n", ["git", "held"]),
        (b"rc  gone 1 all removed\nii  here 2 all there\n", ["here=2"]),
    ],
)
def test_one_or_many_stand_in_a_line(content: bytes, expected: list[str]) -> None:
    assert debian(content) == expected


def test_alpines_world_is_read() -> None:
    world = b"alpine-base\nbusybox>=1.36\ngit~2 php@edge\nso:libc.so.1\n.build-deps=2024.1\n!vim\n"
    (found,) = read_alpine_list("world", world)
    assert [f"{one.name}{one.constraint}" for one in found.wanted] == [
        *("alpine-base", "busybox>=1.36", "git~2", "php", "so:libc.so.1")
    ]
    assert [note.rpartition(": ")[2] for note in found.notes] == [".build-deps=2024.1.", "vim."]


def test_what_apk_prints_is_read() -> None:
    assert alpine(APK_LIST) == ["musl=1.2.5-r0", "so-name-1=2.0-r11"]
    assert alpine(b"musl-1.2.5-r0\n") == ["musl=1.2.5-r0"]


@pytest.mark.parametrize(
    "content, why",
    [
        (b"git\n$(id)\n", "line 2: '$(id)' is no name"),
        (b"git/../../etc\n", "line 1: 'git/../../etc' is no name"),
        (b"git==1\n", "line 1: '==1' is no version"),
        (b"git>=1\n", "line 1: '>=1' is no version"),
        (b"git=x;y\n", "line 1: '=x;y' is no version"),
    ],
)
def test_a_line_that_names_nothing_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        debian(content)
    assert why in caught.value.message
