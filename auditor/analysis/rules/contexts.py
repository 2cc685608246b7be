"""Build contexts that are copied whole, with what a build or a developer left in them."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import StepActs, own_acts_of
from auditor.analysis.effects.compiling import compiled_language, fetches_dependencies
from auditor.analysis.effects.paths import copied_to
from auditor.analysis.effects.seen import caveats, claim, key, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Confidence, Finding, RuleInfo

WHOLE = RuleInfo(
    identifier="context-copied-whole",
    title="The build context is copied whole",
    sees="COPY or ADD of `.`; of the classic builder, which hides the source, a folder copied to"
    " the working folder or to where a step builds or installs dependencies",
    misses="what was in the context, and whether a .dockerignore keeps the rest out",
)
# A repository of 1,000 files and 2,100 objects, gzip -6: files 3.38 MB, `.git` 3.14 MB packed.
# So what is above a source tree's size is half history and what lies about, or more: in two
# built pairs it was 99 %. A stage's result may be copied the same way, so half.
_SOURCES_BYTES = 3_400_000
_SHARE = 0.5
# Smaller contexts are left alone: sources alone may be so big.
_SMALLEST_BYTES = 5_000_000


def find_whole(image: ImageFacts) -> Iterator[Finding]:
    """Copies of the whole context, and dependencies that it may have brought again."""
    steps = own_acts_of(image)
    works = [
        acts.folder
        for acts in steps
        if any(compiled_language(act) or fetches_dependencies(act) for act in acts.acts)
    ]
    working_folders = frozenset(works)
    for acts in steps:
        if _is_whole(acts, working_folders):
            yield from _whole(image, acts)


def _is_whole(acts: StepActs, working_folders: frozenset[str]) -> bool:
    step = acts.step
    if step.layer is None or step.instruction not in ("COPY", "ADD"):
        return False
    if any(flag.startswith("--from") for flag in step.flags):
        return False
    if any(word in (".", "./") for word in step.arguments[:-1]):
        return True
    is_folder = any(word.startswith("dir:") for word in step.arguments[:-1])
    target = copied_to(acts)
    return is_folder and target != "/" and target in {acts.folder, *working_folders}


def _whole(image: ImageFacts, acts: StepActs) -> Iterator[Finding]:
    step = acts.step
    is_big = step.size_bytes >= _SMALLEST_BYTES
    claims = claim(step, (step.size_bytes - _SOURCES_BYTES) * _SHARE) if is_big else ()
    if claims:
        yield Finding(
            rule=WHOLE.identifier,
            key=key(step.instruction, copied_to(acts)),
            what=f"{step.instruction} takes the whole build context into {copied_to(acts)}: with it"
            " may come .git, local dependencies, tests and build results.",
            fix="List what the image does not need in .dockerignore, or copy the folders it needs.",
            evidence=(seen(image, step),),
            claims=claims,
            first_layer=claims[0].layer,
            confidence=Confidence.LOW,
            basis=Basis.MODELLED,
            breadth=Breadth.FILES,
            low_bytes=0,
            high_bytes=step.size_bytes,
            dockerfile=(
                "# .dockerignore",
                ".git",
                "node_modules",
                "target",
                "dist",
                "**/__pycache__",
                "*.log",
            ),
            caveats=caveats(
                image,
                "What the context held cannot be seen from history; a .dockerignore may be there.",
                "The copy may come from another stage: history does not say.",
            ),
        )


RULES = (Rule(WHOLE, find_whole),)
