from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.system_lists import read_alpine_list, read_debian_list

DPKG = b"""Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked
|/ Err?=(none)/Reinst-required
||/ Name           Version      Architecture Description
+++-==============-============-============-=================
ii  libc6:amd64    2.36-9       amd64        GNU C Library
rc  gone           1            all          removed
"""


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"git\n# why\ncurl=8.14.1-2  vim\r\n\n", ["git", "curl=8.14.1-2", "vim"]),
        (b"git\t\t\tinstall\nold\tdeinstall\nheld hold\n", ["git", "held"]),
        (
            DPKG,
            ["libc6=2.36-9"],
        ),
        (b"Listing...\nadduser/stable,now 3.134 all [installed]\n", ["adduser=3.134"]),
    ],
)
def test_what_debians_tools_print_is_read(content: bytes, expected: list[str]) -> None:
    (found,) = read_debian_list("apt.txt", content)
    assert [f"{one.name}{one.constraint}" for one in found.wanted] == expected


def test_alpines_world_is_read() -> None:
    (found,) = read_alpine_list("world", b"alpine-base\nbusybox>=1.36\ngit~2\n")
    assert [f"{one.name}{one.constraint}" for one in found.wanted] == [
        *("alpine-base", "busybox>=1.36", "git~2")
    ]


def test_a_line_that_names_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match=r"apt\.txt: line 2: '\$\(id\)' is no name"):
        read_debian_list("apt.txt", b"git\n$(id)\n")
