import pytest

from auditor.analysis.effects.toolchains import find_toolchain, language_of
from tests.analysis.rules.images import MB, image_of


@pytest.mark.parametrize(
    "name, language",
    [
        ("golang:1.23", "Go"),
        ("docker.io/library/rust", "Rust"),
        ("localhost:5000/gcc@sha256:abc", "C"),
        ("maven:3", "Java"),
        ("mcr.microsoft.com/dotnet/sdk:9.0", ".NET"),
        ("vendor/sdk:1", None),
        ("eclipse-temurin:21-jdk", "Java"),
        ("eclipse-temurin:21-jre", None),
        ("openjdk:8-jre-slim", None),
        ("python:3.12", None),
    ],
)
def test_a_kit_is_known_by_the_name_of_its_image(name: str, language: str | None) -> None:
    assert language_of(name) == language


def test_a_base_of_another_name_is_no_kit_and_steps_tell_where_names_do_not() -> None:
    steps = [("ENV GOLANG_VERSION=1.23 OTHER=1", 0), ("RUN x", 90 * MB)]
    plain = find_toolchain(image_of(*steps, base="company/base:1", base_layers=2))
    assert plain is not None
    assert (plain.language, plain.kit_layer, plain.last_layer, plain.name) == ("Go", 1, 1, "")
    assert find_toolchain(image_of(("RUN x", 9), base="python:3")) is None


def test_a_base_without_layers_of_its_own_tells_nothing() -> None:
    assert find_toolchain(image_of(("RUN x", 9), base="golang:1", base_layers=0)) is None


def test_a_kits_name_and_its_steps_complete_each_other() -> None:
    steps = [("ENV JAVA_VERSION=8u151", 0), ("RUN x", 90 * MB)]
    named = find_toolchain(image_of(*steps, base="maven:3-jdk-8", base_layers=2))
    assert named is not None
    assert (named.language, named.version, named.name) == ("Java", "8u151", "maven:3-jdk-8")
    other = find_toolchain(image_of(*steps, base="golang:1", base_layers=2))
    assert other is not None
    assert other.language == "Go"
