from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.image_change import compare_images, counted_bytes
from auditor.domain.image_change import ImageChange, ImagePart, ImageSide, LayerFate, SideLayer
from tests.reports.image_change_samples import (
    OVERHEAD,
    digest,
    image_change,
    no_change,
    side,
    side_layer,
)

STEPS = ("", "RUN make", "COPY . /app", "RUN install 1.2", "RUN install 1.3")


def fates(change: ImageChange) -> list[tuple[LayerFate, int | None, int | None]]:
    return [(one.fate, one.before, one.after) for one in change.layers]


def test_every_layer_is_told_in_build_order_with_what_became_of_it() -> None:
    assert fates(image_change()) == [
        (LayerFate.REBUILT, 0, 0),
        (LayerFate.KEPT, 1, 1),
        (LayerFate.REBUILT, 2, 2),
        (LayerFate.REMOVED, 3, None),
        (LayerFate.RECOMPRESSED, 4, 3),
        (LayerFate.REBUILT, 5, 4),
        (LayerFate.ADDED, None, 5),
    ]


def test_parts_say_why_and_add_up() -> None:
    change = image_change()
    assert {part.part: part.change_bytes for part in change.parts} == {
        ImagePart.BASE: 500_000,
        ImagePart.ADDED: 2_000_000,
        ImagePart.REMOVED: -9_000_000,
        ImagePart.REBUILT: 48_010_000,
        ImagePart.RECOMPRESSED: -600_000,
        ImagePart.KEPT: 0,
        ImagePart.DOCUMENTS: 12,
    }
    assert sum(part.change_bytes for part in change.parts) == change.change_bytes
    assert change.growth_ratio == change.change_bytes / change.before.pull_bytes


def test_an_update_downloads_what_a_node_does_not_have_by_content() -> None:
    change = image_change()
    assert change.update_bytes == 28_500_000 + 88_000_000 + 310_000 + 2_000_000 + OVERHEAD + 12
    assert no_change().update_bytes == 0


def test_a_layer_is_the_same_step_although_numbers_in_it_are_not() -> None:
    before = side("a", side_layer("1", 10, "RUN install tool-1.2"))
    after = side("b", side_layer("2", 15, "RUN install tool-1.3"))
    assert fates(compare_images(before, after)) == [(LayerFate.REBUILT, 0, 0)]


def test_the_very_same_words_come_first() -> None:
    before = side("a", side_layer("1", 1, "RUN get 1"), side_layer("2", 2, "RUN get 2"))
    after = side("b", side_layer("3", 3, "RUN get 2"), side_layer("4", 4, "RUN get 3"))
    assert fates(compare_images(before, after)) == [
        (LayerFate.REBUILT, 1, 0),
        (LayerFate.REBUILT, 0, 1),
    ]


def test_a_step_of_the_base_is_none_of_the_images() -> None:
    before = side("a", side_layer("1", 10, "RUN make", from_base=True))
    after = side("b", side_layer("2", 15, "RUN make"))
    changes = compare_images(before, after).layers
    assert [(one.fate, one.part) for one in changes] == [
        (LayerFate.REMOVED, ImagePart.BASE),
        (LayerFate.ADDED, ImagePart.ADDED),
    ]


def test_layers_of_unknown_steps_are_not_taken_for_one_another() -> None:
    change = compare_images(side("a", side_layer("1", 10)), side("b", side_layer("2", 10)))
    assert [one.fate for one in change.layers] == [LayerFate.REMOVED, LayerFate.ADDED]


def test_a_layer_without_diff_id_is_not_the_same_as_another_without() -> None:
    bare = [replace(side_layer(seed, 5), diff_id=None) for seed in ("1", "2")]
    change = compare_images(side("a", bare[0]), side("b", bare[1]))
    assert LayerFate.RECOMPRESSED not in {one.fate for one in change.layers}
    assert change.update_bytes == 5 + OVERHEAD


@pytest.mark.parametrize(
    "before, after, is_moved",
    [
        (side("a"), side("b", base="x"), None),
        (side("a", base="x"), side("b"), None),
        (side("a", base="x"), side("b", base="x"), False),
        (side("a", base="x"), side("b", base="y"), True),
        (
            side("a", side_layer("1", 5, from_base=True), base="x"),
            side("b", side_layer("1", 5, from_base=True), base="y"),
            False,
        ),
        (
            side("a", side_layer("1", 5, files="f", from_base=True), base="x"),
            side("b", side_layer("2", 5, files="f", from_base=True), base="x"),
            False,
        ),
        (
            side("a", side_layer("1", 5, from_base=True), base="x"),
            side("b", *(side_layer(one, 5, from_base=True) for one in "12"), base="x"),
            True,
        ),
    ],
)
def test_a_base_moved_when_its_layers_did(
    before: ImageSide, after: ImageSide, is_moved: bool | None
) -> None:
    assert compare_images(before, after).is_base_moved is is_moved


def test_a_layer_listed_twice_counts_once_with_its_largest_size() -> None:
    twice = (side_layer("1", 10), side_layer("2", 1), side_layer("1", 12))
    assert counted_bytes(twice) == (12, 1, 0)


def test_nothing_to_grow_from_is_no_ratio() -> None:
    empty = side("a", overhead=0)
    assert compare_images(empty, side("b")).growth_ratio is None
    assert not compare_images(empty, replace(side("b"), platform=None)).is_other_platform


layers_of_any_kind = st.lists(
    st.builds(
        lambda seed, size, step, files, base: side_layer(
            f"s{seed}", size, step, files=f"f{files}", from_base=base
        ),
        st.integers(0, 4),
        st.integers(0, 1000),
        st.sampled_from(STEPS),
        st.integers(0, 3),
        st.sampled_from((True, False, None)),
    ),
    max_size=7,
)


@given(before=layers_of_any_kind, after=layers_of_any_kind)
def test_whatever_the_layers_are_each_is_told_once_and_parts_add_up(
    before: list[SideLayer], after: list[SideLayer]
) -> None:
    change = compare_images(side("a", *before), side("b", *after))
    seen = Counter((side_of, at) for one in change.layers
                   for side_of, at in (("a", one.before), ("b", one.after)) if at is not None)  # fmt: skip
    everything = [("a", at) for at in range(len(before))] + [("b", at) for at in range(len(after))]
    assert seen == Counter(everything)
    assert sum(part.before_bytes for part in change.parts) == change.before.pull_bytes
    assert sum(part.after_bytes for part in change.parts) == change.after.pull_bytes
    documents = [part for part in change.parts if part.part is ImagePart.DOCUMENTS]
    assert [part.change_bytes for part in documents] == [0]
    assert sum(one.change_bytes for one in change.layers) == change.change_bytes
    assert 0 <= change.update_bytes <= change.after.pull_bytes
    new_places = [one.after for one in change.layers if one.after is not None]
    assert new_places == sorted(new_places)


@given(layers=layers_of_any_kind)
def test_an_image_compared_with_itself_keeps_every_layer(layers: list[SideLayer]) -> None:
    change = compare_images(side("a", *layers), side("a", *layers))
    assert {one.fate for one in change.layers} <= {LayerFate.KEPT}
    assert (change.change_bytes, change.update_bytes) == (0, 0)
    assert digest("a") == change.after.digest
