import pytest

from auditor.analysis.rules.installs import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved


def test_apt_with_recommended_packages_is_a_hint() -> None:
    (one,) = found(RULES, image_of(("RUN apt-get install -y git", 40 * MB)))
    assert (one.rule, one.pull_saving_bytes, one.low_bytes) == ("apt-recommends", 4 * MB, 0)
    assert (one.high_bytes, one.confidence) == (12_800_000, "low")


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
