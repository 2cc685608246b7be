"""Every push of sixteen months, where the gathered file lies beside the checkout.

The demo ships what was there at the start of each month; here a crawl a week sees all tags
of all families as they were, and what no tag names any more is deleted at once: growth,
moves, withdrawals and deletions of real images. Crawler, store and ledger are the real
ones, the registry answers from memory. The other side is computed from the file alone.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from auditor.domain.costs import LedgerQuery
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.ledger import Allocation
from auditor.domain.observation import RegistryCapabilities, StorageScope
from auditor.domain.reference import RegistryAddress
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, crawl_source
from auditor.usecases.ledger import Ledger
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices
from tests.end_to_end.test_ledger_of_real_pushes import (
    GB,
    PRICE,
    State,
    byte_time,
    figures,
    months,
    rows_of,
    split,
)
from tests.fakes.contents import CONFIG_BYTES, LAYER_TYPE, MANIFEST_BYTES, Contents
from tests.fakes.source import FakeSource

FILE = Path(__file__).parents[2].parent / "shared" / "data" / "official-sample.json.gz"
WEEK = timedelta(days=7)
FIRST, LAST = datetime(2016, 9, 11, tzinfo=UTC), datetime(2018, 1, 28, tzinfo=UTC)
LISTS_ALL = RegistryCapabilities(lists_untagged=True, supports_referrers=False)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason="the gathered file of pushes is not here"),
]
Tagged = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def pushes() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))["pushes"]
    return found


@pytest.fixture(scope="module")
def moments(pushes: dict[str, Any]) -> list[tuple[datetime, Tagged]]:
    """What each family's tags named, a week after the other; numbers are of manifests."""
    lines = {
        name: ([seconds for seconds, _ in line], [number for _, number in line])
        for name, line in pushes["timeline"].items()
    }
    found = []
    for week in range((LAST - FIRST) // WEEK + 1):
        moment = FIRST + week * WEEK
        tags: Tagged = {}
        for name, (times, numbers) in lines.items():
            at = bisect_right(times, moment.timestamp()) - 1
            if at >= 0 and numbers[at] is not None:
                family, _, tag = name.partition(":")
                tags.setdefault(family, {})[tag] = numbers[at]
        found.append((moment, tags))
    return found


@pytest.fixture(scope="module")
def states(
    pushes: dict[str, Any], moments: list[tuple[datetime, Tagged]]
) -> list[tuple[datetime, State]]:
    """Figures from the file alone."""
    size_of: dict[str, int] = {}
    parts_of: list[set[str]] = []
    for number, manifest in enumerate(pushes["manifests"]):
        layers = [pushes["layers"][at] for at in manifest["layers"]]
        parts = dict(map(tuple, layers)) | {
            f"config {number}": CONFIG_BYTES,
            f"manifest {number}": MANIFEST_BYTES,
        }
        size_of |= parts
        parts_of.append(set(parts))
    return [
        (
            moment,
            figures(
                {
                    family: [parts_of[number] for number in sorted(set(named.values()))]
                    for family, named in tags.items()
                },
                size_of,
            ),
        )
        for moment, tags in moments
    ]


@pytest.fixture(scope="module")
def ledger(
    pushes: dict[str, Any],
    moments: list[tuple[datetime, Tagged]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ledger]:
    """The ledger of a registry that was crawled every week."""
    database = prepare_database(f"sqlite:///{tmp_path_factory.mktemp('pushes') / 'auditor.db'}")
    target = CrawlTarget(RegistryAddress.parse("registry.example"), StorageScope.REGISTRY)
    limits = CrawlLimits(ask_referrers=False)
    contents = Contents()
    for moment, tags in moments:
        contents.tags.clear()
        contents.held.clear()
        for family, named in tags.items():
            for tag, number in named.items():
                contents.tag(family, tag, image(contents, pushes, number))
        source = FakeSource(contents.registry(), LISTS_ALL, page_size=200)
        asyncio.run(
            crawl_source(database, source, target, limits, now=moment, accept_removals=True)
        )
    yield Ledger(database, Prices())
    database.dispose()


def image(contents: Contents, pushes: dict[str, Any], number: int) -> Digest:
    digest = Digest.of(f"image {number}".encode())
    if digest in contents.manifests:
        return digest
    manifest = pushes["manifests"][number]
    layers = (pushes["layers"][at] for at in manifest["layers"])
    stack = (Descriptor(LAYER_TYPE, Digest.parse(text), size) for text, size in layers)
    return contents.image(str(number), *stack)


def test_every_month_of_every_family_costs_what_the_file_says(
    ledger: Ledger, states: list[tuple[datetime, State]]
) -> None:
    seen = {name for _, state in states for name in state}
    assert len(seen) > 90
    for period in months(states):
        rows = rows_of(ledger, period, Allocation.FAIR_SHARE)
        weights = byte_time(states, period, "fair_share")
        weights = dict(sorted(weights.items(), key=lambda item: item[0].encode()))
        total = Fraction(sum(weights.values()), GB * period.microseconds) * PRICE
        costs = split(total, weights, 4)
        assert {name: Fraction(row.cost) for name, row in rows.items()} == costs, period
        whole = sum((row.cost for row in rows.values()), Decimal(0))
        assert whole == round(total * 10**4) / Decimal(10**4)


def test_every_month_of_every_family_kept_what_the_file_says(
    ledger: Ledger, states: list[tuple[datetime, State]]
) -> None:
    for period in months(states):
        usages = {
            row.usage.repository: row.usage.byte_time for row in ledger.usage(LedgerQuery(period))
        }
        for size in ("logical", "stored", "exclusive", "fair_share"):
            expected = byte_time(states, period, size)
            found = {name: getattr(time, size) for name, time in usages.items()}
            assert {name: time for name, time in found.items() if time} == expected, (period, size)


def test_most_of_the_files_manifests_were_seen(
    pushes: dict[str, Any], moments: list[tuple[datetime, Tagged]]
) -> None:
    seen = {number for _, tags in moments for named in tags.values() for number in named.values()}
    assert len(seen) > len(pushes["manifests"]) / 2
