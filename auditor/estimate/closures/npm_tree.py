"""A node_modules tree as it grows: copies of packages, and who leans on which copy.

Source: npm's arborist, lib/node.js and lib/edge.js: a dependency is looked for in the package's
own node_modules, then upwards; a peer's search begins one folder higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from auditor.domain.package_facts import NpmRelease
from auditor.estimate.closures.npm_specs import Spec, read_spec

# The order in which ICU's English collation puts what names and paths are made of.
_PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_COLLATION = str.maketrans(
    {letter: chr(rank) for rank, letter in enumerate(f"{_PUNCTUATION}0123456789", start=1)}
)


class EdgeKind(Enum):
    """Which field of package.json a dependency stands in."""

    FIRM = auto()
    OPTIONAL = auto()
    PEER = auto()
    OPTIONAL_PEER = auto()
    DEV = auto()


@dataclass(eq=False, slots=True)
class Edge:
    """One line of a package.json: `owner` needs what `name` is called in node_modules."""

    owner: Node
    name: str
    spec: Spec
    kind: EdgeKind

    @property
    def is_peer(self) -> bool:
        """Whether it is for the package's user to have."""
        return self.kind in {EdgeKind.PEER, EdgeKind.OPTIONAL_PEER}

    @property
    def start(self) -> Node:
        """The folder where the search begins."""
        if self.is_peer and self.owner.parent is not None:
            return self.owner.parent
        return self.owner

    @property
    def to(self) -> Node | None:
        """The copy found, fitting or not."""
        return self.start.resolve(self.name)


@dataclass(eq=False, slots=True)
class Node:
    """A copy of a package in a folder; the root has neither release nor parent."""

    name: str
    release: NpmRelease | None
    parent: Node | None
    edges: dict[str, Edge] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)
    edges_in: set[Edge] = field(default_factory=set)
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        self.depth = self.parent.depth + 1 if self.parent else 0

    @property
    def is_root(self) -> bool:
        """Whether this is the project itself."""
        return self.parent is None

    @property
    def version(self) -> str:
        """The version of this copy, "" for the project."""
        return self.release.version if self.release else ""

    @property
    def order(self) -> tuple[int, str]:
        """What npm sorts by: first what lies higher, then by path."""
        path = "/node_modules/".join(reversed([self.name, *(one.name for one in self.ancestors())]))
        return self.depth, collation_key(path)

    def ancestors(self) -> Iterator[Node]:
        """The folders above, the nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def resolve(self, name: str) -> Node | None:
        """The copy that code here would load."""
        node: Node | None = self
        while node is not None:
            found = node.children.get(name)
            if found is not None:
                return found
            node = node.parent
        return None

    def is_within(self, other: Node) -> bool:
        """Whether it is that node, or lies below it."""
        return self is other or any(one is other for one in self.ancestors())


def collation_key(text: str) -> str:
    """What npm sorts names by: punctuation, digits, letters of either case, in that order."""
    return text.lower().translate(_COLLATION)


def edges_of(owner: Node, release: NpmRelease) -> dict[str, Edge]:
    """What a release needs, by name; the later field wins, as in npm."""
    fields = (
        (EdgeKind.OPTIONAL_PEER, release.optional_peers),
        (EdgeKind.PEER, release.peers),
        (EdgeKind.FIRM, release.dependencies),
        (EdgeKind.OPTIONAL, release.optional),
    )
    return {
        name: Edge(owner, name, read_spec(name, text), kind)
        for kind, needs in fields
        for name, text in needs.items()
    }
