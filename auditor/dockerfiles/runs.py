"""What one RUN does: its installs, less what it removes again, its caches and the rest."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, replace

from auditor.analysis.effects.acts import Act, StepActs
from auditor.analysis.effects.packages import switches_recommended_off
from auditor.dockerfiles.around import Around
from auditor.dockerfiles.caches import (
    DOCKER_CLEAN_GONE,
    acts_that_keep,
    indexes_kept,
    removes_docker_clean,
)
from auditor.dockerfiles.left_behind import left_behind
from auditor.dockerfiles.made import (
    compiling,
    downloaded,
    folders_made,
    rewriting,
    unpacking,
)
from auditor.dockerfiles.node import node_install, node_prune
from auditor.dockerfiles.places import in_folder, is_within
from auditor.dockerfiles.projects import exported_lists, poetry_setting, project_install
from auditor.dockerfiles.python import made_environment, pip_install
from auditor.dockerfiles.removals import Removals, names_left, reduced
from auditor.dockerfiles.silent import MOVES, SHELLS, is_silent
from auditor.dockerfiles.system import NO_RECOMMENDS, system_install, system_upgrade
from auditor.domain.build_plan import (
    Compile,
    Deed,
    Download,
    Folder,
    InlineFile,
    Install,
    LeftBehind,
    Other,
    Unpack,
)

_DOWNLOADERS = frozenset({"curl", "wget"})
_MOST_COMPILED = 8
_MOST_LOOKED_BACK = 8


@dataclass(frozen=True, slots=True)
class RunDone:
    """What a RUN does, and what it settles for steps after it."""

    deeds: tuple[Deed, ...]
    settings: frozenset[str]
    environments: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    """A deed, and which command of the RUN does it."""

    at: int
    act: Act
    deed: Deed


def read_run(one: StepActs, around: Around, text: str, mounted: Iterable[str]) -> RunDone:
    """What the commands of a RUN come to; linear in their number.

    `text` is shown for what is not understood. `mounted` are folders whose contents do not
    reach the layer.
    """
    return _Run(one, around, Removals(mounted, len(one.acts))).read(text)


@dataclass(slots=True)
class _Run:
    one: StepActs
    around: Around
    removals: Removals
    exported: MutableMapping[str, str] = field(default_factory=dict)
    settings: set[str] = field(default_factory=set)
    environments: list[str] = field(default_factory=list)
    found: list[_Found] = field(default_factory=list)
    others: list[Act] = field(default_factory=list)
    moves: list[Act] = field(default_factory=list)
    compiled: list[str] = field(default_factory=list)

    def read(self, text: str) -> RunDone:
        self.settings |= self.around.settings
        acts = self.one.acts
        is_fed = False
        for at, act in enumerate(acts):
            after = acts[at + 1] if at + 1 < len(acts) else None
            self.settle(act)
            self.removals.note(at, act)
            deeds = self.deeds_of(act, acts[max(0, at - 2) : at], after)
            self.found += (_Found(at, act, deed) for deed in deeds)
            if not deeds and not is_fed:
                self.sort_out(act, after)
            is_fed = any(isinstance(one, Download) and one.unpacked_to for one in deeds)
        deeds = [*self.finished(), *self.ends(text)]
        return RunDone(tuple(deeds), frozenset(self.settings), tuple(self.environments))

    def settle(self, act: Act) -> None:
        """Note what the command changes for those after it."""
        if act.name == "export":
            pairs = (word.partition("=") for word in act.arguments)
            self.exported.update((name, value) for name, sign, value in pairs if sign)
        elif act.name in (".", "source") and act.operands[:1]:
            inside, sign, _ = act.operands[0].rpartition("/bin/activate")
            self.exported.update({"VIRTUAL_ENV": in_folder(act.folder, inside)} if sign else {})
        if environment := made_environment(act):
            self.environments.append(environment)
        if act.arguments[:2] == ("-m", "compileall") and len(self.compiled) < _MOST_COMPILED:
            self.compiled += (
                in_folder(act.folder, one) for one in act.operands if one == "." or "/" in one
            )
        settled = {
            NO_RECOMMENDS: switches_recommended_off(act),
            DOCKER_CLEAN_GONE: removes_docker_clean(act),
            poetry_setting(act): True,
        }
        self.settings |= {name for name, is_so in settled.items() if is_so and name}

    def deeds_of(self, act: Act, before: tuple[Act, ...], after: Act | None) -> list[Deed]:
        around = self.around.with_variables(act, self.exported, frozenset(self.settings))
        single = (
            system_install(act, before, around)
            or pip_install(act, around)
            or project_install(act, around)
            or node_install(act, around)
            or system_upgrade(act)
            or node_prune(act, around)
            or compiling(act)
        )
        install = single if isinstance(single, Install) else None
        own = list(left_behind(act, install, around))
        if single is not None or own:
            return [*([single] if single else []), *own]
        lists = [InlineFile(path, 0) for path, _ in exported_lists(act)]
        return [
            *lists,
            *downloaded(act, after),
            *self.unpacked(act),
            *rewriting(act),
            *folders_made(act),
        ]

    def unpacked(self, act: Act) -> Iterator[Deed]:
        """Archives unpacked; of one that this RUN fetched, the download says where to."""
        for unpack in unpacking(act):
            fetched = self.fetched(unpack.archive)
            if fetched is not None and isinstance(fetched.deed, Download):
                fetched.deed = replace(fetched.deed, unpacked_to=unpack.place)
            else:
                yield unpack

    def fetched(self, path: str) -> _Found | None:
        """The command that fetched this file a few deeds ago."""
        latest = self.found[: -_MOST_LOOKED_BACK - 1 : -1]
        return next((one for one in latest if getattr(one.deed, "place", "") == path), None)

    def sort_out(self, act: Act, after: Act | None) -> None:
        """Note a command that nothing explains, and one that only moves what is there."""
        runs_a_pipe = act.name in _DOWNLOADERS and after is not None and after.name in SHELLS
        if act.name in MOVES:
            self.moves.append(act)
        elif runs_a_pipe or not (is_silent(act) or any(unpacking(act))):
            self.others.append(act)

    def finished(self) -> Iterator[Deed]:
        """What was found less what the RUN removes, with what it keeps of caches."""
        told = self.around.told
        keeping = set(map(id, acts_that_keep(self.one, told, frozenset(self.settings))))
        left = names_left(self.one)
        for one in self.found:
            if isinstance(one.deed, Install):
                install = reduced(one.deed, one.at, left, self.removals)
                keeps = id(one.act) in keeping
                has_bytecode = install.has_bytecode or self.is_compiled(install)
                yield replace(install, keeps_cache=keeps, has_bytecode=has_bytecode)
            elif isinstance(one.deed, Download):
                is_kept = one.deed.is_kept and not self.removals.covers(one.deed.place, one.at)
                yield replace(one.deed, is_kept=is_kept)
            elif not self.is_gone(one):
                yield one.deed
        yield from indexes_kept(self.one, told)

    def is_gone(self, one: _Found) -> bool:
        is_made = isinstance(one.deed, Compile | Unpack | Folder | LeftBehind)
        return is_made and self.removals.covers(getattr(one.deed, "place", ""), one.at)

    def is_compiled(self, install: Install) -> bool:
        """Whether `python -m compileall` went over it."""
        place = install.place
        return any(is_within(place, one) or is_within(one, place) for one in self.compiled)

    def ends(self, text: str) -> Iterator[Deed]:
        """What it removes of steps before, and what is not understood of it."""
        installs = [one.deed for one in self.found if isinstance(one.deed, Install)]
        yield from self.removals.of_others(installs)
        yield from self.compiled_before(installs)
        others = self.others or ([] if self.brings_any() else self.moves)
        if others:
            written = [target for _, target in others[0].redirects]
            yield Other(text, in_folder(others[0].folder, written[0] if written else "."))

    def brings_any(self) -> bool:
        return any(not isinstance(one.deed, Folder) for one in self.found)

    def compiled_before(self, installs: list[Install]) -> Iterator[Compile]:
        """Folders of earlier steps that are compiled to bytecode."""
        places = [one.place for one in installs[:_MOST_LOOKED_BACK]]
        for folder in self.compiled:
            if not any(is_within(one, folder) or is_within(folder, one) for one in places):
                yield Compile(
                    "python", f"python -m compileall {posixpath.basename(folder)}", folder
                )
