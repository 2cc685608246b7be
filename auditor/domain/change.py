"""What stored bytes changed by between two moments, in parts that add up to the change.

A **unit** is what keeps a blob once: a storage scope, or a repository looked at by itself.
A holding has only what differs from the other moment: a blob that came to a unit hangs on
manifests that came, a blob that went hung on manifests that went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness


class ChangeKind(StrEnum):
    """Why bytes came or went; auditor.ledger.change says which blob goes where."""

    NEW_TAGS = "new_tags"
    NEW_IMAGES = "new_images"
    BASE_MOVES = "base_moves"
    UNTAGGED = "untagged"
    REMOVALS = "removals"
    SHARED = "shared_with_others"
    SIZES = "size_corrections"
    OTHER = "other"


class ChangedFigure(StrEnum):
    """Which bytes are explained: those a unit stores, or a group's fair share of them."""

    STORED = "stored_bytes"
    FAIR_SHARE = "fair_share_bytes"


@dataclass(frozen=True, slots=True)
class BasedImage:
    """An image below a tag. `base`: the layers of its known base, bottom first, none if unknown.

    `platform` is os, architecture and variant, as images of two moments are compared by.
    """

    digest: Digest
    platform: tuple[str, str, str] = ("", "", "")
    base: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldManifest:
    """A manifest, the stored blobs it keeps (its body among them), and where it leads."""

    digest: Digest
    blobs: frozenset[Digest]
    children: tuple[Digest, ...] = ()
    subject: Digest | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """What one repository held at one moment and not at the other.

    `tags`: at least those that named one of these manifests at this moment or one of the
    other holding's at the other, to what they named now; None where unreadable. `images`:
    those below what a moved tag named.
    """

    manifests: tuple[HeldManifest, ...] = ()
    tags: Mapping[str, Digest | None] = field(default_factory=dict)
    images: Mapping[Digest, tuple[BasedImage, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepositoryChange:
    """One repository of a unit at both moments."""

    unit: int
    repository: str
    before: Holding = Holding()
    after: Holding = Holding()


@dataclass(frozen=True, slots=True)
class BlobChange:
    """The bytes charged for one blob of a unit at both moments; None where it was not held."""

    unit: int
    digest: Digest
    before_bytes: int | None
    after_bytes: int | None


@dataclass(frozen=True, slots=True)
class BlobHolders:
    """The repositories of one unit that hold a blob, at both moments."""

    unit: int
    digest: Digest
    size_bytes: int
    before: frozenset[str]
    after: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contributor:
    """What a part is made of: bytes that came (above 0) or went by one tag or manifest.

    `tag` None: by none. `digest`: what the tag named, the untagged manifest, or the blob of
    which the share or the size changed. `registry` is said for groups, which may span several.
    """

    repository: str
    tag: str | None
    digest: Digest | None
    net_bytes: int
    registry: str = ""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One reason; `contributors` are the biggest, at most ten."""

    kind: ChangeKind
    added_bytes: int = 0
    removed_bytes: int = 0
    contributors: tuple[Contributor, ...] = ()

    @property
    def net_bytes(self) -> int:
        """What the part changed the whole by."""
        return self.added_bytes - self.removed_bytes


@dataclass(frozen=True, slots=True)
class Figures:
    """The explained figure as it was kept at both moments, and how sure it is."""

    before_bytes: int
    after_bytes: int
    exactness: Exactness = Exactness.EXACT


@dataclass(frozen=True, slots=True)
class CorrectionRange:
    """How far the sizes that were stated for disputed blobs can move the change, at most."""

    least_bytes: int = 0
    most_bytes: int = 0
    disputed: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedChange:
    """A change from `start` to `end`: its parts add up to after minus before.

    `registry` is empty for a group of repositories, unless one was asked about, `repository`
    for all but one repository. `team`: whose repositories the group is, "unowned" for nobody's.
    """

    start: datetime
    end: datetime
    figure: ChangedFigure
    figures: Figures
    parts: tuple[ChangePart, ...]
    registry: str = ""
    repository: str = ""
    team: str = ""

    @property
    def net_bytes(self) -> int:
        """What is explained."""
        return self.figures.after_bytes - self.figures.before_bytes
