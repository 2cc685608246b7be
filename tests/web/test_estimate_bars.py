from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.estimates import Alternative, Choice, Interval, Part, PartKind, total
from tests.fakes.estimates import flask_estimate, from_scratch, lower_bound
from web.estimate_bars import MOST_PACKAGES, choice_bars, part_bars, unpacked_known
from web.waterfall import Owner

SIZES = st.builds(
    lambda low, more, most: Interval(low + more, low, low + more + most),
    *[st.integers(0, 10**12)] * 3,
)


def test_a_part_begins_where_the_one_before_ends() -> None:
    made = part_bars(flask_estimate())
    assert [one.bar.owner for one in made] == [Owner.BASE, Owner.OWN, Owner.OWN, Owner.OWN]
    for one, after in itertools.pairwise(made):
        assert one.bar.x + one.bar.width == pytest.approx(after.bar.x, abs=0.01)
    assert made[-1].bar.x + made[-1].bar.width == pytest.approx(100, abs=0.01)


def test_what_is_known_has_no_spread() -> None:
    made = part_bars(flask_estimate())
    assert [one.bar.spread_width > 0 for one in made] == [False, True, True, False]


def test_many_packages_are_cut_with_the_sum_of_the_rest() -> None:
    (apt,) = (one for one in part_bars(flask_estimate()) if one.part.kind is PartKind.APT)
    rest = apt.part.packages[MOST_PACKAGES:]
    assert len(apt.packages) == MOST_PACKAGES
    assert apt.further == len(rest) == 23
    assert apt.further_bytes == sum(one.archive_bytes or 0 for one in rest)


def test_what_has_no_bytes_has_no_bar() -> None:
    unknown = part_bars(lower_bound())[-1]
    assert (unknown.bar.width, unknown.percent) == (0, 0)


@given(st.lists(SIZES, max_size=9))
def test_no_bar_leaves_the_drawing(sizes: list[Interval]) -> None:
    parts = tuple(Part(PartKind.FILES, "", size) for size in sizes)
    others = tuple(Alternative(Choice.ZSTD, "", size) for size in sizes)
    found = replace(flask_estimate(), parts=parts, compressed=total(parts), alternatives=others)
    bars = [one.bar for one in part_bars(found)] + [one.bar for one in choice_bars(found)]
    for bar in bars:
        assert 0 <= bar.x <= bar.x + bar.width <= 100.001
        assert 0 <= bar.spread_x <= bar.spread_x + bar.spread_width <= 100.001
    assert sum(one.percent for one in part_bars(found)) <= 100.001


def test_choices_are_sorted_by_size_with_the_one_asked_about_among_them() -> None:
    found = flask_estimate()
    made = choice_bars(found, lambda one: f"/to/{one.base}" if one.base else "")
    sizes = [one.compressed.estimate_bytes for one in made]
    assert sizes == sorted(sizes)
    asked = [one for one in made if one.alternative is None]
    assert [(one.change_bytes, one.address) for one in asked] == [(0, "")]
    assert made[0].address == "/to/python:3.12-alpine"
    assert made[0].change_bytes == 33_000_000 - found.compressed.estimate_bytes


def test_without_alternatives_there_is_no_choice() -> None:
    assert choice_bars(from_scratch()) == ()


def test_what_is_known_of_the_unpacked_bytes_is_added_up() -> None:
    found = flask_estimate()
    known = [part.unpacked for part in found.parts if part.unpacked]
    assert found.unpacked is None
    assert unpacked_known(found) == Interval.sum(known)
    whole = replace(found, unpacked=Interval.exactly(5))
    assert unpacked_known(whole) == Interval.exactly(5)
