from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.analysis.image_change import compare_images
from auditor.domain.image_change import ImageChange
from auditor.domain.platform import Platform
from auditor.reports.as_text.image_change import (
    base_words,
    headline,
    image_change_tables,
    is_of_base,
    step_words,
)
from auditor.reports.layout import as_plain
from tests.reports.approved import assert_matches_snapshot
from tests.reports.image_change_samples import (
    bare_change,
    image_change,
    no_change,
    side,
    side_layer,
)

CHANGES = {"diff": image_change(), "diff-none": no_change(), "diff-bare": bare_change()}


@pytest.mark.parametrize("name, change", CHANGES.items())
def test_a_difference_is_printed_as_approved(name: str, change: ImageChange) -> None:
    assert_matches_snapshot(f"{name}-full.txt", as_plain(image_change_tables(change)))
    assert_matches_snapshot(f"{name}-80.txt", as_plain(image_change_tables(change), width=80))


def test_the_headline_says_how_much_or_that_nothing_is_bigger() -> None:
    assert headline(image_change()) == "+40.9 MB (+49.0 %)"
    assert headline(no_change()) == "the same image"
    assert headline(compare_images(side("a"), side("b"))) == "no byte bigger or smaller"


def test_the_base_is_told_in_words() -> None:
    same = compare_images(side("a", base="x"), side("b", base="x"))
    layers = [side_layer(seed, 5, from_base=True) for seed in "12"]
    newer = compare_images(side("a", layers[0], base="x"), side("b", layers[1], base="x"))
    assert base_words(image_change()) == "debian:12.5 instead of debian:12.4"
    assert base_words(same) == "x, as before"
    assert base_words(newer) == "x, in another version"
    assert "unknown before" in base_words(bare_change())


def test_a_step_that_was_written_anew_is_told_twice() -> None:
    before = side("a", side_layer("1", 1, "RUN get 1"))
    change = compare_images(before, side("b", side_layer("2", 1, "RUN get 2")))
    assert step_words(change, change.layers[0]) == "RUN get 2 (before: RUN get 1)"


def test_a_layer_that_is_gone_was_the_bases_or_not() -> None:
    before = side("a", side_layer("1", 1, "x", from_base=True), side_layer("2", 1, "y"))
    change = compare_images(before, side("b"))
    assert [is_of_base(change, one) for one in change.layers] == [True, False]


def test_other_platforms_are_pointed_out() -> None:
    change = image_change()
    arm = replace(change, after=replace(change.after, platform=Platform("linux", "arm64")))
    assert "different platforms" in as_plain(image_change_tables(arm))
