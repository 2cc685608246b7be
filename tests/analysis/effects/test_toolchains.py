import pytest

from auditor.analysis.effects.toolchains import find_toolchain, language_of
from tests.fakes.built_images import DEBIAN, KB, MB, built, ran

GO = ("ENV GOLANG_VERSION=1.26.5", None)
KIT = (ran("wget -O go.tgz https://h/go.tgz"), 67 * MB)


@pytest.mark.parametrize(
    "name, language",
    [
        ("golang:1.23", "Go"),
        ("docker.io/library/golang", "Go"),
        ("localhost:5000/golang", "Go"),
        ("rust:1-slim", "Rust"),
        ("gcc:14", "C"),
        ("maven:3-eclipse-temurin-21", "Java"),
        ("eclipse-temurin:21-jdk", "Java"),
        ("eclipse-temurin@sha256:12", "Java"),
        ("openjdk:8", "Java"),
        ("openjdk:8-jre-slim", None),
        ("eclipse-temurin:21-jre", None),
        ("acme/java-jre:1", None),
        ("mcr.microsoft.com/dotnet/sdk:9.0", ".NET"),
        ("google/cloud-sdk:1", None),
        ("debian:12", None),
    ],
)
def test_kits_are_known_by_name(name: str, language: str | None) -> None:
    assert language_of(name) == language


def test_a_named_base_is_a_kit_to_its_last_layer() -> None:
    image = built(DEBIAN, KIT, ("RUN x", KB), ("COPY a /a", MB), base_layers=3, base="golang:1")
    kit = find_toolchain(image)
    assert kit is not None
    assert (kit.language, kit.kit_layer, kit.last_layer, kit.name) == ("Go", 1, 2, "golang:1")


def test_name_and_variable_agree_or_the_name_counts() -> None:
    agreed = find_toolchain(built(DEBIAN, GO, KIT, base_layers=2, base="golang:1"))
    assert agreed is not None
    assert (agreed.version, agreed.name) == ("1.26.5", "golang:1")
    other = find_toolchain(built(DEBIAN, GO, KIT, base_layers=2, base="rust:1"))
    assert other is not None
    assert other.language == "Rust"


def test_a_variable_alone_tells_a_kit_and_where_it_is() -> None:
    small = ("RUN mkdir /go", KB)
    kit = find_toolchain(built(DEBIAN, GO, ("ENV A=b", None), small, KIT, small, base_layers=4))
    assert kit is not None
    assert (kit.kit_layer, kit.last_layer) == (2, 3)
    unknown = find_toolchain(built(DEBIAN, GO, small, KIT, small))
    assert unknown is not None
    assert (unknown.kit_layer, unknown.last_layer) == (2, 2)


def test_a_variable_without_a_kit_behind_it_is_none() -> None:
    assert find_toolchain(built(DEBIAN, GO, ("RUN mkdir /go", KB))) is None
    assert find_toolchain(built(DEBIAN, KIT, base_layers=1, base="debian:12")) is None
    assert find_toolchain(built(DEBIAN, ("ENV JAVA_VERSION=21", None), KIT)) is None
