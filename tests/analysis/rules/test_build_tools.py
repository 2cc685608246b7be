import pytest

from auditor.analysis.rules.build_tools import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved

APP = ("COPY app /app", 5 * MB)


def test_a_step_that_installs_compilers_alone_is_all_left() -> None:
    image = image_of(("RUN apt-get update && apt-get install -y gcc make", 77 * MB), APP)
    (one,) = found(RULES, image)
    assert (one.rule, one.pull_saving_bytes) == ("build-tools-left", 77 * MB)
    assert one.what.startswith("gcc and make")
    assert one.dockerfile[1] == (
        "RUN apt-get update && apt-get install -y --no-install-recommends gcc make"
    )


def test_beside_other_packages_a_model_says_what_the_tools_weigh() -> None:
    image = image_of(("RUN apk add --no-cache gcc curl", 200 * MB), APP)
    (one,) = found(RULES, image)
    assert one.pull_saving_bytes == 71_900_000
    assert one.low_bytes == 35_950_000
    assert one.dockerfile[1] == "RUN apk add --no-cache gcc"


@pytest.mark.parametrize(
    "step, line",
    [
        ("RUN zypper --non-interactive install gcc", "RUN zypper --non-interactive install gcc"),
        ("RUN dnf install -y gcc", "RUN yum install -y gcc"),
    ],
)
def test_the_fix_is_written_for_the_manager_of_the_step(step: str, line: str) -> None:
    assert found(RULES, image_of((step, 80 * MB), APP))[0].dockerfile[1] == line


def test_a_later_removal_is_said_to_save_nothing() -> None:
    image = image_of(
        ("RUN apt-get install -y gcc", 77 * MB), APP, ("RUN apt-get purge -y gcc", 1_000)
    )
    (one,) = found(RULES, image)
    assert "A later step removes them, which saves nothing" in one.what


@pytest.mark.parametrize(
    "steps",
    [
        [("RUN apt-get install -y gcc && make && apt-get purge -y gcc", 3 * MB), APP],
        [("RUN apk add --virtual .build gcc && make && apk del .build", 3 * MB), APP],
        [("RUN apk add --virtual=.build gcc && apk del .build", 3 * MB), APP],
        [
            ("RUN apt-mark auto '.*' && apt-get install -y gcc && apt-get purge --auto-remove", 9),
            APP,
        ],
        [("RUN apt-get install -y gcc", 77 * MB)],
        [("RUN apt-get install -y curl", 7 * MB), APP],
        [("RUN dpkg -r gcc", 7 * MB), APP],
    ],
)
def test_what_is_removed_in_time_or_is_the_purpose_of_the_image_is_no_finding(
    steps: list[tuple[str, int]],
) -> None:
    assert saved(RULES, image_of(*steps)) == []


def test_a_jdk_beside_a_program_counts_as_a_model_and_keeps_its_runtime() -> None:
    image = image_of(
        ("RUN apt-get install -y openjdk-17-jdk-headless python3.11-dev", 250 * MB), APP
    )
    (one,) = found(RULES, image)
    assert one.rule == "build-tools-left"
    assert 0 < one.pull_saving_bytes < 250 * MB


def test_helpers_removed_later_are_still_pulled() -> None:
    image = image_of(
        ("RUN apt-get install -y wget", 3 * MB), APP, ("RUN apt-get purge -y wget", 1_000)
    )
    (one,) = found(RULES, image)
    assert (one.rule, one.pull_saving_bytes) == ("packages-removed-later", 3 * MB)
    assert one.basis == "measured"


def test_helpers_beside_others_are_weighed_by_name() -> None:
    image = image_of(
        ("RUN apt-get install -y -t stable wget=1.21 nginx", 30 * MB),
        APP,
        ("RUN apt-get remove wget", 1_000),
    )
    (one,) = found(RULES, image)
    assert one.basis == "modelled"
    assert 0 < one.pull_saving_bytes < 30 * MB


def test_empty_layers_give_nothing_to_claim() -> None:
    steps = [("RUN apt-get install -y gcc wget", EMPTY), APP, ("RUN apt-get purge -y wget", MB)]
    assert saved(RULES, image_of(*steps)) == []
