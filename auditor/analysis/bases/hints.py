"""What the build history says of bases, where no known image matches.

Low confidence: a person may write whatever they like into a history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.analysis.base_image import Hint
from auditor.analysis.image_facts import BuildStep

_LONGEST_ROOT_STEP = 2000
_ROOTFS = "alpine-minirootfs-"
_SLIM_BELOW_BYTES = 37_000_000
"""Debian's slim roots have 22 to 30 MB, the others 45 to 51 (Debian 8 to 13, in the catalogue)."""


def find_hints(steps: Sequence[BuildStep], layer_sizes: Sequence[int]) -> tuple[Hint, ...]:
    """Where bases seem to end, the nearest first; at most one hint per number of layers.

    An image's Dockerfile ends with its CMD, so a CMD below later layers is a base's. On 617
    histories this was right whenever the base ended in a CMD, and never where it did not
    (OPTIMISATION.md section 7). The lowest layer is a hint too where its step made the whole
    root file system: Debian's `debian.sh`, Alpine's `ADD alpine-minirootfs-…`, Ubuntu's
    `umoci`, or the classic `ADD file:… in /`.
    """
    found: dict[int, tuple[str, ...]] = dict.fromkeys(_after_commands(steps), ())
    if steps and layer_sizes and is_root_step(steps[0]):
        name = distribution_of(steps)
        is_slim = name.startswith("debian:") and layer_sizes[0] < _SLIM_BELOW_BYTES
        found[1] = (f"{name}-slim" if is_slim else name,) if name else ()
    heights = sorted((one for one in found if 0 < one < len(layer_sizes)), reverse=True)
    return tuple(Hint(one, sum(layer_sizes[:one]), found[one]) for one in heights)


def distribution_of(steps: Sequence[BuildStep]) -> str:
    """The system of the lowest layer as its step tells, `debian:bookworm`; empty if it does not.

    Source: the scripts that build these roots (debuerreotype, docker-alpine, rockcraft).
    """
    text = steps[0].text[:_LONGEST_ROOT_STEP] if steps else ""
    words = text.split()
    if "debian.sh" in words:
        named = words[words.index("out/") + 1 :] if "out/" in words else words[-1:]
        return _named("debian", named[0].strip("'\"") if named else "")
    if _ROOTFS in text:
        version = text.partition(_ROOTFS)[2].split("-")[0].split(".")
        return _named("alpine", ".".join(version[:2]))
    if "umoci" in words:
        tags = [word for word in words if word[:1].isdigit()]
        return _named("ubuntu", tags[0]) if tags else ""
    return ""


def is_root_step(step: BuildStep) -> bool:
    """Whether the step made a whole root file system."""
    words = step.text[:_LONGEST_ROOT_STEP].split()
    if step.layer is None:
        return False
    into_root = words[-1:] == ["/"] or words[-2:] == ["in", "/"]
    is_archive = (
        words[:1] == ["ADD"]
        and len(words) > 1
        and (words[1].startswith("file:") or _ROOTFS in words[1])
    )
    return "debian.sh" in words or "umoci" in words or (is_archive and into_root)


def _named(family: str, release: str) -> str:
    is_word = release.replace(".", "").isalnum() and release.isascii()
    return f"{family}:{release}" if is_word else ""


def _after_commands(steps: Sequence[BuildStep]) -> Iterator[int]:
    """Layers below each CMD that later steps put layers on."""
    layers = 0
    for step in steps:
        if step.layer is not None:
            layers += 1
        elif step.instruction == "CMD" or step.text.startswith("CMD "):
            yield layers
