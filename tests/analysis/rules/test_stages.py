import pytest

from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.stages import find_sdk, find_single
from auditor.domain.findings import Breadth, Confidence
from tests.fakes.built_images import DEBIAN, KB, MB, built, ran

GO_VARIABLE = ("ENV GOLANG_VERSION=1.26.5", None)
GO_KIT = ("COPY /target/ / # buildkit", 67 * MB)
WORKDIR = ("WORKDIR /src", None)
SOURCES = ("COPY . . # buildkit", MB)
GO_BUILD = (ran("CGO_ENABLED=0 go build -o /app ."), 8 * MB)
PROGRAM = ("COPY app /app # buildkit", 4 * MB)
INSTALL = "apt-get update && apt-get install -y --no-install-recommends"


def test_a_go_program_below_its_compiler_moves_to_a_static_base() -> None:
    image = built(DEBIAN, GO_VARIABLE, GO_KIT, PROGRAM, base_layers=2, base="golang:1.26")
    (finding,) = find_sdk(image)
    assert [one.layer for one in finding.claims] == [0, 1]
    assert finding.pull_saving_bytes == 28 * MB + 67 * MB - 700 * KB
    assert finding.first_layer == 0
    assert finding.breadth is Breadth.IMAGE
    assert finding.key == "Go golang"
    assert finding.dockerfile[0] == "FROM golang:1.26 AS build"
    assert finding.what.startswith("golang:1.26 is the base")
    assert list(find_single(image)) == []


def test_a_kit_is_known_by_its_variable_where_no_base_is_known() -> None:
    (finding,) = find_sdk(built(DEBIAN, GO_VARIABLE, GO_KIT, PROGRAM))
    assert finding.what.startswith("A Go compiler is the base")
    assert [one.layer for one in finding.claims] == [0, 1]
    assert finding.evidence[0].layer == 1


def test_a_kits_own_image_is_no_finding() -> None:
    rest = (ran('mkdir -p "$GOPATH/src" && chmod -R 1777 "$GOPATH"'), 127)
    for base_layers in (0, 1, 2):
        image = built(DEBIAN, GO_VARIABLE, GO_KIT, rest, WORKDIR, base_layers=base_layers)
        assert list(find_sdk(image)) == []
        assert list(find_single(image)) == []


@pytest.mark.parametrize(
    "version, share", [("jdk-21.0.12+8", 0.66), ("8u151", 0.13), ("7u151", 0.13)]
)
def test_of_a_jdk_what_a_jre_does_not_have_goes(version: str, share: float) -> None:
    steps = (
        (f"ENV JAVA_VERSION={version}", None),
        (ran("wget -O /tmp/j.tar.gz https://x.io/OpenJDK21U-jdk_x64_linux.tar.gz"), 158 * MB),
        ("COPY app.jar / # buildkit", 20 * MB),
    )
    (finding,) = find_sdk(built(DEBIAN, *steps, base_layers=2))
    assert finding.pull_saving_bytes == round(158 * MB * share)
    assert finding.added_bytes == 0
    assert "eclipse-temurin:21-jre" in finding.fix


def test_a_jre_is_no_kit() -> None:
    steps = (
        ("ENV JAVA_VERSION=jdk-21.0.12+8", None),
        (ran("wget -O /tmp/j.tar.gz https://x.io/OpenJDK21U-jre_x64_linux.tar.gz"), 53 * MB),
        ("COPY app.jar / # buildkit", 20 * MB),
    )
    assert list(find_sdk(built(DEBIAN, *steps, base_layers=2))) == []


def test_the_dotnet_kit_leaves_its_runtime() -> None:
    steps = (
        ("ENV DOTNET_SDK_VERSION=9.0.1", None),
        (ran("curl -o sdk.tgz https://x.io/sdk.tgz"), 200 * MB),
        ("COPY out /app # buildkit", 3 * MB),
    )
    (finding,) = find_sdk(built(DEBIAN, *steps, base_layers=2))
    assert finding.pull_saving_bytes == 150 * MB


def test_a_smaller_base_than_the_runtime_is_no_finding() -> None:
    image = built(("ADD x / ", 20 * MB), PROGRAM, base_layers=1, base="acme/gcc:1")
    assert list(find_sdk(image)) == []


def go_in_one_stage(*more: tuple[str, int | None]) -> ImageFacts:
    tools = (ran(f"{INSTALL} golang git ca-certificates && rm -rf /var/lib/apt/lists/*"), 114 * MB)
    return built(DEBIAN, tools, WORKDIR, SOURCES, GO_BUILD, *more, base_layers=1)


def test_a_go_program_compiled_with_system_packages_leaves_the_system_too() -> None:
    (finding,) = find_single(go_in_one_stage())
    claims = {one.layer: one.size_bytes for one in finding.claims}
    assert claims == {0: 28 * MB, 1: 114 * MB, 2: MB, 3: 4 * MB}
    assert finding.added_bytes == 700 * KB
    assert finding.confidence is Confidence.MEDIUM
    assert finding.key == "Go"


def test_what_else_is_installed_keeps_the_program_on_a_system() -> None:
    more = (ran(f"{INSTALL} ffmpeg"), 180 * MB)
    (finding,) = find_single(go_in_one_stage(more))
    claims = {one.layer: one.size_bytes for one in finding.claims}
    assert claims == {1: 114 * MB, 2: MB, 3: 4 * MB}
    assert finding.added_bytes == 0
    assert finding.confidence is Confidence.LOW
    assert "debian:bookworm-slim" in finding.fix


def test_a_program_compiled_on_its_compilers_image_leaves_that() -> None:
    modules = (ran("go mod download"), 30 * MB)
    late = ("COPY config /etc/app # buildkit", 2 * KB)
    steps = (GO_VARIABLE, GO_KIT, WORKDIR, modules, SOURCES, GO_BUILD, late)
    image = built(DEBIAN, *steps, base_layers=2)
    (finding,) = find_single(image)
    claims = {one.layer: one.size_bytes for one in finding.claims}
    assert claims == {0: 28 * MB, 1: 67 * MB, 2: 30 * MB, 3: MB, 4: 4 * MB}
    assert [one.layer for one in finding.evidence] == [4, 1]
    assert list(find_sdk(image)) == []


def test_copies_to_elsewhere_and_steps_after_the_build_stay() -> None:
    web = ("COPY web /srv/web # buildkit", 3 * MB)
    later = (ran("npm ci"), 900 * KB)
    steps = (GO_VARIABLE, GO_KIT, WORKDIR, web, SOURCES, GO_BUILD, later)
    (finding,) = find_single(built(DEBIAN, *steps, base_layers=2))
    assert [one.layer for one in finding.claims] == [0, 1, 3, 4]


def test_a_java_program_built_in_its_image_keeps_a_runtime() -> None:
    steps = (
        ("ENV JAVA_VERSION=jdk-21.0.12+8", None),
        (ran("wget -O /tmp/j.tar.gz https://x.io/OpenJDK21U-jdk_x64_linux.tar.gz"), 158 * MB),
        WORKDIR,
        SOURCES,
        (ran("./mvnw -B package"), 90 * MB),
    )
    (finding,) = find_single(built(DEBIAN, *steps, base_layers=2))
    assert finding.pull_saving_bytes == round(158 * MB * 0.66) + MB + 45 * MB


@pytest.mark.parametrize(
    "steps",
    [
        (SOURCES, GO_BUILD),
        ((ran("apk add --no-cache --virtual .b go && go build && apk del .b"), 9 * MB),),
        (GO_VARIABLE, GO_KIT, (ran("go version"), 10)),
        ((ran(f"{INSTALL} gcc"), 70 * MB), (ran("gcc -o /app app.c"), 10 * KB)),
        (GO_VARIABLE, GO_KIT, (ran("make --version"), 10)),
    ],
)
def test_without_a_compiler_that_stays_or_a_build_nothing_is_said(
    steps: tuple[tuple[str, int | None], ...],
) -> None:
    assert list(find_single(built(DEBIAN, *steps, base_layers=1))) == []


def test_a_saving_below_the_new_base_is_no_finding() -> None:
    tools = (ran(f"{INSTALL} golang"), 100 * KB)
    image = built(("ADD x / ", 100 * KB), tools, (ran("go build"), 10), base_layers=1)
    assert list(find_single(image)) == []
