from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.digest import Digest
from auditor.domain.estimates import (
    BaseLayerHeld,
    BaseUsed,
    Interval,
    Part,
    PartKind,
    is_dockerfile_name,
    total,
    unpacked_total,
)
from auditor.domain.platform import DEFAULT_PLATFORM

SIZES = st.integers(0, 10**12)
INTERVALS = st.tuples(SIZES, SIZES, SIZES).map(
    lambda three: Interval(sorted(three)[1], min(three), max(three))
)


@given(st.lists(INTERVALS, max_size=8))
def test_a_sum_is_the_sum_of_estimates_within_what_each_may_be(some: list[Interval]) -> None:
    whole = Interval.sum(some)
    assert whole.estimate_bytes == sum(one.estimate_bytes for one in some)
    assert 0 <= whole.low_bytes <= whole.estimate_bytes <= whole.high_bytes
    assert whole.low_bytes >= sum(one.low_bytes for one in some) - 1
    assert whole.high_bytes <= sum(one.high_bytes for one in some) + 1


@given(INTERVALS, SIZES)
def test_a_figure_that_is_known_moves_an_interval_without_widening_it(
    one: Interval, known: int
) -> None:
    whole = Interval.sum([one, Interval.exactly(known)])
    assert whole.high_bytes - whole.low_bytes == one.high_bytes - one.low_bytes


@given(INTERVALS, st.floats(0, 100))
def test_a_share_keeps_its_order(one: Interval, factor: float) -> None:
    scaled = one.scaled(factor)
    assert scaled.low_bytes <= scaled.estimate_bytes <= scaled.high_bytes
    assert scaled.estimate_bytes == round(one.estimate_bytes * factor)


def test_only_what_is_known_is_exact() -> None:
    assert Interval.exactly(5).is_exact
    assert not Interval(5, 4, 6).is_exact
    assert Interval.sum([]).is_exact


def test_unpacked_bytes_are_unknown_as_soon_as_one_parts_are() -> None:
    known = Part(PartKind.BASE, "", Interval.exactly(3), Interval.exactly(9))
    unknown = Part(PartKind.FILES, "", Interval.exactly(4))
    assert total([known, unknown]) == Interval.exactly(7)
    assert unpacked_total([known, known]) == Interval.exactly(18)
    assert unpacked_total([known, unknown]) is None
    assert unpacked_total([]) == Interval.exactly(0)


def test_of_a_base_only_layers_that_are_held_count_as_held() -> None:
    layers = tuple(
        BaseLayerHeld(Digest(f"sha256:{number:064x}"), 10**number, is_held=number != 2)
        for number in range(1, 4)
    )
    base = BaseUsed("a", DEFAULT_PLATFORM, Interval.exactly(1110), "test", layers=layers)
    assert base.held_bytes == 1010


@pytest.mark.parametrize(
    "name, expected",
    [
        ("Dockerfile", True),
        ("dockerfile.prod", True),
        ("build/Containerfile", True),
        ("app.Dockerfile", True),
        ("x.containerfile", True),
        ("requirements.txt", False),
        ("dockerfiles", False),
        ("Dockerfile/list.txt", False),
    ],
)
def test_dockerfiles_are_told_by_their_names(name: str, *, expected: bool) -> None:
    assert is_dockerfile_name(name) is expected
