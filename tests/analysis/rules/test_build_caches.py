import pytest

from auditor.analysis.rules.build_caches import RULES
from tests.analysis.rules.images import MB, image_of, saved

_BUILD, _MODULES = ("go-build-cache-kept", 80 * MB), ("go-modules-kept", 99 * MB)
_SOME_MODULES = ("go-modules-kept", 30 * MB)
_REGISTRY, _TARGET = ("cargo-registry-kept", 25 * MB), ("cargo-target-kept", 50 * MB)
_MAVEN, _GRADLE = ("maven-repository-kept", 60 * MB), ("gradle-caches-kept", 60 * MB)


@pytest.mark.parametrize(
    "step, expected",
    [
        ("RUN go build ./...", [_BUILD]),
        ("RUN go mod download", [_MODULES]),
        ("RUN go install example.com/tool@latest", [_BUILD, _SOME_MODULES]),
        ("RUN go install ./cmd/app", [_BUILD]),
        ("RUN go build && go clean -modcache", [_BUILD]),
        ("RUN go build && go clean -cache -modcache", []),
        ("RUN go build && rm -rf ~/.cache/go-build", []),
        ("RUN GOCACHE=/tmp/c go build && rm -rf /tmp/c", []),
        ("RUN go mod download && rm -rf /go/pkg", []),
        ("RUN go version", []),
        ("RUN go get -d example.com/tool", [_SOME_MODULES]),
        ("RUN cargo build --release", [_REGISTRY, _TARGET]),
        ("RUN cargo +nightly build", [_REGISTRY, _TARGET]),
        ("RUN cargo install ripgrep", [_REGISTRY]),
        ("RUN cargo fetch", [("cargo-registry-kept", 99 * MB)]),
        ("RUN cargo build && cargo clean", [_REGISTRY]),
        ("RUN cargo build && cp target/release/app / && rm -rf target", [_REGISTRY]),
        ("RUN cargo install ripgrep && rm -rf $CARGO_HOME/registry", []),
        ("RUN cargo install ripgrep && cargo-cache -a", []),
        ("RUN cargo --version && cargo", []),
        ("RUN mvn -B package", [_MAVEN]),
        ("RUN mvn dependency:go-offline", [("maven-repository-kept", 99 * MB)]),
        ("RUN mvn package && rm -rf ~/.m2", []),
        ("RUN mvn --version", []),
        ("RUN ./gradlew build", [_GRADLE]),
        ("RUN gradle build && rm -rf /home/gradle/.gradle/caches", []),
    ],
)
def test_what_a_build_leaves_is_told(step: str, expected: list[tuple[str, int]]) -> None:
    assert saved(RULES, image_of((step, 100 * MB))) == expected


def test_a_build_of_two_languages_is_half_as_sure() -> None:
    told = saved(RULES, image_of(("RUN cargo install x && mvn package", 100 * MB)))
    assert told == [("cargo-registry-kept", 12_500_000), ("maven-repository-kept", 30 * MB)]
