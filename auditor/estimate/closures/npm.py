"""npm packages that an `npm install` brings, copy by copy, as npm lays out node_modules.

Breadth first: the project's dependencies by name, then those of what lies highest. Each gets the
version npm picks and goes as high as it can; a copy that is found and fits is used.
Source: npm's arborist, lib/arborist/build-ideal-tree.js.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

from auditor.domain.errors import UsageError
from auditor.domain.package_facts import NpmRelease
from auditor.domain.packages import Closure, Ecosystem, SizedPackage, Wanted
from auditor.estimate.closures.limits import (
    MAX_PACKAGES,
    check_count,
    check_names,
    few,
    shown,
    unknown_packages,
)
from auditor.estimate.closures.npm_placing import Placer, needs_placing
from auditor.estimate.closures.npm_specs import SpecKind, Versions, read_spec
from auditor.estimate.closures.npm_target import NpmTarget
from auditor.estimate.closures.npm_tree import Edge, EdgeKind, Node, collation_key
from auditor.estimate.ports import NpmIndex

# A package is looked at again when a copy it leans on gives way; real trees need a few per cent.
_MAX_STEPS = 4 * MAX_PACKAGES
# Real trees are some ten deep.
_MAX_DEPTH = 50


def npm_closure(wanted: Iterable[Wanted], index: NpmIndex, target: NpmTarget) -> Closure:
    """What `npm install` would fetch: one entry per copy, so that two versions are two.

    Raises UsageError for unknown packages, for versions that do not exist, and for more packages
    than are looked at.
    """
    asked = list(wanted)
    check_names(Ecosystem.NPM, (one.name for one in asked))
    versions = Versions(target.node_version)
    tree = _Tree(target, Placer(index, versions))
    tree.ask_for(asked)
    tree.grow()
    return tree.closure()


@dataclass(slots=True)
class _Tree:
    target: NpmTarget
    placer: Placer
    root: Node = field(default_factory=lambda: Node("", None, None))
    notes: list[str] = field(default_factory=list)
    is_approximate: bool = False
    _waiting: list[tuple[tuple[int, str], int, Node]] = field(default_factory=list)
    _tickets: Iterator[int] = field(default_factory=count)
    _looked_ahead: set[str] = field(default_factory=set)
    _elsewhere: dict[str, Edge] = field(default_factory=dict)

    def ask_for(self, wanted: list[Wanted]) -> None:
        """The project's own dependencies. Raises UsageError for those that cannot be had."""
        for one in sorted(wanted, key=_firm_first):
            kind = EdgeKind.DEV if one.is_dev else EdgeKind.FIRM
            edge = Edge(self.root, one.name, read_spec(one.name, one.constraint), kind)
            self.root.edges.setdefault(one.name, edge)
        self._look_ahead([self.root])
        in_registry = [edge for edge in self.root.edges.values() if _is_in_registry(edge)]
        unknown = [edge for edge in in_registry if self.placer.package(edge.spec.name) is None]
        if unknown:
            raise unknown_packages(Ecosystem.NPM, (edge.spec.name for edge in unknown), {})
        unmet = [edge for edge in in_registry if self._pick(edge) is None]
        if unmet:
            wishes = ", ".join(f"{shown(edge.name)}@{shown(edge.spec.text)}" for edge in unmet[:12])
            raise UsageError(
                f"the index for npm has no version that fits {wishes}",
                next_step="ask for a range that a published version is in",
            )

    def grow(self) -> None:
        """Place all that is needed, until nothing is."""
        self._push(self.root)
        for _ in range(_MAX_STEPS):
            if not self._waiting:
                return
            node = heapq.heappop(self._waiting)[2]
            if node.is_root or (node.parent and node.parent.children.get(node.name) is node):
                self._satisfy(node)
        self._guess("npm's tree of packages does not come to rest: it is taken as it was last")

    def _satisfy(self, node: Node) -> None:
        self._look_ahead([node, *(one for _, _, one in self._waiting)])
        new = self._place(needs_placing(node, self.placer))
        # npm places a package together with its peers, before it looks any deeper.
        while new:
            peers = (edge for one in new for edge in needs_placing(one, self.placer))
            new = self._place(edge for edge in peers if edge.is_peer)
        for owner in self.placer.again:
            self._push(owner)
        self.placer.again.clear()

    def _place(self, edges: Iterable[Edge]) -> list[Node]:
        new = []
        for edge in sorted(edges, key=lambda one: collation_key(one.name)):
            # An earlier one of these may have brought it.
            if self.placer.is_met(edge):
                continue
            release = self._choose(edge)
            node = self.placer.place(edge, release) if release else None
            if found := edge.to:
                found.edges_in.add(edge)
            if node is not None:
                new.append(node)
                self._push(node)
        check_count(Ecosystem.NPM, self.placer.copies)
        return new

    def _push(self, node: Node) -> None:
        heapq.heappush(self._waiting, (node.order, next(self._tickets), node))

    def _choose(self, edge: Edge) -> NpmRelease | None:
        """The release for an edge; None, with a note where one is due, if it is to be left out."""
        if not _is_in_registry(edge):
            self._elsewhere.setdefault(edge.name, edge)
            return None
        if edge.owner.depth >= _MAX_DEPTH:
            self._guess(
                f"copies would lie {_MAX_DEPTH} folders deep: {shown(edge.name)} is left out"
            )
            return None
        release = self._pick(edge)
        if edge.kind is EdgeKind.OPTIONAL:
            return release if release is not None and self._fits(release) else None
        who = shown(edge.owner.name) or "the list"
        if release is None:
            wish = f"{shown(edge.name)}@{shown(edge.spec.text)}"
            self._guess(f"{who} needs {wish}, which the index does not have")
        elif not self._fits(release):
            self._guess(f"{shown(release.name)}, which {who} needs, is not made for this system")
        return release

    def _pick(self, edge: Edge) -> NpmRelease | None:
        package = self.placer.package(edge.spec.name)
        return self.placer.versions.pick(package, edge.spec) if package else None

    def _fits(self, release: NpmRelease) -> bool:
        return self.target.fits(release.systems, release.architectures, release.libcs)

    def _look_ahead(self, nodes: Iterable[Node]) -> None:
        names = {
            edge.spec.name
            for node in nodes
            for edge in node.edges.values()
            if _is_in_registry(edge)
        }
        new = sorted(names - self._looked_ahead)
        if new:
            self._looked_ahead.update(new)
            self.placer.index.look_ahead(new)

    def _guess(self, note: str) -> None:
        self.notes.append(note)
        self.is_approximate = True

    def closure(self) -> Closure:
        """All copies that somebody needs, sized."""
        reached = self._reached(self.root.edges.values())
        firm = self._reached(
            edge for edge in self.root.edges.values() if edge.kind is not EdgeKind.DEV
        )
        index = self.placer.index
        index.weigh([node.release for node in reached if node.release])
        self._note_conflicts(set(reached))
        packages = [
            self._sized(node, node.release, edge, is_dev=node not in firm)
            for node, edge in reached.items()
            if node.release
        ]
        packages += [self._unsized(edge) for edge in self._elsewhere.values()]
        return Closure(
            ecosystem=Ecosystem.NPM,
            packages=tuple(sorted(packages, key=lambda one: (one.name, one.version, one.asked_by))),
            is_approximate=self.is_approximate,
            notes=few(self.notes),
        )

    def _reached(self, edges: Iterable[Edge]) -> dict[Node, Edge]:
        """The copies that these edges lead to, each with the edge that came first."""
        reached: dict[Node, Edge] = {}
        waiting = deque(sorted(edges, key=lambda edge: edge.name))
        while waiting:
            edge = waiting.popleft()
            found = edge.to
            if found is None or found in reached or self._is_left_out(edge):
                continue
            reached[found] = edge
            waiting.extend(sorted(found.edges.values(), key=lambda one: one.name))
        return reached

    def _is_left_out(self, edge: Edge) -> bool:
        """Whether an edge brings nothing: optional ones that nothing answers, and mere bounds."""
        is_optional = edge.kind is EdgeKind.OPTIONAL and not self.placer.is_met(edge)
        return is_optional or edge.kind is EdgeKind.OPTIONAL_PEER

    def _note_conflicts(self, reached: set[Node]) -> None:
        for edge, release in self.placer.conflicts:
            if edge.owner in reached or edge.owner.is_root:
                self._guess(_conflict(edge, release))

    def _sized(self, node: Node, release: NpmRelease, edge: Edge, *, is_dev: bool) -> SizedPackage:
        return SizedPackage(
            name=release.name,
            version=node.version,
            archive_bytes=self.placer.index.archive_bytes(release),
            unpacked_bytes=release.unpacked_bytes,
            asked_by=_asker(edge),
            is_dev=is_dev,
        )

    def _unsized(self, edge: Edge) -> SizedPackage:
        who = shown(edge.owner.name) or "the list"
        self._guess(
            f"{who} takes {shown(edge.name)} from {shown(edge.spec.text)}: its size is unknown"
        )
        is_dev = edge.kind is EdgeKind.DEV
        return SizedPackage(edge.name, "", None, asked_by=_asker(edge), is_dev=is_dev)


def _firm_first(wanted: Wanted) -> tuple[bool, str, bool, str]:
    """Of two lines about one package, the one that is not for development, and says a version."""
    return wanted.is_dev, wanted.name, not wanted.constraint, wanted.constraint


def _conflict(edge: Edge, release: NpmRelease) -> str:
    who = shown(edge.owner.name) or "the list"
    wish = f"{shown(edge.name)}@{shown(edge.spec.text)}"
    if edge.kind is EdgeKind.OPTIONAL_PEER:
        return f"{who} works with {wish} only, and another version has its place"
    return (
        f"peers do not fit together: {who} wants {wish}, for which there is no good place for"
        f" {shown(release.version)}; npm may refuse (ERESOLVE)"
    )


def _is_in_registry(edge: Edge) -> bool:
    return edge.spec.kind in {SpecKind.RANGE, SpecKind.TAG}


def _asker(edge: Edge) -> str:
    return edge.owner.release.name if edge.owner.release else ""
