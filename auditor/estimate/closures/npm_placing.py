"""Where npm puts a package: as high as nothing speaks against it.

Source: npm's arborist, lib/can-place-dep.js and lib/place-dep.js; sets of peers that conflict
among each other are simplified, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from auditor.domain.package_facts import NpmPackage, NpmRelease
from auditor.estimate.closures.npm_specs import Spec, Versions, read_spec, sort_key
from auditor.estimate.closures.npm_tree import Edge, EdgeKind, Node, edges_of
from auditor.estimate.ports import NpmIndex


class Verdict(Enum):
    """What a folder says to a package."""

    FREE = auto()
    KEEP = auto()
    REPLACE = auto()
    CONFLICT = auto()
    PEER_CONFLICT = auto()


_REFUSALS = (Verdict.CONFLICT, Verdict.PEER_CONFLICT)


@dataclass(slots=True)
class Placer:
    """Places packages in a tree; `index` is asked for peers' versions only."""

    index: NpmIndex
    versions: Versions
    conflicts: list[tuple[Edge, NpmRelease]] = field(default_factory=list)
    again: list[Node] = field(default_factory=list)
    copies: int = 0
    _hopes: dict[str, list[Edge]] = field(default_factory=dict)
    _packages: dict[str, NpmPackage | None] = field(default_factory=dict)

    def package(self, name: str) -> NpmPackage | None:
        """A package of the index, asked for once."""
        if name not in self._packages:
            self._packages[name] = self.index.package(name)
        return self._packages[name]

    def fits(self, release: NpmRelease | None, spec: Spec) -> bool:
        """Whether a release is what a spec asks for."""
        if release is None or (spec.is_alias and release.name != spec.name):
            return False
        return self.versions.satisfies(release.version, spec, self._packages.get(spec.name))

    def is_met(self, edge: Edge) -> bool:
        """Whether the copy an edge finds is one that it allows."""
        found = edge.to
        if found is None:
            return edge.kind is EdgeKind.OPTIONAL_PEER
        return self.fits(found.release, edge.spec)

    def place(self, edge: Edge, release: NpmRelease) -> Node | None:
        """The new copy; None where a copy that is there does.

        What had to be replaced leaves its dependents in `again`, to be looked at once more.
        """
        target, verdict = self._highest(edge, release)
        if verdict is Verdict.KEEP:
            return None
        if verdict in _REFUSALS:
            self.conflicts.append((edge, release))
            if edge.name in target.children:
                return None
        return self._put(edge.name, release, target)

    def _highest(self, edge: Edge, release: NpmRelease) -> tuple[Node, Verdict]:
        best: tuple[Node, Verdict] | None = None
        first: tuple[Node, Verdict] | None = None
        for target in (edge.start, *edge.start.ancestors()):
            wish = target.edges.get(edge.name)
            if wish and wish.is_peer and not target.is_root:
                continue
            verdict = self._ask(target, edge, release)
            first = first or (target, verdict)
            if verdict in _REFUSALS:
                break
            best = target, verdict
            if verdict is Verdict.REPLACE:
                break  # what is there would hide a copy that lies higher
        return best or first or (edge.start, Verdict.CONFLICT)

    def _ask(self, target: Node, edge: Edge, release: NpmRelease) -> Verdict:
        there = target.children.get(edge.name)
        if there is not None:
            return self._ask_beside(there, target, edge, release)
        wish = target.edges.get(edge.name)
        if wish is not None and wish is not edge and not self.fits(release, wish.spec):
            return Verdict.CONFLICT
        if self._shadows(target, edge, release):
            return Verdict.CONFLICT
        return self._with_peers(target, release, Verdict.FREE)

    def _ask_beside(self, there: Node, target: Node, edge: Edge, release: NpmRelease) -> Verdict:
        """A copy is there already: it does, or gives way to one that all its users allow."""
        if self.fits(there.release, edge.spec):
            return Verdict.KEEP
        may_replace = all(self.fits(release, one.spec) for one in self._users(there))
        is_newer = (sort_key(release.version) or ()) >= (sort_key(there.version) or ())
        if may_replace and (is_newer or edge.is_peer):
            return self._with_peers(target, release, Verdict.REPLACE)
        if target is edge.owner and not edge.is_peer:
            return Verdict.REPLACE
        return Verdict.CONFLICT

    def _shadows(self, target: Node, edge: Edge, release: NpmRelease) -> bool:
        """Whether somebody below would find this copy instead of one that it needs."""
        above = target.resolve(edge.name) if target is not edge.owner else None
        return above is not None and any(
            one.start.is_within(target) and not self.fits(release, one.spec)
            for one in self._users(above)
        )

    def _users(self, node: Node) -> list[Edge]:
        """Who leans on this copy and is content with it."""
        return [
            one for one in node.edges_in if one.to is node and self.fits(node.release, one.spec)
        ]

    def _with_peers(self, target: Node, release: NpmRelease, verdict: Verdict) -> Verdict:
        names = (name for name in release.peers if name not in release.dependencies)
        is_welcome = all(
            self._takes_peer(target, read_spec(name, release.peers[name]), name) for name in names
        )
        return verdict if is_welcome else Verdict.PEER_CONFLICT

    def _takes_peer(self, target: Node, spec: Spec, name: str) -> bool:
        """Whether a peer is there, or could come, for a package in `target`."""
        found = target.resolve(name)
        if found is not None and self.fits(found.release, spec):
            return True
        if name in target.children:
            return False
        wish = target.edges.get(name)
        if wish is None:
            return True
        package = self.package(wish.spec.name)
        return package is not None and self.fits(self.versions.pick(package, wish.spec), spec)

    def _put(self, name: str, release: NpmRelease, target: Node) -> Node:
        old = target.children.get(name)
        shadowed = old or target.resolve(name)
        node = Node(name, release, target)
        node.edges = edges_of(node, release)
        target.children[name] = node
        self.copies += 0 if old else 1
        users = shadowed.edges_in if shadowed else set[Edge]()
        for edge in (*users, *self._hopes.get(name, ())):
            if edge.to is node:
                self._lean(edge, node)
        for edge in node.edges.values():
            if edge.kind is EdgeKind.OPTIONAL_PEER:
                self._hopes.setdefault(edge.name, []).append(edge)
        return node

    def _lean(self, edge: Edge, node: Node) -> None:
        node.edges_in.add(edge)
        if not self.fits(node.release, edge.spec):
            self.again.append(edge.owner)


def needs_placing(node: Node, placer: Placer) -> Iterator[Edge]:
    """Edges of a node that no copy answers yet, by name; the others are noted as users."""
    for edge in node.edges.values():
        if placer.is_met(edge):
            found = edge.to
            if found is not None:
                found.edges_in.add(edge)
        else:
            yield edge
