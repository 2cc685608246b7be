from __future__ import annotations

from datetime import date
from importlib.resources import files

from auditor.catalogue.known_bases import load_catalogue
from auditor.domain.chain import chain_ids
from auditor.domain.platform import DEFAULT_PLATFORM


def named(name: str) -> list[str]:
    return [base.as_of.isoformat() for base in load_catalogue().bases if name in base.names]


def test_common_bases_of_both_times_are_known() -> None:
    for name in ("debian:9-slim", "openjdk:8-jre-alpine", "python:3.12-slim", "node:22-alpine"):
        assert named(name), name


def test_a_chain_leads_to_every_base_that_is_the_whole_of_it() -> None:
    catalogue = load_catalogue()
    base = next(one for one in catalogue.bases if "python:3.12" in one.names)
    chains = chain_ids([layer.digest for layer in base.layers])
    names = [name for found in catalogue.find(chains) for name in found.names]
    assert names == [
        "debian:trixie",
        "buildpack-deps:trixie-curl",
        "buildpack-deps:trixie-scm",
        "buildpack-deps:trixie",
        "python:3.12",
    ]


def test_earlier_roots_are_kept_with_the_day_they_came() -> None:
    days = [day for day in named("debian:8") if day < "2018-01-01"]
    assert len(days) > 5


def test_every_base_has_a_size_a_day_and_a_source() -> None:
    for base in load_catalogue().bases:
        assert base.size_bytes > 0 or not base.layers
        assert date(2016, 9, 1) <= base.as_of <= date(2026, 11, 26)
        assert base.source
        assert base.layers or base.is_estimate


def test_the_size_of_a_base_is_that_of_its_distinct_layers() -> None:
    slim = next(one for one in load_catalogue().bases if "python:3.12-slim" in one.names)
    assert (slim.size_bytes, slim.platform) == (43_188_023, DEFAULT_PLATFORM)
    assert slim.distribution == "debian:trixie"


def test_the_file_stays_small() -> None:
    path = files("auditor.catalogue").joinpath("data", "bases.json.gz")
    assert len(path.read_bytes()) < 150_000
