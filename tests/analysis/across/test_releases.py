from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across.images import PushedImage, PushedLayer
from auditor.analysis.across.releases import (
    DAYS_PER_MONTH,
    Cause,
    followed,
    is_same_content,
    releases_of,
    releases_per_month,
)
from tests.analysis.across.pushes import BASE, MB, NOW, diff_id, image
from tests.analysis.across.pushes import layer as make_layer

COPY = "COPY . ."
INSTALL = "RUN npm ci"


def built(name: str, *layers: PushedLayer, base: str = "base", **more: int) -> PushedImage:
    return image(name, make_layer(base, BASE, 50 * MB), *layers, **more)


def cause_of(*images: PushedImage) -> Cause:
    return releases_of(images)[0].cause


def test_an_installation_above_changed_sources_is_innocent() -> None:
    """The measured pair of OPTIMISATION section 6: 6,003,223 of 6,144,468 bytes pushed."""
    first = built("1", make_layer("a1", COPY, 141_245), make_layer("n1", INSTALL, 6_003_223))
    second = built("2", make_layer("a2", COPY, 141_264), make_layer("n2", INSTALL, 6_003_223))
    (release,) = releases_of([first, second])
    assert (release.cause, release.first, release.cause_step) == (Cause.COPY, 1, COPY)
    assert release.excess_bytes == 6_003_223
    assert [it.position for it in release.rebuilt] == [2]


def test_with_the_manifests_first_nothing_is_innocent() -> None:
    layers = make_layer("m", "COPY package.json ./", 500), make_layer("n", INSTALL, 6_003_223)
    first = built("1", *layers, make_layer("a1", COPY, 141_245))
    second = built("2", *layers, make_layer("a2", COPY, 141_264))
    (release,) = releases_of([first, second])
    assert (release.excess_bytes, release.first) == (0, 3)


def test_changed_manifests_are_a_reason_to_install_anew() -> None:
    step = "COPY package.json ./"
    first = built("1", make_layer("m1", step, 500), make_layer("n1", INSTALL))
    second = built("2", make_layer("m2", step, 520), make_layer("n2", INSTALL))
    assert cause_of(first, second) is Cause.UNKNOWN


def test_a_new_base_is_nobodys_fault() -> None:
    first = built("1", make_layer("n1", INSTALL))
    second = built("2", make_layer("n2", INSTALL), base="other base")
    assert cause_of(first, second) is Cause.BASE


def test_where_no_base_is_known_only_a_copy_is_surely_ones_own() -> None:
    first = built("1", make_layer("n1", INSTALL), base_layers=0)
    second = built("2", make_layer("n2", INSTALL), base_layers=0)
    assert cause_of(first, second) is Cause.UNKNOWN
    first = built("1", make_layer("a1", COPY, 5_000), base_layers=0)
    second = built("2", make_layer("a2", COPY, 6_000), base_layers=0)
    assert cause_of(first, second) is Cause.COPY


def test_a_step_whose_numbers_change_is_the_reason() -> None:
    first = built("1", make_layer("c1", "RUN curl app-1.0"), make_layer("n1", INSTALL))
    second = built("2", make_layer("c2", "RUN curl app-1.1"), make_layer("n2", INSTALL))
    (release,) = releases_of([first, second])
    assert (release.cause, release.excess_bytes) == (Cause.STEP, MB)


def test_another_dockerfile_is_no_pattern() -> None:
    first = built("1", make_layer("c1", "RUN one"), make_layer("n1", INSTALL))
    second = built("2", make_layer("c2", "RUN two"), make_layer("n2", INSTALL))
    assert cause_of(first, second) is Cause.UNKNOWN


def test_a_build_argument_that_changes_rebuilds_the_step_itself_too() -> None:
    raw = "|1 SHA={} /bin/sh -c npm ci"
    first = built("1", make_layer("n1", INSTALL, raw_step=raw.format("a")))
    second = built("2", make_layer("n2", INSTALL, raw_step=raw.format("b")))
    (release,) = releases_of([first, second])
    assert (release.cause, release.excess_bytes) == (Cause.ARGUMENT, MB)


def test_nothing_changed_and_yet_another_digest() -> None:
    first = built("1", make_layer("n1", INSTALL, 10 * MB), make_layer("b1", "RUN npm run build"))
    second = built(
        "2", make_layer("n2", INSTALL, 10 * MB + 90), make_layer("b2", "RUN npm run build")
    )
    (release,) = releases_of([first, second])
    assert release.cause is Cause.NONE
    # What is built from sources may differ in what one cannot see.
    assert [it.layer.step for it in release.rebuilt] == [INSTALL]


def test_a_copy_of_the_same_files_is_no_change() -> None:
    first = built("1", make_layer("a1", COPY, 500), make_layer("n1", INSTALL))
    second = built("2", make_layer("a2", COPY, 500), make_layer("n2", INSTALL))
    (release,) = releases_of([first, second])
    assert (release.cause, release.excess_bytes) == (Cause.NONE, 500 + MB)


def test_the_same_step_with_other_contents_tells_nothing() -> None:
    first = built("1", make_layer("n1", INSTALL, 10 * MB), make_layer("x1", "RUN apk add git"))
    second = built("2", make_layer("n2", INSTALL, 11 * MB), make_layer("x2", "RUN apk add git"))
    assert cause_of(first, second) is Cause.UNKNOWN


def test_steps_that_are_not_known_tell_nothing() -> None:
    first = built("1", make_layer("n1"), make_layer("m1"))
    second = built("2", make_layer("n2"), make_layer("m2"))
    (release,) = releases_of([first, second])
    assert (release.cause, release.rebuilt) == (Cause.UNKNOWN, ())


def test_an_image_that_continues_another_changes_nothing_of_it() -> None:
    first = built("1", make_layer("n1", INSTALL))
    second = built("2", make_layer("n1", INSTALL), make_layer("x", "RUN more"))
    (release,) = releases_of([first, second])
    assert (release.cause, release.first, release.rebuilt) == (Cause.UNKNOWN, 2, ())


def test_a_layer_the_repository_had_before_is_not_counted_again() -> None:
    one = built("1", make_layer("a1", COPY, 5), make_layer("n1", INSTALL))
    two = built("2", make_layer("a2", COPY, 6), make_layer("n2", INSTALL))
    three = built("3", make_layer("a3", COPY, 7), make_layer("n1", INSTALL))
    assert [release.excess_bytes for release in releases_of([one, two, three])] == [MB, 0]


def test_a_layer_that_kept_its_digest_is_not_built_anew() -> None:
    first = built("1", make_layer("a1", COPY, 5), make_layer("n1", INSTALL))
    second = built("2", make_layer("a2", COPY, 6), make_layer("n1", INSTALL))
    assert releases_of([first, second])[0].rebuilt == ()


def test_a_tag_that_is_set_again_is_no_release() -> None:
    first = built("1", make_layer("a1", COPY, 5))
    assert list(releases_of([first, built("2", make_layer("a1", COPY, 5))])) == []
    assert list(releases_of([])) == []


def test_a_release_follows_the_one_it_shares_most_with() -> None:
    old = built("2.7", make_layer("r27", "RUN runtime 2.7", 9 * MB), make_layer("p1", INSTALL))
    new = built("3.6", make_layer("r36", "RUN runtime 3.6", 9 * MB), make_layer("p2", INSTALL))
    next_old = built("2.8", make_layer("r27", "RUN runtime 2.7", 9 * MB), make_layer("p3", INSTALL))
    pairs = [(before.name, after.name) for before, after in followed([old, new, next_old])]
    assert pairs == [("2.7", "3.6"), ("2.7", "2.8")]


@pytest.mark.parametrize(
    "before,after,same",
    [
        (make_layer("a", INSTALL, 9, diff_id=diff_id("x")), 8 * MB, True),
        (make_layer("a", INSTALL, 100 * MB), 100 * MB + 2_900, True),
        (make_layer("a", INSTALL, 100 * MB), 100 * MB + 3_100, False),
        (make_layer("a", COPY, 100 * MB), 100 * MB, True),
        (make_layer("a", COPY, 100 * MB), 100 * MB + 1, False),
        (make_layer("a", "COPY dir:a1 in /", 100 * MB), 100 * MB + 2_900, True),
        (make_layer("a", "COPY dir:a1 in /", 100 * MB), 100 * MB + 3_100, False),
        (make_layer("a", COPY, MB, raw_step="COPY dir:a1"), MB, False),
    ],
)
def test_contents_are_compared_as_far_as_can_be_told(
    before: PushedLayer, after: int, same: bool
) -> None:
    twin = make_layer("b", before.step, after, diff_id=before.diff_id)
    assert is_same_content(before, twin) is same


def test_releases_are_counted_over_ninety_days() -> None:
    moments = [NOW - timedelta(days=days) for days in (1, 40, 80, 300)]
    assert releases_per_month(moments, NOW) == pytest.approx(3 * DAYS_PER_MONTH / 90)
    assert releases_per_month([NOW, NOW], NOW) == 2
    assert releases_per_month([NOW + timedelta(days=1)], NOW) == 0
    assert releases_per_month([], NOW) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), max_size=12))
def test_excess_is_never_more_than_what_was_pushed(made: list[tuple[int, int, int]]) -> None:
    images = [
        built(
            f"{at}",
            make_layer(f"a{a}", COPY, a),
            make_layer(f"n{n}", INSTALL, MB),
            make_layer(f"x{x}", "RUN apk add git", MB),
        )
        for at, (a, n, x) in enumerate(made)
    ]
    releases = list(releases_of(images))
    pushed = {layer.digest: layer.size_bytes for one in images for layer in one.layers}
    assert sum(release.excess_bytes for release in releases) <= sum(pushed.values())
    digests = [it.layer.digest for release in releases for it in release.rebuilt]
    assert len(digests) == len(set(digests))
    for most in range(1, len(images) + 2):
        assert releases_of(images, most) == releases[-most:]
        assert followed(images, most) == followed(images)[-most:]
