"""Compilers as the base of a final image, and programs compiled in it."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import StepActs, own_acts_of
from auditor.analysis.effects.application import has_application, is_above
from auditor.analysis.effects.compiling import (
    GO,
    RUST,
    C,
    compiled_language,
    fetches_dependencies,
)
from auditor.analysis.effects.package_weights import is_build_tool, is_helper
from auditor.analysis.effects.packages import PackageChange, does_nothing_else, own_changes_of
from auditor.analysis.effects.paths import copied_to, covers
from auditor.analysis.effects.runtimes import (
    SYSTEM,
    Runtime,
    kit_claims,
    replaces_base,
    runtime_for,
)
from auditor.analysis.effects.seen import caveats, claim, key, seen
from auditor.analysis.effects.toolchains import Toolchain, find_toolchain
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)

SDK = RuleInfo(
    identifier="sdk-as-runtime",
    title="A compiler's image is the base of the final image",
    sees="golang, rust, gcc, a JDK, maven, gradle or the .NET SDK as base, by its name or by the"
    " variables its steps set, below steps that bring a program",
    misses="kits in bases of one's own that set no such variable, and programs that compile when"
    " they run",
)
SINGLE = RuleInfo(
    identifier="single-stage-build",
    title="A program is compiled in the final image",
    sees="go build, cargo build, mvn package, gradle build, dotnet publish or make in a step of"
    " the final image, whose compiler is still there",
    misses="builds behind a script, and compilers from archives",
)
# What a compile step leaves that is not the program: Go 1.19's build cache was 51 % of the layer
# for a web service. Rust and Java leave more (target/, ~/.m2); not measured.
_BUILD_LEFTOVERS_SHARE = 0.5
# Steps that cannot be told apart and are smaller than this do not keep the program on a system.
_SMALL_BYTES = 1_000_000


def find_sdk(image: ImageFacts) -> Iterator[Finding]:
    """A compiler's image below a program that no step of this image compiles."""
    kit = find_toolchain(image)
    if kit is None or not has_application(image, kit.last_layer):
        return
    if _compiled(image, kit) is not None:
        return
    claims = tuple(kit_claims(image, kit))
    runtime = runtime_for(kit.language)
    added = runtime.size_bytes if replaces_base(kit.language) else 0
    saved = sum(one.size_bytes for one in claims) - added
    if saved > 0:
        yield Finding(
            rule=SDK.identifier,
            key=key(kit.language, kit.name.partition(":")[0]),
            what=f"{kit.name or f'A {kit.language} compiler'} is the base: it compiles, and the"
            " image only has to run.",
            fix=f"Compile in a stage and start the final one from {runtime.name} or the like.",
            evidence=(_kit_evidence(image, kit),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.MEDIUM,
            basis=Basis.MODELLED,
            breadth=Breadth.IMAGE,
            added_bytes=added,
            low_bytes=round(saved * 0.5),
            high_bytes=round(saved * 1.1),
            dockerfile=_lines(kit.language, runtime, kit.name),
            caveats=_caveats(kit.language),
        )


def _kit_evidence(image: ImageFacts, kit: Toolchain) -> Evidence:
    layer = image.layers[kit.kit_layer]
    step = next((step for step in image.steps if step.layer == kit.kit_layer), None)
    text = kit.name or (step.text if step else "")
    return Evidence(EvidenceKind.BASE, text, kit.kit_layer, layer.digest, layer.size_bytes)


def _compiled(image: ImageFacts, kit: Toolchain | None) -> tuple[StepActs, str] | None:
    """The first own step that compiles in a language whose compiler is in the image."""
    languages = {kit.language} if kit else set()
    languages |= _languages_of_tools(image)
    above = kit.last_layer if kit else -1
    for acts in own_acts_of(image):
        language = _language(acts) if is_above(acts, above) else None
        if language is not None and language in languages:
            return acts, language
    return None


def _language(acts: StepActs) -> str | None:
    found = (compiled_language(act) for act in acts.acts)
    return next((language for language in found if language), None)


_TOOLS = {"golang": GO, "golang-go": GO, "go": GO, "cargo": RUST, "rust": RUST, "rustc": RUST}


def _languages_of_tools(image: ImageFacts) -> set[str]:
    """Go and Rust from system packages; C is `build-tools-left`'s, Java keeps its runtime."""
    names = (package.name for _, change in own_changes_of(image) for package in change.left)
    return {_TOOLS[name] for name in names if name in _TOOLS}


def find_single(image: ImageFacts) -> Iterator[Finding]:
    """One finding about an image that holds the compiler of its own program."""
    kit = find_toolchain(image)
    compiled = _compiled(image, kit)
    if compiled is None:
        return
    compiling, language = compiled
    claims, leaves_system = _claims(image, kit, compiling, language)
    runtime = SYSTEM if leaves_system and replaces_base(language) else runtime_for(language)
    moves = any(one.layer < _first_own_layer(image, kit) for one in claims)
    added = runtime.size_bytes if moves and replaces_base(language) else 0
    saved = sum(one.size_bytes for one in claims) - added
    if saved > 0:
        yield Finding(
            rule=SINGLE.identifier,
            key=key(language),
            what=f"A {language} program is compiled in the final image: compiler, sources and"
            " build caches are pulled with it.",
            fix=f"Compile in a stage of its own and copy the program to {runtime.name} or the"
            " like.",
            evidence=(seen(image, compiling.step), *_kit_evidences(image, kit)),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.LOW if leaves_system else Confidence.MEDIUM,
            basis=Basis.MODELLED,
            breadth=Breadth.IMAGE,
            added_bytes=added,
            low_bytes=round(saved * 0.7),
            high_bytes=round(saved * 1.1),
            dockerfile=_lines(language, runtime, kit.name if kit else ""),
            caveats=caveats(image, *_caveats(language)),
        )


def _kit_evidences(image: ImageFacts, kit: Toolchain | None) -> tuple[Evidence, ...]:
    return (_kit_evidence(image, kit),) if kit else ()


def _first_own_layer(image: ImageFacts, kit: Toolchain | None) -> int:
    return max(image.base_layers, kit.last_layer + 1 if kit else 0, 1)


def _claims(
    image: ImageFacts, kit: Toolchain | None, compiling: StepActs, language: str
) -> tuple[tuple[Claim, ...], bool]:
    """What goes, and whether something stays that needs a system below it."""
    first = _first_own_layer(image, kit)
    own = [(acts, change) for acts, change in own_changes_of(image) if is_above(acts, first - 1)]
    gone: list[Claim] = []
    leaves_system = False
    for acts, change in own:
        share = _share_gone(acts, change, compiling)
        gone += claim(acts.step, acts.step.size_bytes * share)
        is_unclear = share == 0.0 and acts.step.instruction == "RUN"
        leaves_system |= is_unclear and acts.step.size_bytes >= _SMALL_BYTES
    below: tuple[Claim, ...] = ()
    if kit is not None:
        below = tuple(kit_claims(image, kit))
    elif language in (GO, RUST) and not leaves_system:
        sizes = [layer.size_bytes for layer in image.layers[:first]]
        below = tuple(Claim(index, size) for index, size in enumerate(sizes) if size)
    return (*below, *gone), leaves_system


def _share_gone(acts: StepActs, change: PackageChange, compiling: StepActs) -> float:
    """Which share of an own step's layer only the build needs."""
    step = acts.step
    if _language(acts) is not None:
        return _BUILD_LEFTOVERS_SHARE
    is_before = (step.layer or 0) < (compiling.step.layer or 0)
    if step.instruction in ("COPY", "ADD"):
        folders = {compiling.folder, *(act.folder for act in compiling.acts)} - {"/"}
        is_source = any(covers(folder, copied_to(acts)) for folder in folders)
        return 1.0 if is_before and is_source else 0.0
    if any(fetches_dependencies(act) for act in acts.acts):
        return 1.0 if is_before else 0.0
    names = [package.name for package in change.left]
    is_for_the_build = all(is_build_tool(name) or is_helper(name) for name in names)
    return 1.0 if names and does_nothing_else(acts) and is_for_the_build else 0.0


def _caveats(language: str) -> tuple[str, ...]:
    return (
        *{
            GO: ("With cgo the program needs the C library: take distroless base.",),
            RUST: ("Other system libraries than glibc and libgcc have to be copied too.",),
            C: (
                "Shared libraries that the program needs have to be installed in the final stage.",
            ),
        }.get(language, ("A program that compiles or is debugged when it runs needs the kit.",)),
        "Images for development and CI hold a compiler on purpose.",
    )


def _lines(language: str, runtime: Runtime, name: str) -> tuple[str, ...]:
    default, build, program = {
        GO: ("golang:1", "RUN CGO_ENABLED=0 go build -o /app .", "/app"),
        RUST: ("rust:1", "RUN cargo build --release", "/src/target/release/app"),
        C: ("gcc:14", "RUN make", "/src/app"),
    }.get(language, ("", "# build here", "/src/out"))
    return (
        f"FROM {name or default or 'kit'} AS build",
        "WORKDIR /src",
        "COPY . .",
        build,
        f"FROM {runtime.name}",
        f"COPY --from=build {program} /app",
    )


RULES = (Rule(SDK, find_sdk), Rule(SINGLE, find_single))
