from __future__ import annotations

from datetime import date

from auditor.analysis.bases.names import Variant, variant_of
from auditor.analysis.bases.variants import Change, Choice, VariantIndex, change_between, line_of
from auditor.domain.platform import Platform
from tests.analysis.bases.making import base

FULL = base("python:3.12", megabytes=400, distribution="debian:trixie")
SLIM = base("python:3.12-slim", megabytes=43, distribution="debian:trixie")
OLD_SLIM = base("python:3.12-slim-bookworm", megabytes=41)
ALPINE = base("python:3.12-alpine", megabytes=18)


def variant(*names: str, distribution: str = "") -> Variant:
    found = variant_of(names, distribution)
    assert found is not None
    return found


def slimmer(known: list, *names: str, system: str = "", **flags: bool) -> list[Choice]:  # type: ignore[type-arg]
    return list(VariantIndex(known).slimmer(variant(*names, distribution=system), None, **flags))


def names_of(choices: list[Choice]) -> list[str]:
    return [one.name for one in choices]


def test_slimmer_variants_of_one_version_come_by_how_much_they_change() -> None:
    found = slimmer([ALPINE, OLD_SLIM, FULL, SLIM], "python:3.12", system="debian:trixie")
    assert [(one.name, one.change) for one in found] == [
        ("python:3.12-slim", Change.SAME_RELEASE),
        ("python:3.12-slim-bookworm", Change.OTHER_RELEASE),
        ("python:3.12-alpine", Change.MUSL),
    ]
    assert not any(one.is_stand_in for one in found)


def test_nothing_leads_back_from_musl_or_from_slim() -> None:
    assert slimmer([FULL, SLIM, ALPINE], "python:3.12-alpine") == []
    assert names_of(slimmer([FULL, SLIM, ALPINE], "python:3.12-slim")) == ["python:3.12-alpine"]


def test_another_version_purpose_or_platform_is_no_choice() -> None:
    others = [
        base("python:3.11-onbuild-slim", megabytes=1),
        base("python:3.12-slim", megabytes=1, platform=Platform("linux", "arm64")),
        base("team/thing:3.12-slim", megabytes=1),
        base(megabytes=1),
    ]
    assert slimmer(others, "python:3.12") == []
    assert slimmer([base("php:7-apache-alpine", megabytes=1)], "php:7-fpm") == []


def test_a_jre_will_do_for_a_jdk_unless_somebody_compiles() -> None:
    known = [base("openjdk:8-jre", megabytes=200), base("openjdk:8-slim", megabytes=90)]
    assert names_of(slimmer(known, "openjdk:8")) == ["openjdk:8-slim", "openjdk:8-jre"]
    assert names_of(slimmer(known, "openjdk:8", may_be_leaner=False)) == ["openjdk:8-slim"]
    alpine = [base("openjdk:8-jre-alpine", megabytes=50)]
    assert names_of(slimmer(alpine, "openjdk:8-alpine")) == ["openjdk:8-jre-alpine"]


def test_of_equal_variants_the_own_repository_and_then_the_newest_counts() -> None:
    mirror = base("mirror.example/python:3.12-slim", megabytes=44, as_of=date(2020, 1, 1))
    older = base("python:3.12-slim", megabytes=45, as_of=date(2025, 1, 1))
    known = [older, SLIM, older, mirror]
    assert slimmer(known, "python:3.12", system="debian:trixie")[0].base == SLIM
    found = slimmer(known, "mirror.example/python:3.12")
    assert found[0].base == mirror


def test_another_version_stands_in_where_nothing_easy_is_known() -> None:
    known = [ALPINE, SLIM, base("python:3.13-slim", megabytes=44, as_of=date(2025, 1, 1))]
    (found,) = slimmer(known, "python:3.10")
    assert (found.name, found.is_stand_in, found.base) == ("python:3.10-slim", True, SLIM)
    known = [base("eclipse-temurin:21-jre", megabytes=120)]
    (found,) = slimmer(known, "eclipse-temurin:17-jdk")
    assert found.name == "eclipse-temurin:17-jre"
    assert slimmer([SLIM], "python:latest") == []
    assert slimmer([base("debian:12-slim", megabytes=28)], "debian:9") == []


def test_distroless_is_the_last_choice() -> None:
    known = [base("gcr.io/distroless/nodejs22-debian12:latest", megabytes=43)]
    (found,) = slimmer(known, "node:22")
    assert found.change == Change.DISTROLESS
    bare = variant("gcr.io/distroless/nodejs22-debian12")
    assert list(VariantIndex(known).slimmer(bare, None)) == []


def test_a_release_that_is_not_known_counts_as_the_same() -> None:
    assert change_between(variant("python:3.12"), variant("python:3.12-slim-bookworm")) == 0


def test_a_line_of_a_system_is_its_release_and_of_a_runtime_its_version() -> None:
    assert line_of(variant("debian:9.3")) == line_of(variant("debian:stretch-slim"))
    assert line_of(variant("python:3.12.1")) == ("python", (3, 12))
    assert line_of(variant("fedora:rawhide")) == ("fedora", ())
