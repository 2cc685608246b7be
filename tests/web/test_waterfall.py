from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.reference import ImageReference
from auditor.domain.views import ImageView
from tests.web.fake_views import AMD64, image_view, row
from web.waterfall import Owner, bars, bytes_by_owner


@pytest.fixture
def view() -> ImageView:
    return image_view(row(0, "payments/api"), ImageReference("payments/api", tag="1"), AMD64)


def test_bars_follow_one_another_in_build_order(view: ImageView) -> None:
    made = bars(view)
    assert [bar.layer.position for bar in made] == list(range(10))
    assert [bar.x for bar in made] == sorted(bar.x for bar in made)


def test_the_last_sum_plus_config_and_manifest_is_the_pull_size(view: ImageView) -> None:
    assert bars(view)[-1].cumulative_bytes + view.config_bytes + view.manifest_bytes == (
        view.pull_bytes
    )


def test_a_repeated_layer_is_counted_once_and_says_so(view: ImageView) -> None:
    last = bars(view)[-1]
    assert (last.repeats, last.added_bytes) == (4, 0)


def test_no_bar_is_invisible_or_outside(view: ImageView) -> None:
    for bar in bars(view):
        assert bar.width >= 0.3
        assert 0 <= bar.x <= bar.x + bar.width <= 100.001


def test_base_comes_before_shared_and_shared_before_own(view: ImageView) -> None:
    owners = [bar.owner for bar in bars(view)]
    assert owners[:4] == [Owner.BASE, Owner.BASE, Owner.BASE, Owner.SHARED]
    assert owners[4] is Owner.OWN


def test_the_owners_share_all_bytes(view: ImageView) -> None:
    made = bars(view)
    assert sum(bytes_by_owner(made).values()) == made[-1].cumulative_bytes


def test_an_image_without_layers_has_no_bars(view: ImageView) -> None:
    assert bars(replace(view, layers=())) == ()


def test_empty_layers_do_not_divide_by_zero(view: ImageView) -> None:
    empty = tuple(replace(layer, size_bytes=0) for layer in view.layers)
    assert {bar.width for bar in bars(replace(view, layers=empty))} == {0.0}
