"""Files that a later step changes: their bytes are stored a second time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from auditor.analysis.effects.acts import Act, StepActs, absolute, own_acts_of
from auditor.analysis.effects.paths import copied_to, covers
from auditor.analysis.effects.seen import caveats, claim, key, named, seen
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
    below = (0, *accumulate(layer.size_bytes for layer in image.layers))
    for acts in own_acts_of(image):
        target = copied_to(acts)
        if target and acts.step.layer is not None and len(copies) < _MOST_PATHS:
            copies.append((target, acts))
        changers = [act for act in acts.acts if act.name in _CHANGERS]
        if changers and acts.step.layer is not None:
            yield from _changed(image, acts, changers, copies, below[acts.step.layer])


def _changed(
    image: ImageFacts,
    acts: StepActs,
    changers: list[Act],
    copies: list[tuple[str, StepActs]],
    below_bytes: int,
) -> Iterator[Finding]:
    step = acts.step
    paths = [path for act in changers for path in _targets(act)][:_MOST_PATHS]
    touched = [copy.step for target, copy in copies if any(covers(path, target) for path in paths)]
    is_pure = acts.names <= _SILENT
    copied = sum(copy.size_bytes for copy in touched)
    size = min(step.size_bytes - _USERS_BYTES, below_bytes if is_pure else copied)
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


REWRITTEN = RuleInfo(
    identifier="rewritten-later",
    title="Files are edited in a later step than the one that brought them",
    sees="a RUN that does nothing but edit files in place (sed -i, perl -i, dos2unix, strip) after"
    " a COPY to the same folder",
    misses="edits by other programs, and steps that make files of their own too",
)
_EDITORS = frozenset({"dos2unix", "unix2dos", "strip"})
_STREAM_EDITORS = frozenset({"sed", "perl"})


def find_rewritten(image: ImageFacts) -> Iterator[Finding]:
    """Steps that store files again which an own step copied, only to edit them."""
    copies: list[tuple[str, StepActs]] = []
    for acts in own_acts_of(image):
        target = copied_to(acts)
        if target and acts.step.layer is not None and len(copies) < _MOST_PATHS:
            copies.append((target, acts))
        editors = [act for act in acts.acts if _edits(act)]
        if editors and all(act.name in _SILENT or _edits(act) for act in acts.acts):
            yield from _rewritten(image, acts, editors, copies)


def _edits(act: Act) -> bool:
    if act.name in _EDITORS:
        return True
    if act.name not in _STREAM_EDITORS and act.name not in ("find", "xargs"):
        return False
    is_stream = not _STREAM_EDITORS.isdisjoint((act.name, *act.arguments))
    return is_stream and any(word.startswith(("-i", "-pi", "--in-place")) for word in act.arguments)


def _rewritten(
    image: ImageFacts, acts: StepActs, editors: list[Act], copies: list[tuple[str, StepActs]]
) -> Iterator[Finding]:
    words = [word for act in editors for word in act.operands if "/" in word][:_MOST_PATHS]
    paths = [absolute(editors[0].folder, word) for word in words]
    touched = [
        (target, copy.step)
        for target, copy in copies
        if any(covers(path, target) or covers(target, path) for path in paths)
    ]
    most = sum(step.size_bytes for _, step in touched)
    claims = claim(acts.step, min(acts.step.size_bytes - _USERS_BYTES, most))
    if claims:
        yield Finding(
            rule=REWRITTEN.identifier,
            key=key(*(target for target, _ in touched)),
            what=f"{named(target for target, _ in touched)}: copied by one step and edited by a"
            " later one, so every edited file is stored twice.",
            fix="Edit before the copy: in the source, or in a stage of its own.",
            evidence=(seen(image, acts.step), *(seen(image, step) for _, step in touched)),
            claims=claims,
            first_layer=min(step.layer for _, step in touched if step.layer is not None),
            confidence=Confidence.HIGH,
            basis=Basis.MEASURED,
            breadth=Breadth.LAYER,
            low_bytes=round(claims[0].size_bytes * 0.9),
            high_bytes=claims[0].size_bytes,
            dockerfile=(
                "FROM base AS edited",
                "COPY site /site",
                "RUN sed -i s/a/b/ /site/index.html",
                "FROM base",
                "COPY --from=edited /site /site",
            ),
            caveats=caveats(image),
        )


RULES = (Rule(CHANGED, find_changed), Rule(REWRITTEN, find_rewritten))
