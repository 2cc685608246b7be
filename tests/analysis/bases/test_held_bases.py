from __future__ import annotations

from auditor.analysis.bases.held_bases import CurrentImage, HeldBase, held_bases

STACKS = {1: [10, 11, 20], 2: [10, 11, 21], 3: [10, 30], 4: [40]}
HEIGHTS = {1: 2, 2: 2, 3: 1}


def found(*current: CurrentImage, reached: dict[int, int], **more: object) -> list[HeldBase]:
    stacks = {**STACKS, **{int(key[1:]): value for key, value in more.items()}}
    return list(held_bases(current, stacks, HEIGHTS, reached))  # type: ignore[arg-type]


def test_old_images_on_the_base_count_and_what_nobody_else_reaches_is_let_go() -> None:
    (one,) = found(CurrentImage(2, 2), reached={10: 3, 11: 2})
    assert one == HeldBase(2, 2, 2, (1,), builds=False)


def test_a_base_that_no_current_image_has_is_not_told() -> None:
    assert found(CurrentImage(4, 0), reached={}) == []


def test_a_layer_that_an_image_has_once_more_as_its_own_stays() -> None:
    (one,) = found(CurrentImage(1, 2), reached={10: 2, 11: 2}, _1=[10, 11, 10])
    assert one.releases == (1,)


def test_a_layer_twice_in_the_base_is_let_go_once() -> None:
    stacks = {1: [10, 10, 20]}
    (one,) = held_bases([CurrentImage(1, 2, builds=True)], stacks, {1: 2}, {10: 1})
    assert one == HeldBase(1, 2, 1, (0,), builds=True)


def test_layers_stored_elsewhere_are_not_let_go() -> None:
    (one,) = found(CurrentImage(3, 1), reached={10: 0})
    assert one.releases == ()


def test_bases_come_in_the_order_of_the_current_images() -> None:
    bases = found(CurrentImage(3, 1), CurrentImage(1, 2), CurrentImage(2, 2), reached={})
    assert [(one.manifest_id, one.layer_count) for one in bases] == [(3, 1), (1, 2)]


def test_an_image_whose_base_was_found_otherwise_meanwhile_is_left_out() -> None:
    assert found(CurrentImage(1, 1), reached={}) == []
