from __future__ import annotations

import pytest

from auditor.indexes.origins import (
    Login,
    Origin,
    basic,
    header_for,
    login_in,
    origin_of,
    parse_address,
    without_login,
)

HERE = Origin("https", "h.example", 443)


@pytest.mark.parametrize(
    "text, origin, name",
    [
        ("https://H.example/x", HERE, "h.example"),
        ("https://h.example.:443", HERE, "h.example"),
        ("http://h.example", Origin("http", "h.example", 80), "h.example"),
        ("http://h.example:8080/", Origin("http", "h.example", 8080), "h.example:8080"),
        ("http://[::1]:8080/", Origin("http", "::1", 8080), "[::1]:8080"),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, origin: Origin, name: str) -> None:
    assert origin_of(parse_address(text)) == origin
    assert origin.name == name


@pytest.mark.parametrize(
    "text",
    [
        *("", "h.example", "ftp://h.example", "file:///x", "https://", "https:///x", "http://["),
        *("http://a b/", "http://h.example:99999999/", "http://%00/", "http://h\x00.example/"),
        "https://h.example/" + "x" * 5000,
    ],
)
def test_what_is_no_address_of_the_web_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|http://") as raised:
        parse_address(text)
    assert "example" not in str(raised.value)


def test_a_login_is_taken_out_of_an_address() -> None:
    url = parse_address("https://ann:p%40ss@h.example/x?y=1")
    assert str(without_login(url)) == "https://h.example/x?y=1"
    assert login_in(url) == Login(HERE, basic("ann", "p@ss"))
    assert login_in(without_login(url)) is None
    token = login_in(parse_address("https://t0ken@h.example/"))
    assert token == Login(HERE, basic("t0ken", ""))
    assert "t0ken" not in repr(token)


@pytest.mark.parametrize(
    "address",
    [
        "http://h.example/in/x",
        "https://h.example:444/in/x",
        "https://other.example/in/x",
        "https://h.example.evil.example/in/x",
        "https://h.example/other",
        "https://h.example/inside",
        "https://h.example/in/../other",
        "https://h.example/in/%2e%2e/other",
    ],
)
def test_a_login_is_for_its_origin_and_path_only(address: str) -> None:
    login = Login(HERE, "x", "/in/")
    assert header_for(parse_address(address), [login]) is None
    assert header_for(parse_address("https://h.example/in/x"), [login]) == "x"
    assert header_for(parse_address("https://h.example/in"), [login]) == "x"
