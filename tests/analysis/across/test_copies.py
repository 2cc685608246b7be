from __future__ import annotations

from auditor.analysis.across.copies import blobs_of, count_holders, retained
from tests.analysis.across.pushes import MB, digest, image, layer, repository


def test_blobs_are_counted_by_scope() -> None:
    one = image("1", layer("x"))
    held = list(retained([repository(one, scope="a"), repository(one, scope="b")]))
    assert blobs_of(held[0]) == {("a", digest("x")): MB, ("a", one.digest): 2_000}
    assert set(count_holders(held).values()) == {1}
    assert count_holders([*held, *held])["b", digest("x")] == 2


def test_images_that_are_gone_are_left_out() -> None:
    assert list(retained([repository(image("1", is_retained=False))])) == []
