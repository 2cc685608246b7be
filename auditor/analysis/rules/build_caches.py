"""go, cargo, Maven and Gradle building in the final image: what they fetch and keep."""

from __future__ import annotations

from collections.abc import Callable

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.leftovers import CacheKind
from auditor.analysis.rules.cache_table import Amount, CacheRule, info
from auditor.analysis.rules.caches import cache_rules
from auditor.analysis.rules.rule import Rule

_GO, _CARGO = frozenset({"go"}), frozenset({"cargo"})
_MAVEN, _GRADLE = frozenset({"mvn", "mvnw"}), frozenset({"gradle", "gradlew"})
_GO_COMPILES = frozenset({"build", "install", "test", "run", "get", "generate", "vet"})
_CARGO_COMPILES = frozenset({"build", "b", "rustc", "test", "run", "check"})
_VERSION = frozenset({"--version", "-v", "-version", "--help", "-h"})
_ALL_OF_IT = Amount(0.99, 0.90, 1.0)
_HOME = "/root"
_STAGES = "Build in a stage of its own and copy the result."


def _verb(act: Act) -> str:
    words = [word for word in act.operands if not word.startswith("+")]
    return words[0] if words else ""


def _has_verb(names: frozenset[str], verbs: frozenset[str]) -> Callable[[Act], bool]:
    return lambda act: act.name in names and _verb(act) in verbs


def _cleans_go(act: Act, flag: str) -> bool:
    return act.name == "go" and _verb(act) == "clean" and flag in act.arguments


def _cleans_target(act: Act) -> bool:
    """`cargo clean`, or the removal of a folder of that name, wherever it is."""
    is_removal = act.name == "rm" and any(
        word.rstrip("/*").rpartition("/")[2] == "target" for word in act.operands
    )
    return is_removal or (act.name == "cargo" and _verb(act) == "clean")


def _downloads_modules(act: Act) -> bool:
    return act.name == "go" and act.operands[:2] in (("mod", "download"), ("mod", "tidy"))


def _uses_modules(act: Act) -> bool:
    """`go install X@version` and `go get` fetch; a build may find them fetched before."""
    return _downloads_modules(act) or (
        act.name == "go"
        and _verb(act) in ("install", "get")
        and any(
            "@" in word or "." in word.partition("/")[0].strip(".") for word in act.operands[1:]
        )
    )


def _builds_java(names: frozenset[str]) -> Callable[[Act], bool]:
    return lambda act: (
        act.name in names and bool(act.operands) and _VERSION.isdisjoint(act.arguments)
    )


def _only_fetches_maven(act: Act) -> bool:
    return any(word.startswith("dependency:") or ":go-offline" in word for word in act.operands)


def _stages(builder: str, build: str, result: str, runtime: str) -> tuple[str, ...]:
    return (
        f"FROM {builder} AS build",
        "COPY . .",
        f"RUN {build}",
        f"FROM {runtime}",
        f"COPY --from=build {result} /app",
    )


_GO_LINES = _stages(
    "golang", "CGO_ENABLED=0 go build -o /app .", "/app", "gcr.io/distroless/static"
)
_CARGO_LINES = _stages(
    "rust", "cargo build --release", "target/release/app", "gcr.io/distroless/cc"
)
_MAVEN_LINES = _stages("maven", "mvn package", "target/app.jar", "eclipse-temurin:21-jre")
_GRADLE_LINES = _stages("gradle", "gradle build", "build/libs/app.jar", "eclipse-temurin:21-jre")

RULES: tuple[Rule, ...] = cache_rules(
    (
        CacheRule(
            info(
                "go-build-cache-kept",
                "Go's build cache stays in the layer",
                "`go build` or `go install` without `go clean -cache` or removal of the cache"
                " after it in the same step",
            ),
            CacheKind(
                _GO,
                _has_verb(_GO, _GO_COMPILES),
                lambda act: _cleans_go(act, "-cache"),
                ("/root/.cache/go-build",),
                variables=("GOCACHE",),
                is_off=lambda act, _: act.operands[1:2] == ("-d",) or "-d" in act.arguments,
            ),
            _GO,
            "What Go compiled package by package stays in its cache, beside the program.",
            _STAGES,
            _GO_LINES,
            # Go 1.27: 0.84 for a program that prints, 0.81 for a server.
            Amount(0.80, 0.50, 0.90),
            "Measured on two programs without modules: 84 and 81 % of program and cache.",
        ),
        CacheRule(
            info(
                "go-modules-kept",
                "Go's modules stay in the layer",
                "`go mod download`, `go get` or `go install` of another module without `go clean"
                " -modcache` or removal of its folder after it in the same step",
                "; modules that `go build` fetches",
            ),
            CacheKind(
                _GO,
                _uses_modules,
                lambda act: _cleans_go(act, "-modcache"),
                ("/go/pkg/mod", "$GOPATH/pkg", f"{_HOME}/go/pkg/mod"),
                variables=("GOMODCACHE",),
            ),
            _GO,
            "The sources of modules stay in the image; the program holds all it needs of them.",
            _STAGES,
            _GO_LINES,
            Amount(0.30, 0.05, 0.60),
            "A step that only fetches modules is nothing else; beside a build it is a guess.",
            other_amounts=((_downloads_modules, _ALL_OF_IT),),
        ),
        CacheRule(
            info(
                "cargo-registry-kept",
                "cargo's registry stays in the layer",
                "`cargo build`, `install` or `fetch` without removal of the registry after it in"
                " the same step",
                "; dependencies fetched by a step before",
            ),
            CacheKind(
                _CARGO,
                _has_verb(_CARGO, _CARGO_COMPILES | {"install", "fetch"}),
                lambda act: act.name == "cargo-cache",
                ("/usr/local/cargo/registry", "$CARGO_HOME/registry", "/root/.cargo/registry"),
                variables=("CARGO_HOME",),
            ),
            _CARGO,
            "Archives and sources of crates stay in the image; the program holds what it needs.",
            _STAGES,
            _CARGO_LINES,
            # Archives and their unpacked files weigh the same, so a layer has both.
            Amount(0.25, 0.05, 0.60),
            "Assumed; not measured.",
            other_amounts=((_has_verb(_CARGO, frozenset({"fetch"})), _ALL_OF_IT),),
        ),
        CacheRule(
            info(
                "cargo-target-kept",
                "cargo's intermediate results stay in the layer",
                "`cargo build` without removal of the folder `target` after it in the same step",
                "; whether the program is copied from there",
            ),
            CacheKind(
                _CARGO,
                _has_verb(_CARGO, _CARGO_COMPILES),
                _cleans_target,
                (),
                variables=("CARGO_TARGET_DIR",),
                options=("--target-dir",),
            ),
            _CARGO,
            "What cargo compiled crate by crate stays in the folder `target`, beside the program.",
            _STAGES,
            _CARGO_LINES,
            Amount(0.50, 0.25, 0.90),
            "Assumed; not measured.",
        ),
        CacheRule(
            info(
                "maven-repository-kept",
                "Maven's local repository stays in the layer",
                "`mvn` without removal of ~/.m2 after it in the same step",
                "; artifacts fetched by a step before",
            ),
            CacheKind(
                _MAVEN,
                _builds_java(_MAVEN),
                lambda _: False,
                ("/root/.m2",),
                options=("-Dmaven.repo.local",),
            ),
            _MAVEN,
            "Plugins and libraries that Maven fetched stay in ~/.m2, beside what was built.",
            _STAGES,
            _MAVEN_LINES,
            Amount(0.60, 0.20, 0.90),
            "Assumed; not measured.",
            other_amounts=((_only_fetches_maven, _ALL_OF_IT),),
        ),
        CacheRule(
            info(
                "gradle-caches-kept",
                "Gradle's caches stay in the layer",
                "`gradle` or `gradlew` without removal of ~/.gradle after it in the same step",
                "; artifacts fetched by a step before",
            ),
            CacheKind(
                _GRADLE,
                _builds_java(_GRADLE),
                lambda _: False,
                ("/root/.gradle", "/home/gradle/.gradle"),
                variables=("GRADLE_USER_HOME",),
                options=("-g", "--gradle-user-home"),
            ),
            _GRADLE,
            "Libraries, plugins and Gradle itself stay in ~/.gradle, beside what was built.",
            _STAGES,
            _GRADLE_LINES,
            Amount(0.60, 0.20, 0.90),
            "Assumed; not measured.",
        ),
    )
)
