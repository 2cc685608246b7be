from __future__ import annotations

from typing import Any

from auditor.analysis.across.images import PushedImage
from auditor.analysis.across.repeated_content import find_repeated_content
from auditor.domain.findings import Confidence
from tests.analysis.across.pushes import (
    BASE,
    MB,
    NOW,
    diff_id,
    image,
    layer,
    repository,
)

INSTALL = "RUN apt-get update && apt-get install -y git"


def built(number: int, *, same: bool = False, **more: Any) -> PushedImage:
    name = "0" if same else str(number)
    return image(
        f"1.{number}",
        layer("base", BASE, 50 * MB),
        layer(f"git {name}", INSTALL, 20 * MB + int(name) % 7, **more),
        layer(f"app {number}", "COPY app /app", 5 * MB + 100 * number),
        days_ago=60 - number,
    )


def test_a_layer_that_comes_again_with_the_same_size_is_told() -> None:
    (found,) = find_repeated_content(repository(*map(built, range(5))), NOW)
    assert found.finding.rule == "repeated-content"
    assert "in 4 of the last 4 releases" in found.finding.what
    assert found.stored_saving_bytes == sum(20 * MB + number for number in range(4))
    assert found.finding.claims == ()
    assert found.finding.confidence is Confidence.MEDIUM
    assert found.transfer_bytes_per_month


def test_an_equal_diff_id_makes_it_sure() -> None:
    images = [built(number, diff_id=diff_id("git")) for number in range(4)]
    (found,) = find_repeated_content(repository(*images), NOW)
    assert found.finding.confidence is Confidence.HIGH


def test_it_is_silent_once_a_release_keeps_the_layer() -> None:
    images = [*map(built, range(4)), *(built(number, same=True) for number in (0, 4, 5))]
    assert list(find_repeated_content(repository(*images[1:]), NOW)) == []


def test_sources_that_change_first_are_the_order_s_fault() -> None:
    images = [
        image(
            f"1.{number}",
            layer("base", BASE),
            layer(f"app {number}", "COPY . .", 5 * MB + number),
            layer(f"n {number}", "RUN npm ci", 9 * MB),
        )
        for number in range(4)
    ]
    assert list(find_repeated_content(repository(*images), NOW)) == []
