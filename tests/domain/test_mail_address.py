from __future__ import annotations

import pytest

from auditor.domain.mail_address import is_mail_address, split_mailbox


@pytest.mark.parametrize("good", ["ann@example.org", "a.b+c_d@x", "o'neil@[127.0.0.1]", "a=b@x-y"])
def test_a_plain_address_is_one(good: str) -> None:
    assert is_mail_address(good)
    assert split_mailbox(good) == ("", good)


@pytest.mark.parametrize(
    "bad",
    [
        *("", "ann", "@example.org", "ann@", "a b@example.org", "a@b@c", "<ann@example.org>"),
        *("ann@example.org\n", "ann@exa\rmple.org", "änn@example.org", "ann@bücher.example"),
        *('"a b"@example.org', "a,b@example.org", "a;b@example.org", "a" * 65 + "@x", "a@b>c"),
        *("a\\b@x", "a:b@x", "(a)@x"),
    ],
)
def test_what_could_be_something_else_is_none(bad: str) -> None:
    assert not is_mail_address(bad)


@pytest.mark.parametrize(
    "text, parts",
    [
        ("Auditor <a@example.org>", ("Auditor", "a@example.org")),
        ("<a@example.org>", ("", "a@example.org")),
        ("Größe <a@example.org>", ("Größe", "a@example.org")),
        ("Auditor\r\nBcc: eve@x <a@example.org>", ("", "")),
        ("Auditor <a b@example.org>", ("", "")),
        ("A" * 400 + " <a@example.org>", ("", "")),
        ("nobody", ("", "")),
    ],
)
def test_a_name_may_stand_before_an_address(text: str, parts: tuple[str, str]) -> None:
    assert split_mailbox(text) == parts
