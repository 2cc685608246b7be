"""What a compiled program needs to run, and what its compiler's image holds beyond that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.analysis.effects.compiling import DOTNET, GO, JAVA, RUST, C
from auditor.analysis.effects.package_weights import is_jdk
from auditor.analysis.effects.toolchains import Toolchain
from auditor.analysis.image_facts import ImageFacts
from auditor.domain.findings import Claim


@dataclass(frozen=True, slots=True)
class Runtime:
    """A base that programs of a language run on, and its compressed bytes on amd64.

    Sizes were computed from the packages of Debian 12 (distroless) or read from manifests of
    2025 and 2026 (debian:bookworm-slim, eclipse-temurin:21-jre).
    """

    name: str
    size_bytes: int


STATIC = Runtime("gcr.io/distroless/static-debian12", 700_000)
_RUNTIMES = {
    GO: STATIC,
    RUST: Runtime("gcr.io/distroless/cc-debian12", 9_200_000),
    C: Runtime("debian:bookworm-slim", 28_200_000),
    JAVA: Runtime("eclipse-temurin:21-jre", 121_100_000),
    # 218 MB unpacked; compressed images are 0.36 to 0.37 of that.
    DOTNET: Runtime("mcr.microsoft.com/dotnet/aspnet:9.0", 80_000_000),
}
# With other packages of the system in the image, a program needs a system to run on.
SYSTEM = Runtime("debian:bookworm-slim", 28_200_000)

# Of a JDK's layer, what a JRE's does not have. 21: eclipse-temurin, 158.1 and 53.1 MB. 7 and 8:
# four pairs of openjdk of January 2018, 0.09 to 0.23; 9: two pairs, 0.30 and 0.51.
# Debian's openjdk-17 packages: 0.47, two images built with and without the compiler.
_JDK_SHARE, _OLD_JDK_SHARE, _PACKAGED_JDK_SHARE = 0.66, 0.13, 0.47
_OLD_JAVA = ("7", "8", "1.7", "1.8", "jdk7", "jdk8", "7u", "8u")
# .NET's SDK 9.0 unpacks to 896 MB, its runtime for web programs to 218 MB (May 2025).
_SDK_SHARE = 0.75


def runtime_for(language: str) -> Runtime:
    """The base to name in advice and to count as added."""
    return _RUNTIMES[language]


def replaces_base(language: str) -> bool:
    """Whether the program moves to another base; Java and .NET keep theirs, less the kit."""
    return language in (GO, RUST, C)


def kit_claims(image: ImageFacts, kit: Toolchain) -> Iterator[Claim]:
    """What goes when the program leaves its compiler's image.

    All layers of the base for Go, Rust and C. For Java and .NET, whose runtime is in the same
    layer, the share of the layer that only the compiler needs.
    """
    if replaces_base(kit.language):
        for layer in range(kit.last_layer + 1):
            yield from _claim(image, layer, 1.0)
    elif kit.language == DOTNET:
        yield from _claim(image, kit.kit_layer, _SDK_SHARE)
    else:
        yield from _claim(image, kit.kit_layer, _jdk_share(image, kit))


def _jdk_share(image: ImageFacts, kit: Toolchain) -> float:
    if kit.version.startswith(_OLD_JAVA):
        return _OLD_JDK_SHARE
    step = next((step for step in image.steps if step.layer == kit.kit_layer), None)
    commands = step.script.commands if step and step.script else ()
    is_packaged = any(is_jdk(word) for one in commands for word in one.words)
    return _PACKAGED_JDK_SHARE if is_packaged else _JDK_SHARE


def _claim(image: ImageFacts, layer: int, share: float) -> Iterator[Claim]:
    size_bytes = round(image.layers[layer].size_bytes * share)
    if size_bytes:
        yield Claim(layer, size_bytes)
