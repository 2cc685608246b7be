from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.weight import Circumstances, WeightRules, weigh

BUSY = Circumstances(
    repository="team/shop",
    image_bytes=800_000_000,
    releases_per_month=4,
    retained_versions=20,
    pulls_per_month=900,
)


def test_a_big_busy_image_has_its_whole_weight() -> None:
    assert (weigh(BUSY).factor, weigh(BUSY).reasons, weigh(BUSY).notes) == (1, (), ())


def test_what_is_scaled_comes_first_and_says_so() -> None:
    weight = weigh(replace(BUSY, is_autoscaled=True))
    assert weight.factor == 2
    assert "scaled automatically" in weight.notes[0]


@pytest.mark.parametrize(
    "changes,factor,reason",
    [
        ({"image_bytes": 250_000_000}, 0.5, "The image is 250 MB, below 500 MB."),
        ({"image_bytes": 0}, 0.05, "The image is 0 B, below 500 MB."),
        ({"pulls_per_month": 15}, 0.5, "It is pulled 15 times a month, below 30."),
        ({"pulls_per_month": 0}, 0.2, "It is pulled 0 times a month, below 30."),
        ({"releases_per_month": 0.75}, 0.75, "It is released 0.75 times a month, below 1."),
        ({"retained_versions": 1}, 0.7, "The registry keeps 1 of its versions, fewer than 3."),
        ({"repository": "team/shop-dev"}, 0.25, "It is not for production: its name says dev."),
        ({"repository": "sandbox/shop"}, 0.25, "It is not for production: its name says sandbox."),
        (
            {"labels": {"environment": "Test"}},
            *(0.25, "It is not for production: its label environment says Test."),
        ),
        ({"environment": "qa"}, 0.25, "It is not for production: the inventory says qa."),
    ],
)
def test_what_speaks_against_it_is_said(
    changes: dict[str, object], factor: float, reason: str
) -> None:
    weight = weigh(replace(BUSY, **changes))  # type: ignore[arg-type]
    assert weight.factor == pytest.approx(factor)
    assert weight.reasons == (reason,)


def test_reasons_come_with_the_most_telling_first() -> None:
    weight = weigh(replace(BUSY, image_bytes=400_000_000, repository="tmp/x"))
    assert weight.factor == pytest.approx(0.2)
    assert [reason[:9] for reason in weight.reasons] == ["It is not", "The image"]


def test_unknown_pulls_lower_nothing_and_are_said() -> None:
    weight = weigh(replace(BUSY, pulls_per_month=None))
    assert weight.factor == 1
    assert weight.notes == ("How often it is pulled is not known.",)


def test_the_inventory_counts_before_labels_and_labels_before_the_name() -> None:
    dev = replace(BUSY, repository="dev/shop")
    assert weigh(replace(dev, labels={"env": "production"})).factor == 1
    assert weigh(replace(dev, labels={"env": "dev"}, environment="production")).factor == 1


def test_a_word_inside_a_word_says_nothing() -> None:
    assert weigh(replace(BUSY, repository="team/devices-latest")).factor == 1


def test_thresholds_can_be_set_and_switched_off() -> None:
    rules = WeightRules(image_bytes=0, pulls_per_month=0, retained_versions=0)
    assert (
        weigh(replace(BUSY, image_bytes=1, pulls_per_month=0, retained_versions=0), rules).factor
        == 1
    )
    assert (
        weigh(
            replace(BUSY, repository="lab/x"), WeightRules(development_names=frozenset({"lab"}))
        ).factor
        == 0.25
    )


CIRCUMSTANCES = st.builds(
    Circumstances,
    repository=st.sampled_from(["team/shop", "team/dev", "tmp"]),
    image_bytes=st.integers(0, 2 * 10**9),
    releases_per_month=st.floats(0, 100),
    retained_versions=st.integers(0, 100),
    pulls_per_month=st.none() | st.floats(0, 10**6),
    environment=st.sampled_from(["", "production", "dev"]),
    is_autoscaled=st.booleans(),
)


@given(CIRCUMSTANCES)
def test_a_weight_below_one_always_has_a_reason(about: Circumstances) -> None:
    weight = weigh(about)
    assert 0 < weight.factor <= 2
    assert weight.factor >= 1 or weight.reasons
    assert weight == weigh(replace(about))


@given(CIRCUMSTANCES, st.integers(0, 10**9), st.floats(0, 100), st.integers(0, 50))
def test_more_of_anything_never_weighs_less(
    about: Circumstances, more_bytes: int, more_often: float, more_versions: int
) -> None:
    weight = weigh(about).factor
    pulls = about.pulls_per_month
    for more in (
        replace(about, image_bytes=about.image_bytes + more_bytes),
        replace(about, releases_per_month=about.releases_per_month + more_often),
        replace(about, retained_versions=about.retained_versions + more_versions),
        replace(about, pulls_per_month=pulls if pulls is None else pulls + more_often),
        replace(about, environment="production"),
        replace(about, is_autoscaled=True),
    ):
        assert weigh(more).factor >= weight
