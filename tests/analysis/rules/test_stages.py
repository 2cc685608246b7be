import pytest

from auditor.analysis.rules.stages import RULES
from tests.analysis.rules.images import EMPTY, MB, found, image_of, saved

KIT = ("RUN curl -fsSL https://host.example/go.tgz | tar -xz", 100 * MB)
GOLANG = [("ENV GOLANG_VERSION=1.23", 0), KIT]


def test_a_go_program_compiled_on_golang_moves_to_a_static_base() -> None:
    image = image_of(
        *GOLANG,
        ("WORKDIR /src", 0),
        ("COPY . .", 2 * MB),
        ("RUN go build -o /app .", 20 * MB),
        base="golang:1.23",
        base_layers=2,
    )
    (one,) = found(RULES, image)
    assert one.rule == "single-stage-build"
    # Base and sources go, half of the build's layer stays, the static base comes.
    assert one.pull_saving_bytes == (48 + 100 + 2 + 10) * MB - 700_000
    assert one.dockerfile[-2:] == (
        "FROM gcr.io/distroless/static-debian12",
        "COPY --from=build /app /app",
    )


def test_a_system_that_the_program_needs_beside_it_stays_a_system() -> None:
    image = image_of(
        *GOLANG,
        ("COPY . /src", 2 * MB),
        ("RUN cd /src && go build", 20 * MB),
        ("RUN apt-get install -y nginx", 30 * MB),
        base="golang:1.23",
        base_layers=2,
    )
    (one,) = found(RULES, image)
    assert (one.confidence, one.added_bytes) == ("low", 28_200_000)


def test_a_kit_is_known_by_the_variables_of_its_steps() -> None:
    steps = [("ENV RUST_VERSION=1.80", 0), ("RUN rustup install", 200 * MB)]
    image = image_of(*steps, ("COPY . /src", MB), ("RUN cargo build --release", 50 * MB))
    (one,) = found(RULES, image)
    assert (one.rule, one.added_bytes) == ("single-stage-build", 9_200_000)


def test_go_from_packages_is_a_kit_in_a_step_of_its_own() -> None:
    image = image_of(
        ("RUN apt-get install -y golang-go", 120 * MB),
        ("WORKDIR /src", 0),
        ("COPY go.mod /src/", 1_000),
        ("RUN go mod download", 30 * MB),
        ("COPY . /src", MB),
        ("RUN go build", 20 * MB),
    )
    (one,) = found(RULES, image)
    assert one.pull_saving_bytes > 180 * MB


def test_a_jdk_below_a_copied_program_keeps_its_runtime() -> None:
    image = image_of(
        ("RUN install-jdk", 150 * MB),
        ("COPY app.jar /app.jar", 20 * MB),
        base="eclipse-temurin:21-jdk",
        base_layers=2,
    )
    (one,) = found(RULES, image)
    assert (one.rule, one.pull_saving_bytes, one.added_bytes) == ("sdk-as-runtime", 99 * MB, 0)


def test_old_jdks_are_little_more_than_their_runtimes() -> None:
    steps = [("ENV JAVA_VERSION=8u151", 0), ("RUN apt-get install -y openjdk-8-jdk=8u", 150 * MB)]
    image = image_of(*steps, ("COPY app.jar /app.jar", 20 * MB))
    assert saved(RULES, image) == [("sdk-as-runtime", round(150 * MB * 0.13))]


def test_a_dotnet_sdk_below_a_program_is_three_quarters_sdk() -> None:
    image = image_of(
        ("ENV DOTNET_SDK_VERSION=9.0", 0),
        ("RUN install-sdk", 200 * MB),
        ("COPY out /app", 20 * MB),
        base="mcr.microsoft.com/dotnet/sdk:9.0",
        base_layers=2,
    )
    assert saved(RULES, image) == [("sdk-as-runtime", 150 * MB)]


def test_a_c_program_on_gcc_keeps_a_small_system() -> None:
    image = image_of(
        ("ENV GCC_VERSION=14", 0),
        ("RUN make install", 300 * MB),
        ("COPY . /src", MB),
        ("RUN make -C /src", 5 * MB),
        base="gcc:14",
        base_layers=2,
    )
    (one,) = found(RULES, image)
    assert (one.rule, one.added_bytes) == ("single-stage-build", 28_200_000)


@pytest.mark.parametrize(
    "steps",
    [
        GOLANG,
        [("ENV JAVA_VERSION=21", 0), ("RUN install openjdk-21-jre ", 50 * MB), ("COPY a /a", MB)],
        [("ENV GOLANG_VERSION=1", 0), ("RUN true", 1_000), ("COPY app /app", 5 * MB)],
        [("COPY app /app", 5 * MB)],
        [("RUN gcc --version", 1_000), ("COPY app /app", 5 * MB)],
    ],
)
def test_kits_runtimes_and_plain_programs_are_left_alone(steps: list[tuple[str, int]]) -> None:
    assert saved(RULES, image_of(*steps)) == []


def test_a_small_kit_below_a_program_saves_nothing_against_the_runtime() -> None:
    image = image_of(("ENV GCC_VERSION=14", 0), ("RUN x", 11 * MB), ("COPY app /app", 5 * MB))
    assert [one.added_bytes for one in found(RULES, image)] == [28_200_000]


def test_layers_without_bytes_give_nothing_to_claim() -> None:
    image = image_of(
        ("ENV GOLANG_VERSION=1.23", 0),
        KIT,
        ("RUN true", EMPTY),
        ("COPY app /app", MB),
        base="golang:1.23",
        base_layers=3,
    )
    assert saved(RULES, image) == [("sdk-as-runtime", 148 * MB - 700_000)]
    tiny = image_of(("RUN apt-get install -y cargo", EMPTY), ("RUN cargo build", EMPTY))
    assert [one.rule for one in found(RULES, tiny)] == ["single-stage-build"]


def test_a_rust_program_from_packages_beside_others_keeps_a_system() -> None:
    image = image_of(
        ("RUN apt-get install -y cargo", 140 * MB),
        ("RUN apt-get install -y nginx", 30 * MB),
        ("RUN cargo build", 20 * MB),
    )
    (one,) = found(RULES, image)
    assert (one.confidence, one.pull_saving_bytes) == ("low", 150 * MB)


def test_a_build_whose_compiler_is_not_there_is_no_finding() -> None:
    assert saved(RULES, image_of(("COPY . /src", MB), ("RUN cargo build", 20 * MB))) == []


def test_a_java_build_on_a_kit_from_its_own_steps() -> None:
    steps = [("ENV JAVA_VERSION=21", 0), ("RUN install openjdk-21-jdk-headless", 200 * MB)]
    image = image_of(*steps, ("COPY . /src", MB), ("RUN cd /src && mvn package", 80 * MB))
    (one,) = found(RULES, image)
    assert one.rule == "single-stage-build"
    assert "needs the kit" in one.caveats[0]


def test_a_kit_layer_below_half_a_byte_is_not_claimed() -> None:
    image = image_of(
        ("RUN x", 1), ("COPY app.jar /app.jar", MB), base="eclipse-temurin:21-jdk", base_layers=1
    )
    assert saved(RULES, image) == [("sdk-as-runtime", round(48 * MB * 0.66))]
    empty = image_of(("RUN x", EMPTY), ("COPY app /app", MB), base="golang:1", base_layers=2)
    assert saved(RULES, empty) == [("sdk-as-runtime", 48 * MB - 700_000)]


def test_where_the_new_base_is_bigger_nothing_is_told() -> None:
    small = ("/bin/sh -c #(nop) ADD file:1 in / ", 2 * MB)
    copied = image_of(("COPY app /app", MB), base="gcc:14", root=small)
    assert saved(RULES, copied) == []
    built = image_of(("COPY a /a", MB), ("RUN make", MB), base="gcc:14", root=small)
    assert saved(RULES, built) == []
