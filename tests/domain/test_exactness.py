from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.exactness import Coverage, Exactness, combine

EXACT, LOWER, UPPER, ESTIMATED = Exactness


def test_every_exactness_but_exact_has_a_mark() -> None:
    assert [exactness.mark for exactness in Exactness] == ["", "≥ ", "≤ ", "~ "]


@pytest.mark.parametrize(
    "parts, whole",
    [
        ([], EXACT),
        ([EXACT, EXACT], EXACT),
        ([EXACT, LOWER], LOWER),
        ([UPPER, UPPER], UPPER),
        ([LOWER, UPPER], ESTIMATED),
        ([ESTIMATED, LOWER], ESTIMATED),
    ],
)
def test_a_sum_is_as_good_as_its_parts(parts: list[Exactness], whole: Exactness) -> None:
    assert combine(parts) is whole


@given(st.lists(st.sampled_from(Exactness)), st.lists(st.sampled_from(Exactness)))
def test_sums_may_be_made_in_any_grouping(one: list[Exactness], two: list[Exactness]) -> None:
    assert combine([combine(one), combine(two)]) is combine(two + one)


@pytest.mark.parametrize(
    "untagged, repositories, here, elsewhere, presence, sharing",
    [
        (True, True, False, False, EXACT, EXACT),
        (True, True, False, True, EXACT, UPPER),
        (True, True, True, False, LOWER, LOWER),
        (True, True, True, True, LOWER, ESTIMATED),
        (True, False, False, False, EXACT, UPPER),
        (True, False, True, False, LOWER, ESTIMATED),
        (False, True, False, False, LOWER, ESTIMATED),
    ],
)
def test_exactness_follows_from_what_was_seen(
    untagged: bool,
    repositories: bool,
    here: bool,
    elsewhere: bool,
    presence: Exactness,
    sharing: Exactness,
) -> None:
    coverage = Coverage(untagged, repositories, here, elsewhere)
    assert (coverage.of_presence, coverage.of_sharing) == (presence, sharing)


def test_seeing_less_never_makes_a_figure_exact() -> None:
    for flags in itertools.product([True, False], repeat=4):
        coverage = Coverage(*flags)
        saw_everything = flags == (True, True, False, False)
        assert (coverage.of_sharing is EXACT) is saw_everything
