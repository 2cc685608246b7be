"""Files whose owner or mode a later step changes: their bytes are stored a second time."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import Act, StepActs, absolute, own_acts_of
from auditor.analysis.effects.paths import copied_to, covers
from auditor.analysis.effects.seen import caveats, key, named, seen
from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding, RuleInfo

CHANGED = RuleInfo(
    identifier="owner-changed-later",
    title="Owner or mode of files changes in a later step",
    sees="a RUN with chown, chgrp or chmod whose layer holds the files of earlier layers again",
    misses="changes by other commands, and steps that also make files of their own unless a COPY"
    " of the same folder tells their size",
)
_CHANGERS = frozenset({"chown", "chgrp", "chmod", "setfacl"})
# Commands that write a few kB at most: users and folders.
_SILENT = _CHANGERS | frozenset(
    {
        *("", "set", "true", ":", "cd", "echo", "mkdir", "ls", "id", "test", "[", "ln", "export"),
        *("groupadd", "useradd", "usermod", "addgroup", "adduser", "groupmod", "install", "touch"),
        *("find", "xargs", "stat", "which", "getent", "umask", "sh", "bash"),
    }
)
# What adding users writes: groupadd and useradd of node:22-slim made a layer of 3,311 bytes.
_USERS_BYTES = 5_000
_MOST_PATHS = 64


def find_changed(image: ImageFacts) -> Iterator[Finding]:
    """Steps that store earlier files again, only to change their owner or mode."""
    copies: list[tuple[str, StepActs]] = []
    for acts in own_acts_of(image):
        target = copied_to(acts)
        if target and acts.step.layer is not None and len(copies) < _MOST_PATHS:
            copies.append((target, acts))
        changers = [act for act in acts.acts if act.name in _CHANGERS]
        if changers and acts.step.layer is not None:
            yield from _changed(image, acts, changers, copies)


def _changed(
    image: ImageFacts, acts: StepActs, changers: list[Act], copies: list[tuple[str, StepActs]]
) -> Iterator[Finding]:
    step = acts.step
    paths = [path for act in changers for path in _targets(act)][:_MOST_PATHS]
    touched = [copy.step for target, copy in copies if any(covers(path, target) for path in paths)]
    is_pure = acts.names <= _SILENT
    below = sum(image.layers[index].size_bytes for index in range(step.layer or 0))
    copied = sum(copy.size_bytes for copy in touched)
    size = min(step.size_bytes - _USERS_BYTES, below if is_pure else copied)
    if step.layer is not None and size > 0:
        yield Finding(
            rule=CHANGED.identifier,
            key=key(*dict.fromkeys(act.name for act in changers), *paths),
            what=f"{named(act.name for act in changers)} on {named(paths) or 'files'} in a later"
            " step: every file whose owner or mode changes is stored a second time.",
            fix="Set owner and mode where the files are copied or made.",
            evidence=(seen(image, step), *(seen(image, copy) for copy in touched)),
            claims=(Claim(step.layer, size),),
            first_layer=min((copy.layer for copy in touched if copy.layer), default=step.layer),
            confidence=Confidence.HIGH if is_pure else Confidence.MEDIUM,
            basis=Basis.MEASURED if is_pure else Basis.MODELLED,
            breadth=Breadth.LAYER if is_pure else Breadth.FILES,
            low_bytes=round(size * 0.9) if is_pure else 0,
            high_bytes=size,
            dockerfile=("COPY --chown=app:app --chmod=u=rwX,go=rX . /app",),
            caveats=caveats(image),
        )


def _targets(act: Act) -> list[str]:
    """Paths that are changed; the owner or mode, which stands first, is left out."""
    return [absolute(act.folder, word) for word in act.operands[1:]]


RULES = (Rule(CHANGED, find_changed),)
