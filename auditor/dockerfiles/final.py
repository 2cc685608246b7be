"""The image that a build leaves: which steps of which stages reach it, and what is left out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from auditor.dockerfiles.circles import needed_by
from auditor.dockerfiles.contents import Contents, Item, Key, Work
from auditor.dockerfiles.faults import quoted
from auditor.dockerfiles.places import is_within, plain
from auditor.dockerfiles.taking import Source, taken
from auditor.domain.build_plan import (
    BaseFiles,
    Brought,
    BuildPlan,
    CopyFrom,
    Deed,
    FinalImage,
    FinalLayer,
    Folder,
    Install,
    LeftOut,
    Removal,
    Rewrite,
    Stage,
    Step,
    Unknown,
)
from auditor.domain.errors import UsageError

_MOST_NOTES = 20
_MOST_NAMED = 20


def final_image(plan: BuildPlan, target: str | None = None) -> FinalImage:
    """What `docker build` leaves of the plan, or of it up to the stage `target`.

    `target` is a stage's name, in any case of letters, or its number; None for the last.
    Raises UsageError for a stage that is not there.
    """
    stage = _target(plan, target)
    return _Builder(plan).image(stage)


def _target(plan: BuildPlan, target: str | None) -> Stage:
    if target is None:
        return plan.stages[-1]
    for stage in reversed(plan.stages):
        if stage.name and stage.name.lower() == target.lower():
            return stage
    if target.isdecimal() and len(target) < len(str(len(plan.stages))) + 1:
        number = int(target)
        if number < len(plan.stages):
            return plan.stages[number]
    names = ", ".join(quoted(stage.label) for stage in plan.stages[:_MOST_NAMED])
    message = f"the Dockerfile has no stage {quoted(target)}"
    raise UsageError(message, next_step=f"its stages are {names}")


class _Builder:
    """Follows stages; each one's contents are made once, all within one bound of work."""

    def __init__(self, plan: BuildPlan) -> None:
        self.stages = plan.stages
        self.work = Work()
        self.contents: dict[int, Contents] = {}
        self.reached: set[Key] = set()
        self.notes: list[str] = []
        self.bottoms: list[Stage] = []
        for stage in plan.stages:
            base = stage.base.stage
            self.bottoms.append(stage if base is None else self.bottoms[base])

    def image(self, target: Stage) -> FinalImage:
        chain = self.chain(target)
        contents = Contents(self.work)
        layers = [
            FinalLayer(step, stage.number, self.layer(stage, number, step, contents))
            for stage in chain
            for number, step in enumerate(stage.steps)
        ]
        left_out = tuple(self.left_out(target, frozenset(one.number for one in chain)))
        base = chain[0].base
        return FinalImage(target.number, base, tuple(layers), left_out, tuple(self.notes))

    def chain(self, stage: Stage) -> list[Stage]:
        """The stage and those it is built on, the lowest first."""
        found = [stage]
        while found[-1].base.stage is not None:
            found.append(self.stages[found[-1].base.stage])
        return found[::-1]

    def layer(
        self, stage: Stage, number: int, step: Step, contents: Contents
    ) -> tuple[Brought, ...]:
        """What a step of the image's own chain brings, and does to what is there."""
        brought: list[Brought] = []
        is_rewrite = any(isinstance(deed, Rewrite) for deed in step.deeds)
        before = contents.copy(step.line) if is_rewrite else contents
        for at, deed in enumerate(step.deeds):
            key = (stage.number, number, at)
            found, removes = self.follow(deed, key, step, contents)
            if removes:
                self.note_removal(step)
            if isinstance(deed, Rewrite):
                found = self.rewritten(deed, stage.number, before, step.line)
            brought += (Brought(item.deed, item.place, item.stage) for item in found)
            self.reached.update(item.key for item in found)
        return tuple(brought)

    def follow(
        self, deed: Deed, key: Key, step: Step, contents: Contents
    ) -> tuple[list[Item], bool]:
        """Let the deed change what is there: what it brings, and whether it takes away."""
        if isinstance(deed, CopyFrom) and deed.stage is not None:
            items = self.copied(deed, step.line)
            contents.add(items, step.line)
            return items, False
        done = self.with_wheels(deed, contents, step) if isinstance(deed, Install) else deed
        removes = contents.do(done, key, step.line)
        is_empty = isinstance(done, Install) and done.is_empty
        is_nothing = is_empty or isinstance(done, Removal | Rewrite)
        return [] if is_nothing else [Item(done, getattr(done, "place", "/"), key)], removes

    def note_removal(self, step: Step) -> None:
        sentence = f"Line {step.line} removes what an earlier step brought, which frees nothing."
        if sentence not in self.notes and len(self.notes) < _MOST_NOTES:
            self.notes.append(sentence)

    def rewritten(self, deed: Rewrite, stage: int, before: Contents, line: int) -> list[Item]:
        """What earlier layers hold of a folder whose files are written once more."""
        here = self.stages[stage]
        items = taken(deed.place, plain(deed.place), Source(here, before, here), line)
        return [item for item in items if not isinstance(item.deed, Unknown | Folder | BaseFiles)]

    def copied(self, deed: CopyFrom, line: int) -> list[Item]:
        """What a `COPY --from` another stage brings."""
        stage = self.stages[deed.stage or 0]
        source = Source(stage, self.contents_of(stage), self.bottoms[stage.number])
        is_many = len(deed.sources) > 1
        found: list[Item] = []
        for path in deed.sources:
            place = deed.place
            is_pattern = "*" in path
            if is_many and not is_pattern and not source.contents.within(plain(path), line):
                place = posixpath.join(place, posixpath.basename(path))
            found += taken(path, place, source, line)
        return found

    def contents_of(self, stage: Stage) -> Contents:
        """What lies in a stage at its end; stages it needs are followed first, none twice."""
        waiting = [stage.number]
        while waiting:
            one = self.stages[waiting[-1]]
            needs: set[int] = set()
            if one.number not in self.contents:
                needs = {need for need, _ in needed_by(one)} - self.contents.keys()
                waiting += sorted(needs)
            if not needs:
                waiting.pop()
                if one.number not in self.contents:
                    self.contents[one.number] = self.made(one)
        return self.contents[stage.number]

    def made(self, stage: Stage) -> Contents:
        base = stage.base.stage
        contents = Contents(self.work)
        if base is not None:
            contents = self.contents[base].copy(stage.line)
        for number, step in enumerate(stage.steps):
            for at, deed in enumerate(step.deeds):
                self.follow(deed, (stage.number, number, at), step, contents)
        return contents

    def with_wheels(self, deed: Install, contents: Contents, step: Step) -> Install:
        """An install from a folder of archives, as one of what those archives are."""
        folders = [one.partition("*")[0].rstrip("/") for one in deed.local if "*" in one]
        if not folders:
            return deed
        sources = [contents, *(self.contents_of(self.stages[one]) for one in step.needs)]
        found = [
            item.deed
            for source in sources
            for item in source.items
            if isinstance(item.deed, Install)
            and item.deed.are_archives
            and (source is not contents or any(is_within(item.place, one) for one in folders))
        ]
        self.work.take(sum(len(source.items) for source in sources), step.line)
        if not found:
            return deed
        return replace(
            deed,
            packages=(*deed.packages, *(one for each in found for one in each.packages)),
            lists=(*deed.lists, *(one for each in found for one in each.lists)),
            unread=(*deed.unread, *(one for each in found for one in each.unread)),
            local=tuple(one for one in deed.local if "*" not in one),
        )

    def left_out(self, target: Stage, chain: frozenset[int]) -> Iterator[LeftOut]:
        """Stages of which something stays behind, with what does."""
        built = self.built(target)
        for stage in self.stages:
            if stage.number in chain:
                continue
            deeds = tuple(
                deed
                for number, step in enumerate(stage.steps)
                for at, deed in enumerate(step.deeds)
                if (stage.number, number, at) not in self.reached and _weighs(deed)
            )
            is_built = stage.number in built
            yield LeftOut(stage.number, stage.label, stage.base, deeds, is_built)

    def built(self, target: Stage) -> set[int]:
        """Stages that the target needs, itself among them."""
        found = {target.number}
        waiting = [target]
        while waiting:
            for need, _ in needed_by(waiting.pop()):
                if need not in found:
                    found.add(need)
                    waiting.append(self.stages[need])
        return found


def _weighs(deed: Deed) -> bool:
    """Whether a deed left bytes in its stage."""
    if isinstance(deed, Install):
        return not (deed.is_empty or deed.is_repeated)
    return not isinstance(deed, Removal | Rewrite | Folder)
