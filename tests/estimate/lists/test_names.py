from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.packages import Ecosystem
from auditor.estimate.lists.names import parse_names


def told(ecosystem: Ecosystem, text: str) -> list[str]:
    found = parse_names(ecosystem, text)
    return [f"{one.name}{list(one.extras) or ''}{one.constraint}" for one in found.wanted]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("flask", ["flask"]),
        ("flask,gunicorn", ["flask", "gunicorn"]),
        ("flask gunicorn\nrequests", ["flask", "gunicorn", "requests"]),
        ("flask>=2,<3,gunicorn", ["flask<3,>=2", "gunicorn"]),
        ("flask >= 2, < 3 gunicorn", ["flask<3,>=2", "gunicorn"]),
        ("uvicorn[standard,extra]>=0.2, flask", ["uvicorn['extra', 'standard']>=0.2", "flask"]),
        ("a==1.0 b~=2.1 c!=3", ["a==1.0", "b~=2.1", "c!=3"]),
        ("flask,flask", ["flask"]),
        ("flask>=2 ,\n <3\ngunicorn", ["flask<3,>=2", "gunicorn"]),
        ("flask[async , dotenv] gunicorn", ["flask['async', 'dotenv']", "gunicorn"]),
        ("flask (>=2,<3) x", ["flask<3,>=2", "x"]),
        ("tomli; python_version < '3.11', x", ["tomli", "x"]),
        ("tomli ; python_version < '3.11'\nx", ["tomli", "x"]),
        (" , ", []),
    ],
)
def test_python_packages_have_their_commas(text: str, expected: list[str]) -> None:
    assert told(Ecosystem.PIP, text) == expected


def test_others_have_versions_as_their_tools_write_them() -> None:
    assert told(Ecosystem.APT, "git curl=8.14.1-2,vim/bookworm g++ a1=1.2*") == [
        *("git", "curl=8.14.1-2", "vim", "g++", "a1=1.2*")
    ]
    assert told(Ecosystem.APK, "git~2.1 so:libc.musl-x86_64.so.1 a>=1.2-r0 b=~1 c@edge=1") == [
        *("git~2.1", "so:libc.musl-x86_64.so.1", "a>=1.2-r0", "b~1", "c=1")
    ]
    assert told(Ecosystem.NPM, "express@^4,@scope/x@1 @a/b lodash@>=4 <5 x@1 || 2") == [
        *("express^4", "@scope/x1", "@a/b", "lodash>=4 <5", "x1||2")
    ]
    assert told(Ecosystem.NPM, "alias@npm:@s/real@^1 debug@latest") == [
        *("aliasnpm:@s/real@^1", "debuglatest")
    ]


def test_a_marker_stays_with_its_package() -> None:
    (one, other) = parse_names(Ecosystem.PIP, "tomli>=2; python_version < '3.11', x").wanted
    assert one.marker == 'python_version < "3.11"'
    assert other.marker == ""


@pytest.mark.parametrize(
    "ecosystem, text",
    [
        (Ecosystem.PIP, "x @ https://example.invalid/x.whl"),
        (Ecosystem.NPM, "x@https://example.invalid/x.tgz"),
        (Ecosystem.NPM, "x@file:../x"),
    ],
)
def test_addresses_are_told_and_not_counted(ecosystem: Ecosystem, text: str) -> None:
    found = parse_names(ecosystem, f"{text}, y")
    assert [one.name for one in found.wanted] == ["y"]
    assert found.notes[0].endswith("not from an index: x.")


@pytest.mark.parametrize(
    "ecosystem, text",
    [
        (Ecosystem.APT, "git>=1"),
        (Ecosystem.APT, "git=$(id)"),
        (Ecosystem.APT, "git/../x"),
        (Ecosystem.APK, "git~=x"),
        (Ecosystem.APK, "git<>1"),
        (Ecosystem.NPM, "a@$(id)"),
        (Ecosystem.NPM, "<5"),
        (Ecosystem.PIP, "a==$(id)"),
        (Ecosystem.PIP, "a[b"),
        (Ecosystem.PIP, "[" * 99_999),
    ],
)
def test_versions_that_are_none_are_refused(ecosystem: Ecosystem, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_names(ecosystem, text)
    assert caught.value.next_step


@pytest.mark.parametrize("ecosystem", Ecosystem)
@pytest.mark.parametrize(
    "text",
    [
        *("$(id)", "a;rm", "../../etc/passwd", "`id`", "a|b", "-rf", "a\x1b[31m", "a\u202eb"),
        *("a" * 300, "\u00e4"),
    ],
)
def test_names_that_are_none_are_refused_and_shown_safely(ecosystem: Ecosystem, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_names(ecosystem, text)
    assert f"--{ecosystem}" in caught.value.message
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_very_long_texts_are_refused() -> None:
    with pytest.raises(UsageError, match="over 100,000 characters"):
        parse_names(Ecosystem.NPM, "a," * 60_000)


@given(st.sampled_from(list(Ecosystem)), st.text(max_size=60))
def test_any_text_is_read_or_refused(ecosystem: Ecosystem, text: str) -> None:
    with suppress(UsageError):
        assert len(parse_names(ecosystem, text).wanted) <= len(text)
