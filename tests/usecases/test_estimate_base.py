"""Which base an estimate stands on, and what it is known to hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.analysis.bases.variants import Change
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.image_config import HistoryEntry
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.usecases.estimate_base import BaseFinder, EstimateBase, of_distribution
from tests.fakes.contents import Contents, config_of, layer
from tests.usecases.bench import REGISTRY, Bench, day, target

ROOT, PACKAGES, PYTHON = layer(28_000, "debian"), layer(9_000, "apt"), layer(4_000, "python")
STEPS = (
    HistoryEntry("RUN # debian.sh --arch 'amd64' out/ 'bookworm'"),
    HistoryEntry("RUN /bin/sh -c apt-get update && apt-get install -y git curl=8.1 # buildkit"),
    HistoryEntry("COPY /app /app # buildkit"),
)


def found(bench: Bench, name: str, platform: Platform = DEFAULT_PLATFORM) -> EstimateBase:
    with bench.database.reading() as connection:
        base = BaseFinder(connection, platform, day(9)).find(name)
    assert base is not None
    return base


def refused(bench: Bench, name: str) -> UnknownReferenceError:
    with pytest.raises(UnknownReferenceError) as caught:
        found(bench, name)
    return caught.value


def own_base(repository: str = "team/base", tag: str = "1") -> Contents:
    contents = Contents()
    stack = (ROOT, PACKAGES, PYTHON)
    config = config_of("own", stack, history=STEPS, platform=DEFAULT_PLATFORM)
    contents.tag(repository, tag, contents.image("own", *stack, config=config))
    return contents


def test_an_image_of_the_database_is_known_to_the_byte_and_by_its_steps(
    either_bench: Bench,
) -> None:
    either_bench.crawl(own_base())
    base = found(either_bench, "team/base:1")
    assert base.used.size.is_exact
    assert base.used.size.estimate_bytes == 41_000
    assert [one.size_bytes for one in base.used.layers] == [28_000, 9_000, 4_000]
    assert base.used.source == f"crawled from {REGISTRY}"
    assert base.used.as_of == day(0).date()
    assert (base.registry, base.contents.distribution) == (REGISTRY, "debian")
    assert (base.contents.release, base.contents.python) == ("bookworm", "3.11")
    assert base.contents.packages == ("git", "curl")
    assert found(either_bench, f"{REGISTRY}/team/base:1") == base


def test_without_a_crawl_the_catalogue_knows_common_bases(bench: Bench) -> None:
    slim = found(bench, "python:3.12-slim")
    assert slim.used.size.is_exact
    assert 40e6 < slim.used.size.estimate_bytes < 46e6
    assert len(slim.used.layers) == 4
    assert slim.contents.release == "trixie"
    assert (slim.contents.python, slim.contents.python_packages) == ("3.12", ("pip",))
    assert "git" not in slim.contents.packages
    full = found(bench, "docker.io/library/python:3.12")
    assert full.used.size.estimate_bytes > 9 * slim.used.size.estimate_bytes
    assert {"git", "gcc", "curl"} <= set(full.contents.packages)
    assert found(bench, "python:3.12-alpine").contents.is_musl
    assert found(bench, "debian:bookworm-slim").contents.python == "3.11"


def test_what_was_crawled_comes_before_the_catalogue(bench: Bench) -> None:
    bench.crawl(own_base("library/python", "3.12-slim"))
    base = found(bench, "python:3.12-slim")
    assert base.used.size.estimate_bytes == 41_000
    assert base.contents.python == "3.12"
    assert base.variant is not None
    assert base.variant.family == "python"


def test_a_release_that_its_name_does_not_tell_is_that_of_what_it_is_built_on(
    bench: Bench,
) -> None:
    contents = Contents()
    contents.tag("library/alpine", "3.24", contents.image("alpine", ROOT))
    contents.tag("library/python", "3.12-alpine", contents.image("python", ROOT, PYTHON))
    bench.crawl(contents)
    base = found(bench, "python:3.12-alpine")
    assert (base.contents.distribution, base.contents.release) == ("alpine", "3.24")


@pytest.mark.parametrize(
    "step,uncompiled",
    [
        ("RUN pip install flask", set()),
        ("RUN python3 -m pip install flask", set()),
        ("RUN apt-get install -y git", {Ecosystem.PIP}),
    ],
)
def test_a_base_in_which_pip_ran_has_its_byte_code(
    bench: Bench, step: str, uncompiled: set[Ecosystem]
) -> None:
    contents = Contents()
    history = (HistoryEntry("RUN a"), HistoryEntry("RUN pip --version"), HistoryEntry(step))
    stack = (ROOT, PACKAGES, PYTHON)
    official = config_of("python", stack[:2], history=history[:2], platform=DEFAULT_PLATFORM)
    own = config_of("own", stack, history=history, platform=DEFAULT_PLATFORM)
    contents.tag("library/python", "3.12", contents.image("python", *stack[:2], config=official))
    contents.tag("team/base", "1", contents.image("own", *stack, config=own))
    bench.crawl(contents)
    assert found(bench, "python:3.12").contents.uncompiled == {Ecosystem.PIP}
    assert found(bench, "team/base:1").contents.uncompiled == uncompiled


def test_the_same_name_in_two_registries_must_be_told_apart_if_images_differ(
    bench: Bench,
) -> None:
    bench.crawl(own_base())
    bench.crawl(own_base(), target("other.example"))
    assert found(bench, "team/base:1").used.size.estimate_bytes == 41_000
    other = Contents()
    other.tag("team/base", "1", other.image("other", layer(7, "x")))
    bench.crawl(other, target("third.example"))
    error = refused(bench, "team/base:1")
    assert error.candidates == ("other.example/team/base:1", "third.example/team/base:1")
    assert found(bench, "third.example/team/base:1").used.size.estimate_bytes == 7


def test_another_version_stands_in_and_says_so(bench: Bench) -> None:
    base = found(bench, "python:3.13-slim")
    assert base.used.stand_in.startswith("python:3.12-slim")
    assert base.used.size.low_bytes < base.used.size.estimate_bytes < base.used.size.high_bytes
    assert base.used.layers == ()
    assert base.contents.python == "3.13"
    arm = found(bench, "python:3.12-slim", Platform("linux", "arm64"))
    assert "linux/amd64" in arm.used.stand_in


def test_figures_computed_from_parts_have_an_interval(bench: Bench) -> None:
    base = found(bench, "gcr.io/distroless/python3-debian12")
    assert not base.used.size.is_exact
    assert not base.contents.has_shell


def test_an_unknown_base_is_refused_with_names_that_are_near(bench: Bench) -> None:
    error = refused(bench, "debain:bookworm")
    assert "no base image debain:bookworm is known" in error.message
    assert "crawl the registry" in error.next_step
    assert refused(bench, "team/nothing:1").candidates == ()
    bench.crawl(own_base())
    assert "is not stored" in refused(bench, f"{REGISTRY}/team/base:2").message


def test_scratch_is_no_base(bench: Bench) -> None:
    with bench.database.reading() as connection:
        assert BaseFinder(connection, DEFAULT_PLATFORM, day(0)).find("scratch") is None


def test_slimmer_bases_of_the_same_program_are_offered(bench: Bench) -> None:
    base = found(bench, "python:3.12")
    with bench.database.reading() as connection:
        finder = BaseFinder(connection, DEFAULT_PLATFORM, day(0))
        offered = {one.used.name: change for one, change in finder.slimmer(base)}
        unknown = replace(base, variant=None)
        assert finder.slimmer(unknown) == ()
    assert offered["python:3.12-slim"] is Change.SAME_RELEASE
    assert offered["python:3.12-alpine"] is Change.MUSL


def test_what_the_user_says_of_a_base_counts(bench: Bench) -> None:
    bench.crawl(own_base())
    base = of_distribution(found(bench, "team/base:1"), "debian:trixie", "3.13")
    assert (base.contents.release, base.contents.python) == ("trixie", "3.13")
    assert of_distribution(base, "", "") == base
