"""The words of which shapes are made: bytes, moments, digests, money, one of several."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from auditor.domain.exactness import Exactness
from auditor.domain.observation import StorageScope


def one_of(kind: type[StrEnum], *others: str) -> Meta:
    """A text that is one of the values of `kind`, or of the others."""
    return Meta(extra_json_schema={"enum": [*(one.value for one in kind), *others]})


SchemaVersion = Literal[1]
Bytes = Annotated[int, Meta(ge=0)]
ChangedBytes = Annotated[int, Meta(description="Below zero where there are less.")]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0)]
Moment = Annotated[
    str, Meta(description="ISO 8601, in UTC.", extra_json_schema={"format": "date-time"})
]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Month = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}$")]
DigestText = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$")]
Decimals = Annotated[str, Meta(description="A decimal number.", pattern=r"^-?[0-9]+(?:\.[0-9]+)?$")]
ExactnessText = Annotated[str, one_of(Exactness)]
ScopeText = Annotated[str, one_of(StorageScope)]
State = Annotated[str, Meta(extra_json_schema={"enum": ["analysed", "not_analysed"]})]


class Money(TypedDict):
    """An amount as a decimal string; `currency` as in ISO 4217."""

    amount: Decimals
    currency: str


class ProblemShape(TypedDict):
    """Something a crawl could not read; `reference` is empty for a whole repository."""

    repository: str
    reference: str
    message: str
    code: str


class Conflict(TypedDict):
    """A digest that was declared with different sizes; `size_bytes` is the one counted."""

    digest: DigestText
    size_bytes: Bytes
    claims: list[Bytes]
