"""Expected bytes beside those that are billed or held, and the difference by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from auditor.domain.exactness import Exactness
from auditor.domain.holdings import Unread
from auditor.domain.ledger import Period


class PartKind(StrEnum):
    """What bytes are; REFERENCED is what is expected, the others are the difference.

    KEPT_ONCE: counted once per storage scope, and held once. MISSING: known and not there.
    NOT_CRAWLED and UNTAGGED: bodies of manifests no crawl has seen, and the blobs that only
    they refer to; a tag leads to the first kind. UNREFERENCED: what no manifest refers to.
    FURTHER_COPIES: the same digest again, such as an older version of an object.
    """

    REFERENCED = "referenced"
    KEPT_ONCE = "kept_once"
    MISSING = "missing"
    SIZE_MISMATCH = "size_mismatch"
    NOT_CRAWLED = "not_crawled"
    UNTAGGED = "untagged"
    UNREFERENCED = "unreferenced"
    FURTHER_COPIES = "further_copies"
    UPLOADS = "unfinished_uploads"
    BOOKKEEPING = "bookkeeping"
    OTHER = "other_files"
    UNATTRIBUTED = "unattributed"


class Basis(StrEnum):
    """What the actual bytes are: billed, held in a storage, or an amount's worth."""

    BILLED = "billed"
    HELD = "held"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes with a name; negative where less is there than expected.

    `count` is of blobs or files, None where nobody counted. `cost` is for a month.
    """

    kind: PartKind
    size_bytes: int
    count: int | None = None
    exactness: Exactness = Exactness.EXACT
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bill:
    """What a vendor says: bytes, an amount with its currency, or both.

    `month` is what it is for; without one it is compared with what is stored now.
    """

    billed_bytes: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    month: Period | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Parts that add up to the actual bytes, and their costs to the actual cost.

    `known_untagged_bytes`: how much of what is REFERENCED no tag leads to, None where
    nobody looked. `unread` holds the first of `unread_count` places.
    """

    registry: str
    as_of: datetime | None
    month: str
    basis: Basis
    parts: tuple[Part, ...]
    expected_exactness: Exactness
    exactness: Exactness
    currency: str
    held_bytes: int | None = None
    known_untagged_bytes: int | None = None
    unread: tuple[Unread, ...] = ()
    unread_count: int = 0
    price_notes: tuple[str, ...] = ()

    @property
    def expected_bytes(self) -> int:
        """What should be stored, as far as crawls could see."""
        return self.part(PartKind.REFERENCED).size_bytes

    @property
    def actual_bytes(self) -> int:
        """What is billed or held."""
        return sum(part.size_bytes for part in self.parts)

    @property
    def difference_bytes(self) -> int:
        """What the other parts add up to."""
        return self.actual_bytes - self.expected_bytes

    @property
    def expected_cost(self) -> Decimal:
        """What a month of the expected bytes costs."""
        return self.part(PartKind.REFERENCED).cost

    @property
    def actual_cost(self) -> Decimal:
        """The invoice's amount, else what a month of the actual bytes costs."""
        return sum((part.cost for part in self.parts), Decimal(0))

    def part(self, kind: PartKind) -> Part:
        """The part of this kind, of no bytes where there is none."""
        return next((part for part in self.parts if part.kind is kind), Part(kind, 0))
