from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import InvalidManifestError
from auditor.registry.json_body import (
    DEEPEST_EVER,
    MOST_VALUES,
    check_depth,
    decode_json,
    is_too_deep,
)


@pytest.mark.parametrize("deepest", [8, 64, 512])
def test_nesting_up_to_the_limit_is_fine(deepest: int) -> None:
    assert not is_too_deep(b"[" * deepest + b"]" * deepest, deepest)
    assert is_too_deep(b"[" * (deepest + 1) + b"]" * (deepest + 1), deepest)
    assert not is_too_deep(b"[" + b'{"a":[]},' * 1000 + b"0]", deepest)


def test_brackets_inside_of_texts_do_not_count() -> None:
    text = json.dumps({"a": "[" * 500, 'b"\\"[': "\\", "c": '\\"' + "{" * 500}).encode()
    assert not is_too_deep(text, 64)


@pytest.mark.parametrize(
    "unit, too_deep",
    [(b'\\"', False), (b"[", False), (b'"[', True), (b"\\", False), (b'[{"', True)],
)
def test_looking_for_depth_takes_linear_work(unit: bytes, too_deep: bool) -> None:
    body = b'{"' + unit * (4 * 2**20 // len(unit))
    assert is_too_deep(body, 64) is too_deep  # in seconds, not in hours


@given(
    st.recursive(
        st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_shallow_json_is_never_called_too_deep(value: object) -> None:
    assert not is_too_deep(json.dumps(value).encode(), 64)


def test_what_is_too_deep_is_named_with_the_limit() -> None:
    check_depth(b"[[[]]]", 3, "the manifest")
    with pytest.raises(InvalidManifestError, match="the manifest is nested more than 2"):
        check_depth(b"[[[]]]", 2, "the manifest")


def test_the_decoders_stand_the_deepest_that_may_be_allowed() -> None:
    decoder = msgspec.json.Decoder(list)
    inner = DEEPEST_EVER - 1
    assert decode_json(b"[" + b"[" * inner + b"]" * inner + b"]", list, decoder, "it")
    with_surrogate = b'["\\ud800",' + b"[" * inner + b"]" * inner + b"]"
    assert decode_json(with_surrogate, list, decoder, "it")


def test_depth_is_found_over_several_windows() -> None:
    filler = b'"' + b"x[" * 50_000 + b'",'
    body = b"[" + filler + b"[" + filler * 3 + b"[" + filler + b"1]]]"
    assert not is_too_deep(body, 3)
    assert is_too_deep(body, 2)


@given(st.lists(st.text(), min_size=1, max_size=5), st.integers(0, 70))
def test_depth_does_not_depend_on_where_a_window_ends(texts: list[str], shift: int) -> None:
    value: object = texts
    for _ in range(66):
        value = [value]
    body = b" " * (64 * 1024 - 70 + shift) + json.dumps(value).encode()
    assert is_too_deep(body, 66)
    assert not is_too_deep(body, 67)


@pytest.mark.parametrize("unit", [b"[],", b"1,", b'{"a":1},', b'"ab",'])
def test_a_body_of_too_many_values_is_not_decoded(unit: bytes) -> None:
    decoder = msgspec.json.Decoder(list)
    body = b"[" + unit * MOST_VALUES + b"0]"
    with pytest.raises(InvalidManifestError, match="it holds more than 500,000 values"):
        decode_json(body, list, decoder, "it")
