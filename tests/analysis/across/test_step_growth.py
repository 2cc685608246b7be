from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across.images import PushedImage
from auditor.analysis.across.step_growth import BASE_STEP, find_step_growth, step_growths
from auditor.domain.findings import Claim, Confidence
from tests.analysis.across.pushes import BASE, MB, image, layer, repository


def built(name: str, install: int, app: int = 5, base: int = 50, **more: Any) -> PushedImage:
    return image(
        name,
        layer(f"base {base}", BASE, base * MB),
        layer(f"install {install}", "RUN apk add git", install * MB),
        layer(f"app {name} {app}", "COPY . .", app * MB),
        **more,
    )


def test_the_step_that_grew_is_named_with_its_tags() -> None:
    images = [built("1.0", 20), built("1.1", 20, 6), built("1.2", 60, 6), built("1.3", 61, 7)]
    (found,) = find_step_growth(repository(*images))
    assert found.finding.what == (
        "From 1.1 to 1.2, the image grew by 40.0 MB to 116 MB, by “RUN apk add git”."
    )
    assert found.finding.claims == (Claim(1, 40 * MB),)
    assert found.digest == images[-1].digest
    assert found.finding.confidence is Confidence.LOW


def test_growth_that_went_again_is_not_told() -> None:
    images = [built("1.0", 20), built("1.1", 60), built("1.2", 30)]
    assert list(find_step_growth(repository(*images))) == []


def test_a_step_that_only_replaced_another_is_no_growth() -> None:
    before = image("1.0", layer("b", BASE, 50 * MB), layer("x", "RUN old", 90 * MB))
    after = image("1.1", layer("b", BASE, 50 * MB), layer("y", "RUN new", 95 * MB))
    assert list(find_step_growth(repository(before, after))) == []


def test_a_step_that_is_gone_by_now_is_not_told() -> None:
    after = image("1.2", layer("base 50", BASE, 50 * MB), layer("z", "RUN other", 60 * MB))
    assert list(find_step_growth(repository(built("1.0", 20), built("1.1", 60), after))) == []


def test_the_growth_of_the_base_is_the_base_s() -> None:
    images = [built("1.0", 20), built("1.1", 20, base=150)]
    assert list(find_step_growth(repository(*images))) == []
    assert step_growths(*images)[0].step == BASE_STEP


def test_a_tag_that_moved_is_told_with_digests() -> None:
    images = [built("a", 20), built("b", 60)]
    moved = [image("main", *one.layers, digest=one.digest) for one in images]
    (found,) = find_step_growth(repository(*moved))
    assert f"From main ({images[0].digest.short}) to main" in found.finding.what


def test_a_step_that_is_gone_shrank() -> None:
    before = image("1.0", layer("b", BASE, 5), layer("x", "RUN x", 7), layer("y", "RUN y", 2))
    after = image("1.1", layer("n", "", 3), base_layers=0)
    growths = step_growths(before, after)
    assert [(one.step, one.layer, one.size_bytes) for one in growths] == [
        ("", 0, 3),
        ("RUN y", None, -2),
        (BASE_STEP, None, -5),
        ("RUN x", None, -7),
    ]


STEPS = st.lists(st.tuples(st.sampled_from(["", "RUN a", "RUN b 1", "RUN b 2"]), st.integers(0, 9)))


@given(STEPS, STEPS, st.integers(0, 3), st.integers(0, 3))
def test_growths_add_up_to_the_difference(
    old: list[tuple[str, int]], new: list[tuple[str, int]], old_base: int, new_base: int
) -> None:
    def made(name: str, steps: list[tuple[str, int]], base: int) -> PushedImage:
        layers = [layer(f"{name} {at}", step, size) for at, (step, size) in enumerate(steps)]
        return image(name, *layers, base_layers=min(base, len(layers)))

    growths = step_growths(made("old", old, old_base), made("new", new, new_base))
    total = sum(size for _, size in new) - sum(size for _, size in old)
    assert sum(growth.size_bytes for growth in growths) == total
