"""Bases in use, as pages and commands are given them; one has a hostile name."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.base_fleet import BaseVersion, FleetStep, FleetSwap
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, BasesQuery, FamilyRow
from auditor.domain.digest import ChainId
from auditor.domain.exactness import Exactness
from auditor.domain.platform import DEFAULT_PLATFORM

MB = 1_000_000
REGISTRY = "registry.example.com"
AS_OF = datetime(2026, 11, 24, 6, tzinfo=UTC)
NOTE = "0.023 USD per GB-month (list price)"
HOSTILE = "<script>alert(1)</script>\x1b[31m"
STEPS = (
    FleetStep("", "team/api", -43 * MB, -43 * MB),
    FleetStep("", HOSTILE, 0, -43 * MB),
    FleetStep("", "team/web", 398 * MB, 355 * MB),
)
SWAP = FleetSwap(
    name="python:3.12-slim",
    size_bytes=43 * MB,
    words=("A slim image has no compilers.",),
    moves=3,
    freed_bytes=355 * MB,
    added_bytes=43 * MB,
    kept_bytes=12 * MB,
    break_even=3,
    steps=STEPS,
)


def chain(name: str) -> ChainId:
    return ChainId(f"sha256:{hashlib.sha256(name.encode()).hexdigest()}")


def base_row(name: str = "python:3.12", swap: FleetSwap | None = SWAP) -> BaseRow:
    return BaseRow(
        registry=REGISTRY,
        chain=chain(name),
        name=name,
        names=(name, f"{REGISTRY}/{name}") if name else (),
        family=name.partition(":")[0],
        platform=DEFAULT_PLATFORM,
        size_bytes=410 * MB,
        repositories=3,
        images=7,
        versions=4 if name else 1,
        swap=swap,
        exactness=Exactness.UPPER_BOUND,
        monthly_saving=None if swap is None else Decimal("0.0082"),
        currency="USD",
    )


def rows() -> tuple[BaseRow, ...]:
    """A swap that pays, one that never does, one that costs, none, and no name at all."""
    never = replace(SWAP, freed_bytes=0, added_bytes=0, break_even=None)
    costs = replace(SWAP, freed_bytes=-43 * MB, kept_bytes=0, break_even=None)
    return (
        base_row(),
        base_row("node:22", never),
        replace(base_row("debian:12", costs), monthly_saving=Decimal("-0.001")),
        base_row(HOSTILE, None),
        replace(base_row("", None), platform=None, registry="other.example.com"),
    )


def bases_page(*shown: BaseRow, query: BasesQuery | None = None, matches: int = 0) -> BasesPage:
    found = shown or rows()
    return BasesPage(
        query=query or BasesQuery(),
        as_of=AS_OF,
        rows=found,
        matches=matches or len(found),
        families=(
            FamilyRow(
                *("python", 4, 9, 900 * MB, 490 * MB),
                (BaseVersion(("python:3.12", "python:3"), 410 * MB, 300 * MB, 3),),
            ),
        ),
        waiting_images=2,
        price_notes=(NOTE,),
    )


def nothing_yet(query: BasesQuery | None = None) -> BasesPage:
    """Before the first analysis."""
    return BasesPage(query or BasesQuery(), None, (), 0, (), 0, ())


def base_plan(row: BaseRow | None = None) -> BasePlan:
    return BasePlan(AS_OF, row or base_row(), (NOTE,))
