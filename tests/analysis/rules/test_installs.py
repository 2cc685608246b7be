from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.analysis.rules.installs import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


def test_what_known_packages_recommend_is_weighed_by_name() -> None:
    (one,) = found(RULES, image_of(("RUN apt-get install -y git=1:2.39.5-0+deb12u2", 40 * MB)))
    assert (one.rule, one.pull_saving_bytes) == ("apt-recommends", 5_955_303)
    assert (one.low_bytes, one.high_bytes, one.confidence) == (3_513_629, 8_396_978, "medium")


def test_of_packages_that_are_not_known_it_is_a_hint() -> None:
    (one,) = found(RULES, image_of(("RUN apt-get install -y vendor-server", 40 * MB)))
    assert (one.pull_saving_bytes, one.low_bytes, one.high_bytes) == (400_000, 80_000, 4_120_000)
    assert one.confidence == "low"


def test_beside_unknown_packages_the_known_ones_count() -> None:
    step = "RUN apt-get install -y git vendor-server"
    assert saved(RULES, image_of((step, 40 * MB))) == [("apt-recommends", 5_955_303)]
    assert saved(RULES, image_of((step, 900 * MB))) == [("apt-recommends", 9 * MB)]


def test_packages_known_to_recommend_nothing_are_no_finding() -> None:
    assert saved(RULES, image_of(("RUN apt-get install -y unzip jq", 4 * MB))) == []


@pytest.mark.parametrize(
    "built, saving",
    [
        (None, 5_955_303),
        (datetime(1970, 1, 1, tzinfo=UTC), 5_955_303),
        (datetime(2018, 1, 29, tzinfo=UTC), 400_000),
        (datetime(2026, 10, 8, tzinfo=UTC), 5_955_303),
    ],
)
def test_steps_older_than_debian_11_are_weighed_by_their_layer(
    built: datetime | None, saving: int
) -> None:
    image = image_of(("RUN apt-get install -y git", 40 * MB))
    steps = tuple(replace(step, created_at=built) for step in image.steps)
    assert saved(RULES, replace(image, steps=steps)) == [("apt-recommends", saving)]


@pytest.mark.parametrize(
    "step",
    [
        "RUN apt-get install -y --no-install-recommends git",
        "RUN apt-get -o APT::Install-Recommends=false install -y git",
        "RUN apt-get install -y -o APT::Install-Recommends=0 git",
        "RUN aptitude install -R git",
        "RUN apt-get install -y rebar make && make && apt-get purge -y --auto-remove rebar make",
        "RUN apt-get update",
        "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/01 && apt-get install git",
    ],
)
def test_without_recommended_packages_it_is_not(step: str) -> None:
    assert saved(RULES, image_of((step, 40 * MB))) == []


def test_an_upgrade_in_a_step_of_its_own_is_all_stored_twice() -> None:
    step = "RUN apt-get update && apt-get -y upgrade && rm -rf /var/lib/apt/lists/*"
    assert saved(RULES, image_of((step, 18 * MB))) == [("apt-upgrade", 18 * MB)]
    mixed = "RUN apt-get upgrade -y && apt-get install -y --no-install-recommends git"
    assert saved(RULES, image_of((mixed, 18 * MB))) == []
    assert saved(RULES, image_of(("RUN apt-get upgrade -y && make", 18 * MB))) == []


def test_an_empty_layer_gives_nothing_to_claim() -> None:
    assert (
        saved(
            RULES, image_of(("RUN apt-get install -y git", EMPTY), ("RUN apt-get upgrade", EMPTY))
        )
        == []
    )
