from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.registry.challenge import parse_challenges


def test_a_bearer_challenge_keeps_its_parameters() -> None:
    value = (
        'Bearer realm="https://auth.test/token?a=1,2",service="r.test",scope="repository:a:pull"'
    )
    (challenge,) = parse_challenges([value])
    assert challenge.scheme == "bearer"
    assert challenge.get("realm") == "https://auth.test/token?a=1,2"
    assert challenge.get("service") == "r.test"
    assert challenge.get("scope") == "repository:a:pull"


@pytest.mark.parametrize(
    "values, schemes",
    [
        (['Negotiate, Basic realm="x", Bearer realm="y"'], ["negotiate", "basic", "bearer"]),
        (['Bearer realm="y"', "Basic"], ["bearer", "basic"]),
        (["Negotiate YWJjZA==, Basic realm=x"], ["negotiate", "basic"]),
        (["BASIC REALM=x"], ["basic"]),
        ([""], []),
        (["====,,,"], []),
        (['realm="x"'], []),
    ],
)
def test_several_challenges_come_in_one_header_or_in_several(
    values: list[str], schemes: list[str]
) -> None:
    assert [one.scheme for one in parse_challenges(values)] == schemes


def test_quoted_values_lose_their_escapes_and_names_their_case() -> None:
    (challenge,) = parse_challenges([r'Bearer Realm = "a\"b\\c" , SERVICE=s'])
    assert challenge.get("realm") == r"a\"b\c".replace(r"\"", '"')
    assert challenge.get("service") == "s"


def test_the_first_of_two_equal_parameters_counts() -> None:
    (challenge,) = parse_challenges(['Bearer realm="a", realm="b"'])
    assert challenge.get("realm") == "a"


@pytest.mark.parametrize(
    "value",
    ['Bearer realm="' + "\\" * 2**20, "a," * 2**19, 'B x="' + '\\"' * 2**19, "B " + "a=b," * 2**18],
)
def test_a_malformed_megabyte_is_read_in_bounded_work(value: str) -> None:
    assert len(parse_challenges([value])) <= 16


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_is_read_without_an_error(values: list[str]) -> None:
    assert all(one.scheme == one.scheme.lower() for one in parse_challenges(values))
