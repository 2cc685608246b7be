"""What people are shown of bases in use: which there are, and what moving the fleet frees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.base_fleet import BaseVersion, FleetSwap
from auditor.domain.digest import ChainId
from auditor.domain.exactness import Exactness
from auditor.domain.platform import Platform


class BasesBy(StrEnum):
    """What bases are sorted by, largest first."""

    FREED = "freed"
    REPOSITORIES = "repositories"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class BasesQuery:
    """Which bases to list; the same fields live in a page's query string.

    `text` is a part of the name. `limit` None means all.
    """

    by: BasesBy = BasesBy.FREED
    registry: str = ""
    text: str = ""
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class BaseRow:
    """A base that repositories of a registry are built on now.

    `chain` names its layers; `name` is the one to show of `names`, empty where none is known.
    `versions` of its family are in use in all registries, 1 for a base that has no name.
    `swap` is the best one known, None for none. `monthly_saving`: the price of what it frees,
    below zero where it costs, None without a swap or a price.
    """

    registry: str
    chain: ChainId
    name: str
    names: tuple[str, ...]
    family: str
    platform: Platform | None
    size_bytes: int
    repositories: int
    images: int
    versions: int
    swap: FleetSwap | None
    exactness: Exactness
    monthly_saving: Decimal | None
    currency: str

    @property
    def identifier(self) -> str:
        """What tells it from other builds of the same name: the chain's first characters."""
        return self.chain.short


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A base in too many versions: `excess_bytes` is what having several costs at least."""

    family: str
    versions: int
    repositories: int
    stored_bytes: int
    excess_bytes: int
    most_used: tuple[BaseVersion, ...]


@dataclass(frozen=True, slots=True)
class BasesPage:
    """A page of bases in use. `as_of` is None before the first analysis.

    `matches` counts all rows that match. `families` are the costliest of those in too many
    versions. `waiting_images` are not analysed yet, so that something may be missing.
    """

    query: BasesQuery
    as_of: datetime | None
    rows: tuple[BaseRow, ...]
    matches: int
    families: tuple[FamilyRow, ...]
    waiting_images: int
    price_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasePlan:
    """The plan for one base: `base.swap` is the one asked for, else the best one known."""

    as_of: datetime | None
    base: BaseRow
    price_notes: tuple[str, ...]
