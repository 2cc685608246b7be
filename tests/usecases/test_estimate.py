"""What an image will weigh, from a base, lists of packages and indexes in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from auditor.domain.errors import IndexFailureError, UnknownReferenceError, UsageError
from auditor.domain.estimates import (
    Choice,
    Compression,
    Estimate,
    EstimateOptions,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    PartKind,
    Usage,
    total,
)
from auditor.domain.packages import Ecosystem
from auditor.usecases.estimate import Calculator
from auditor.usecases.estimate_sources import PackageSources
from auditor.usecases.prices import Prices
from tests.fakes.index_sources import FakePackageIndexes
from tests.usecases.bench import Bench, day

SLIM = EstimateRequest(base="python:3.12-slim", has_alternatives=False)
FLASK = replace(SLIM, names=((Ecosystem.PIP, "flask"),))
GIT = replace(SLIM, names=((Ecosystem.APT, "git"),))


def estimate(
    bench: Bench, request: EstimateRequest, indexes: FakePackageIndexes | None = None
) -> Estimate:
    known = indexes or FakePackageIndexes()

    def sources(_: datetime) -> PackageSources:
        return PackageSources(known)  # type: ignore[arg-type]

    calculator = Calculator(bench.database, Prices(), sources, clock=lambda: day(0))
    found = calculator.estimate(request)
    assert known.is_closed
    return found


def test_parts_add_up_to_the_image(bench: Bench) -> None:
    own = OwnFiles("src", Interval(1_000_000, 900_000, 1_200_000), Interval.exactly(3_000_000))
    found = estimate(bench, replace(FLASK, own=(own,)))
    assert [part.kind for part in found.parts if part.kind is not PartKind.CACHE] == [
        *(PartKind.BASE, PartKind.PIP, PartKind.FILES),
    ]
    assert found.compressed == total(found.parts)
    assert found.compressed.low_bytes < found.compressed.estimate_bytes
    assert [one.name for one in found.parts[1].packages] != []
    assert {one.name for one in found.parts[1].packages} == {"flask", "werkzeug", "click"}
    assert found.unpacked is not None
    assert found.unpacked.estimate_bytes > found.compressed.estimate_bytes
    assert not found.is_lower_bound


def test_packages_of_the_base_and_of_its_root_are_not_installed_again(bench: Bench) -> None:
    indexes = FakePackageIndexes()
    found = estimate(bench, GIT, indexes)
    assert {one.name for one in found.parts[1].packages} == {"git", "git-man", "libcurl3-gnutls"}
    assert indexes.opened == ["debian trixie linux/amd64"]
    more = estimate(bench, replace(GIT, options=EstimateOptions(recommends=True)))
    # ca-certificates is in every slim image of python.
    assert {one.name for one in more.parts[1].packages if one.is_recommended} == {"less"}


def test_a_part_is_named_by_who_asked_for_it(bench: Bench) -> None:
    listed = ListFile("requirements.txt", b"flask\n")
    found = estimate(bench, replace(SLIM, files=(listed,), names=((Ecosystem.PIP, "pytest"),)))
    assert found.parts[1].name == "--pip, requirements.txt"


def test_options_change_what_they_should(bench: Bench) -> None:
    def size(**options: object) -> int:
        request = replace(FLASK, options=EstimateOptions(**options))  # type: ignore[arg-type]
        return estimate(bench, request).compressed.estimate_bytes

    usual = size()
    assert size(is_compiled=False) < usual
    assert size(keeps_caches=True) > usual
    assert size(compression=Compression.ZSTD) < usual


def test_development_is_left_out_unless_asked_for(bench: Bench) -> None:
    listed = ListFile(
        "pyproject.toml",
        b"[project]\ndependencies = ['flask']\n[dependency-groups]\ndev = ['pytest']\n",
    )
    request = replace(SLIM, files=(listed,), has_alternatives=True)
    found = estimate(bench, request)
    assert "pytest" not in {one.name for one in found.parts[1].packages}
    ways = {one.choice: one for one in found.alternatives}
    assert ways[Choice.DEVELOPMENT].compressed.estimate_bytes > found.compressed.estimate_bytes
    with_dev = estimate(bench, replace(request, options=EstimateOptions(dev=True)))
    assert "pytest" in {one.name for one in with_dev.parts[1].packages}
    ways = {one.choice: one for one in with_dev.alternatives}
    assert ways[Choice.PRODUCTION].compressed.estimate_bytes == found.compressed.estimate_bytes


def test_other_bases_and_options_are_weighed_beside_it(bench: Bench) -> None:
    request = replace(FLASK, base="python:3.12", has_alternatives=True)
    found = estimate(bench, request)
    bases = {one.base: one for one in found.alternatives if one.choice is Choice.BASE}
    slim = estimate(bench, FLASK).compressed
    assert bases["python:3.12-slim"].compressed == slim
    assert slim.estimate_bytes < 0.2 * found.compressed.estimate_bytes
    assert "musl" in bases["python:3.12-alpine"].caveats[0]
    choices = {one.choice for one in found.alternatives}
    assert choices == {Choice.BASE, Choice.BYTE_CODE, Choice.CACHES, Choice.ZSTD}


def test_where_debians_packages_cannot_be_had_there_is_no_figure(bench: Bench) -> None:
    found = estimate(bench, replace(GIT, base="python:3.12", has_alternatives=True))
    names = {one.base for one in found.alternatives if one.choice is Choice.BASE}
    assert "python:3.12-slim" in names
    assert "python:3.12-alpine" not in names
    assert any("python:3.12-alpine" in note for note in found.notes)


def test_an_index_is_opened_once_however_many_ways_are_weighed(bench: Bench) -> None:
    indexes = FakePackageIndexes()
    request = replace(FLASK, names=(*FLASK.names, *GIT.names), has_alternatives=True)
    estimate(bench, request, indexes)
    assert sorted(indexes.opened) == ["debian trixie linux/amd64", "python"]


def test_nothing_but_a_base_asks_no_index(bench: Bench) -> None:
    indexes = FakePackageIndexes(is_offline=True)
    found = estimate(bench, SLIM, indexes)
    assert found.compressed.is_exact
    assert indexes.opened == []
    nothing = estimate(bench, EstimateRequest(base="scratch"), indexes)
    assert (nothing.base, nothing.parts, nothing.compressed.estimate_bytes) == (None, (), 0)


@pytest.mark.parametrize(
    "request_, why",
    [
        (EstimateRequest(), "there is no base image"),
        (replace(SLIM, target="build"), "are for a Dockerfile"),
        (replace(SLIM, names=((Ecosystem.PIP, "nothing-like-it"),)), "nothing-like-it"),
        (replace(SLIM, names=((Ecosystem.APT, "gti"),)), "gti"),
        (replace(SLIM, names=((Ecosystem.APK, "git"),)), "apk packages need a base of Alpine"),
        (replace(GIT, base="scratch"), "apt packages need a base of Debian"),
        (replace(SLIM, python="3"), "3"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_next_step(
    bench: Bench, request_: EstimateRequest, why: str
) -> None:
    with pytest.raises(UsageError) as caught:
        estimate(bench, replace(request_, names=request_.names or FLASK.names))
    assert why in caught.value.message
    assert caught.value.next_step


def test_unknown_bases_registries_and_indexes_are_told(bench: Bench) -> None:
    with pytest.raises(UnknownReferenceError):
        estimate(bench, replace(SLIM, base="nobody/knows:1"))
    with pytest.raises(UnknownReferenceError, match="was never crawled"):
        estimate(bench, replace(SLIM, registry="nowhere.example"))
    with pytest.raises(IndexFailureError):
        estimate(bench, FLASK, FakePackageIndexes(is_offline=True))


def test_alpine_has_its_own_packages(bench: Bench) -> None:
    request = replace(SLIM, base="python:3.12-alpine", names=((Ecosystem.APK, "git"),))
    indexes = FakePackageIndexes()
    found = estimate(bench, request, indexes)
    assert indexes.opened == ["alpine v3.24 linux/amd64"]
    assert "git" in {one.name for one in found.parts[1].packages}


def test_each_tag_costs_and_the_link_takes_time(bench: Bench) -> None:
    found = estimate(bench, replace(FLASK, usage=Usage(tags=10, link_bytes_per_second=1e6)))
    assert found.cost.tags == 10
    assert found.times.download_seconds == pytest.approx(found.compressed.estimate_bytes / 1e6)
    assert "10 tags" in found.cost.formula


def test_known_bases_are_offered() -> None:
    names = Calculator(None, Prices(), lambda _: None).known_bases()  # type: ignore[arg-type, return-value]
    assert {"python:3.12-slim", "debian:trixie", "node:22-alpine"} <= set(names)
