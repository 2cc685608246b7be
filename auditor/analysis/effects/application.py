"""Whether an image holds a program, or only what programs are built with."""

from __future__ import annotations

from auditor.analysis.effects.acts import StepActs, own_acts_of
from auditor.analysis.effects.compiling import C, compiled_language, fetches_dependencies
from auditor.analysis.effects.paths import copied_to, covers
from auditor.analysis.image_facts import ImageFacts

# Entry points, licences and patches that official images copy stay below this: 12.3 kB at most
# over 632 images of January 2018, what goes to /etc left out (up to 157 kB of certificates).
_SMALLEST_PROGRAM_BYTES = 20_000
_FETCHES = frozenset({"curl", "wget", "git", "apt-get", "apt", "apk", "yum", "dnf", "zypper"})


def has_application(image: ImageFacts, above: int = -1) -> bool:
    """Whether an own step above that layer copies, fetches or compiles a program.

    A toolchain's own image does none of it: compilers there are its purpose. C that the same
    step fetched does not count, as tools are built so too.
    """
    return any(is_application_step(one) for one in own_acts_of(image) if is_above(one, above))


def is_above(acts: StepActs, layer: int) -> bool:
    """Whether the step made a layer higher than that one."""
    return acts.step.layer is not None and acts.step.layer > layer


def is_application_step(acts: StepActs) -> bool:
    """A step that brings a program: copies more than a script, or builds, or fetches."""
    if acts.step.instruction in ("COPY", "ADD"):
        is_settings = covers("/etc", copied_to(acts))
        is_big = acts.step.size_bytes >= _SMALLEST_PROGRAM_BYTES
        return is_big and acts.step.layer != 0 and not is_settings
    fetches = not acts.names.isdisjoint(_FETCHES)
    return any(
        compiled_language(act) not in ((None, C) if fetches else (None,))
        or fetches_dependencies(act)
        for act in acts.acts
    )
