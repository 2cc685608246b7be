from __future__ import annotations

import pytest

from auditor.domain.errors import UsageError
from auditor.estimate.lists.documents import json_of, tables_at, toml_of, words


@pytest.mark.parametrize(
    "content, why",
    [
        (b"[" + b"[]," * 700_000 + b"1]", "over 1,000,000 values"),
        (b'{"a":' * 201 + b"1" + b"}" * 201, "nested too deep"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "it is no JSON"),
        (b"{", "it is no JSON"),
        (b"[]", "the document is not what it should be"),
    ],
)
def test_json_that_would_be_too_much_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        json_of("f.json", content)
    assert why in caught.value.message


@pytest.mark.parametrize(
    "content, why",
    [
        (b"a = [" + b"1," * 1_000_001 + b"]", "over 1,000,000 values"),
        (b"a = {" + b"a." * 1_000_001 + b"a=1}", "over 1,000,000 values"),
        (b'a = "' + b"\\n" * 1_000_001 + b'"', "over 1,000,000 values"),
        (b"a = " + b"[" * 201 + b"]" * 201, "nested too deep"),
        (b"a." * 3_000 + b"a = 1", "line 1 has a key of too many parts"),
        (b'"=".' + b"a." * 3_000 + b"a = 1", "line 1 has a key of too many parts"),
        (b"[" + b"a." * 65 + b"a]\n", "line 1 has a key of too many parts"),
        (
            b"[" + b"a." * 60 + b"a]\n" + b"".join(b"k%d=1\n" % k for k in range(2_000)),
            "has a key of too many parts",
        ),
        (b"a = 1\na = 2", "it is no TOML"),
        (b"a = ", "it is no TOML"),
    ],
)
def test_toml_that_would_be_too_much_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        toml_of("f.toml", content)
    assert why in caught.value.message


def test_dots_in_values_comments_and_texts_are_no_parts_of_keys() -> None:
    dots = "." * 3_000
    text = f'# {dots}\na = "{dots}"\nb = [\n  {{ c = "{dots}" }},\n]\n'
    assert toml_of("f.toml", text.encode())["a"] == dots


def test_values_are_told_apart() -> None:
    assert tables_at("f", {}, "a") == ()
    assert words(["a", 7, "b"]) == ("a", "b")
    assert words("a") == ("a",)
    assert words(7) == ()
    with pytest.raises(UsageError, match="f: a is no list"):
        tables_at("f", {"a": "x"}, "a")
    with pytest.raises(UsageError, match="over 100,000 entries"):
        tables_at("f", {"a": [{}] * 100_001}, "a")
