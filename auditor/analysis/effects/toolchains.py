"""The compiler or kit that an image is built on: golang, rust, gcc, a JDK, the .NET SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.analysis.effects.compiling import DOTNET, GO, JAVA, RUST, C
from auditor.analysis.image_facts import BuildStep, ImageFacts

# Variables that official images set right before they install the kit.
# Source: Dockerfiles of golang, rust, gcc, maven, gradle, .NET SDK, eclipse-temurin, openjdk.
_MARKERS = {
    "GOLANG_VERSION": GO,
    "RUST_VERSION": RUST,
    "RUSTUP_HOME": RUST,
    "GCC_VERSION": C,
    "DOTNET_SDK_VERSION": DOTNET,
    "JAVA_VERSION": JAVA,
}
_KIT_OF_NAME = {"golang": GO, "rust": RUST, "gcc": C, "maven": JAVA, "gradle": JAVA}
# The smallest kit of 2018 and 2026 is 44 MB (OpenJDK 7 on Alpine); what stands between marker
# and kit stays below this.
_SMALLEST_KIT_BYTES = 10_000_000
_KIT_IS_NEAR = 4
_JDK_WORDS = ("-jdk_", "-jdk=", "-jdk-headless", "/jdk", "openjdk8=", "openjdk7=")
_JRE_WORDS = ("-jre_", "-jre=", "-jre-headless", "-jre ")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A kit in the base, or in steps that look like a base's.

    `kit_layer` holds it; `last_layer` is the highest layer of the base or of the kit.
    `version` is what its variable says, `name` how people call the image; both may be empty.
    """

    language: str
    kit_layer: int
    last_layer: int
    version: str = ""
    name: str = ""


def find_toolchain(image: ImageFacts) -> Toolchain | None:
    """The kit that the image is built on, by its base's name or by the steps that made it.

    A Java runtime without compiler is none.
    """
    named = _by_name(image)
    found = next(_by_steps(image.steps), None)
    if named is None or found is None:
        return _with_base(image, found) if named is None else named
    is_plain_java = found.language == named.language
    kit = found if is_plain_java else named
    return Toolchain(kit.language, kit.kit_layer, named.last_layer, found.version, named.name)


def _with_base(image: ImageFacts, found: Toolchain | None) -> Toolchain | None:
    """A kit known by steps only; of Java, one that its steps call a JDK."""
    if found is None or (found.language == JAVA and not _is_jdk(image, found)):
        return None
    is_of_base = found.kit_layer < image.base_layers
    last = image.base_layers - 1 if is_of_base else found.last_layer
    return Toolchain(found.language, found.kit_layer, last, found.version)


def _is_jdk(image: ImageFacts, found: Toolchain) -> bool:
    text = next(step.text for step in image.steps if step.layer == found.kit_layer)
    text = text.lower()
    is_jre = any(word in text for word in _JRE_WORDS)
    return not is_jre and any(word in text for word in _JDK_WORDS)


def _by_steps(steps: tuple[BuildStep, ...]) -> Iterator[Toolchain]:
    for position, step in enumerate(steps):
        for pair in step.arguments if step.instruction == "ENV" else ():
            name, _, version = pair.partition("=")
            layer = _kit_after(steps, position) if name in _MARKERS else None
            if layer is not None:
                yield Toolchain(_MARKERS[name], layer, layer, version)


def _kit_after(steps: tuple[BuildStep, ...], position: int) -> int | None:
    near = [step for step in steps[position : position + 16] if step.layer is not None]
    big = (step.layer for step in near[:_KIT_IS_NEAR] if step.size_bytes >= _SMALLEST_KIT_BYTES)
    return next(big, None)


def _by_name(image: ImageFacts) -> Toolchain | None:
    if image.base is None or not image.base_layers:
        return None
    for name in image.base.names:
        if language := language_of(name):
            layers = range(image.base_layers)
            largest = max(layers, key=lambda layer: image.layers[layer].size_bytes)
            return Toolchain(language, largest, image.base_layers - 1, name=name)
    return None


def language_of(name: str) -> str | None:
    """The language whose compiler an image of this name holds: `golang:1.23`, `temurin:21-jdk`."""
    path, _, tag = name.partition("@")[0].rpartition(":")
    if not path or "/" in tag:
        path, tag = name.partition("@")[0], ""
    words = path.split("/")
    if words[-1] in _KIT_OF_NAME:
        return _KIT_OF_NAME[words[-1]]
    if "sdk" in words[-1].split("-") and any("dotnet" in word for word in words):
        return DOTNET
    is_java = {"jdk", "openjdk", "java", "temurin"} & set("-".join((words[-1], tag)).split("-"))
    return JAVA if is_java and "jre" not in tag and "jre" not in words[-1] else None
