"""A registry against a bill, and against storages made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.exactness import Exactness
from auditor.domain.holdings import Folder, Source
from auditor.domain.ledger import Period
from auditor.domain.observation import StorageScope
from auditor.domain.reconciliation import Basis, Bill, PartKind, Reconciliation
from auditor.domain.units import Price
from auditor.usecases.prices import Prices
from auditor.usecases.reconcile import Reconciler
from tests.fakes.contents import Contents, layer
from tests.storage.shelf import Shelf
from tests.usecases.bench import REGISTRY, Bench, day, target

D = Decimal
GB = 10**9
TEN_CENTS = Prices(for_all=Price(D("0.1"), "EUR"))
APRIL = Period.month("2026-04")


@pytest.fixture
def contents() -> Contents:
    made = Contents()
    shared = layer(3 * GB, "shared")
    made.tag("team/app", "1", made.image("app", shared, layer(GB, "own")))
    made.tag("team/other", "1", made.image("other", shared))
    return made


def compared(
    bench: Bench,
    bill: Bill | None = None,
    source: Source | None = None,
    prices: Prices = TEN_CENTS,
) -> Reconciliation:
    reconciler = Reconciler(bench.database, prices, lambda: day(200))
    return reconciler.reconcile(REGISTRY, bill or Bill(), source)


def sizes(found: Reconciliation) -> dict[PartKind, int]:
    return {part.kind: part.size_bytes for part in found.parts}


def test_a_bill_in_bytes_leaves_the_rest_unattributed(
    either_bench: Bench, contents: Contents
) -> None:
    either_bench.crawl(contents)
    stored = 4 * GB + 2 * 500 + 2 * 70
    found = compared(either_bench, Bill(billed_bytes=5 * GB))
    assert sizes(found) == {PartKind.REFERENCED: stored, PartKind.UNATTRIBUTED: 5 * GB - stored}
    assert (found.basis, found.exactness) == (Basis.BILLED, Exactness.EXACT)
    assert (found.expected_cost, found.actual_cost) == (D("0.4000"), D("0.5000"))


def test_a_bill_for_less_than_is_stored_is_negative(bench: Bench, contents: Contents) -> None:
    bench.crawl(contents)
    found = compared(bench, Bill(billed_bytes=0))
    assert found.difference_bytes == -found.expected_bytes
    assert found.actual_bytes == 0


def test_an_amount_is_compared_in_money_and_in_the_bytes_it_pays_for(
    bench: Bench, contents: Contents
) -> None:
    bench.crawl(contents)
    found = compared(bench, Bill(amount=D("1.23"), currency="EUR"))
    assert (found.actual_cost, found.actual_bytes) == (D("1.23"), 12_300_000_000)
    assert (found.basis, found.exactness) == (Basis.INVOICE, Exactness.ESTIMATED)


def test_an_amount_beside_bytes_is_compared_each_with_its_own(
    bench: Bench, contents: Contents
) -> None:
    bench.crawl(contents)
    found = compared(bench, Bill(billed_bytes=6 * GB, amount=D("0.7")))
    assert (found.actual_cost, found.actual_bytes) == (D("0.7"), 6 * GB)
    assert found.basis is Basis.BILLED


def test_a_month_is_compared_with_its_average(either_bench: Bench, contents: Contents) -> None:
    start, middle = APRIL.start, datetime(2026, 4, 16, tzinfo=UTC)
    either_bench.crawl(contents, at=start)
    contents.tag("team/new", "1", contents.image("new", layer(2 * GB - 570, "new")))
    either_bench.crawl(contents, at=middle)
    before = 4 * GB + 2 * 500 + 2 * 70
    found = compared(either_bench, Bill(billed_bytes=6 * GB, month=APRIL))
    assert (found.expected_bytes, found.month) == (before + GB, "2026-04")
    assert found.expected_exactness is Exactness.ESTIMATED  # fifteen days between crawls
    assert found.actual_bytes == 6 * GB
    earlier = compared(either_bench, Bill(billed_bytes=6 * GB, month=Period.month("2026-03")))
    assert earlier.expected_bytes == 0


def test_a_month_that_is_over_has_the_price_of_then(
    either_bench: Bench, contents: Contents
) -> None:
    dear = Prices(for_all=Price(D("0.5"), "EUR", source="configured"))
    where = replace(target(), terms=dear.terms(REGISTRY))
    either_bench.crawl(contents, where, at=APRIL.start)
    then = compared(either_bench, Bill(amount=D(1), month=APRIL))
    now = compared(either_bench, Bill(amount=D(1)))
    assert (then.actual_bytes, now.actual_bytes) == (2 * GB, 10 * GB)
    assert then.price_notes[0].startswith("0.5 EUR")
    assert now.price_notes[0].startswith("0.1 EUR")


@pytest.mark.parametrize(
    "bill, storage, words",
    [
        (Bill(), False, "nothing to compare"),
        (Bill(billed_bytes=1, month=APRIL), True, "as it is now"),
        (Bill(billed_bytes=1, month=Period.month("2031-01")), False, "has not come yet"),
        (Bill(amount=D(1), currency="USD"), False, "in USD, the price in EUR"),
    ],
)
def test_a_question_without_an_answer_is_refused(
    bench: Bench, contents: Contents, tmp_path: Path, bill: Bill, storage: bool, words: str
) -> None:
    bench.crawl(contents)
    with pytest.raises(UsageError, match=words):
        compared(bench, bill, Folder(str(tmp_path)) if storage else None)


def test_where_storage_is_free_an_amount_says_nothing(bench: Bench, contents: Contents) -> None:
    bench.crawl(contents)
    free = Prices(for_all=Price(D(0), "EUR"))
    with pytest.raises(UsageError, match="price is 0"):
        compared(bench, Bill(amount=D(1)), prices=free)
    found = compared(bench, Bill(amount=D(1), billed_bytes=5), prices=free)
    assert (found.actual_cost, found.expected_cost) == (D(1), D(0))


def test_a_registry_that_was_never_crawled_is_named_with_those_that_were(
    bench: Bench, contents: Contents
) -> None:
    with pytest.raises(UnknownReferenceError, match="auditor audit"):
        compared(bench, Bill(billed_bytes=1))
    bench.crawl(contents, target("other.example"))
    with pytest.raises(UnknownReferenceError, match=r"known are: other\.example"):
        compared(bench, Bill(billed_bytes=1))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    made = Shelf(tmp_path / "storage")
    made.file("docker/registry/v2/note", b"a note")
    made.manifest("team/app", made.blob(b"nobody knows it"))
    return made


def test_a_storage_names_what_a_bill_does_not(
    either_bench: Bench, contents: Contents, shelf: Shelf
) -> None:
    either_bench.crawl(contents)
    files = [path for path in shelf.root.rglob("*") if path.is_file()]
    held = sum(path.stat().st_size for path in files)
    source = Folder(str(shelf.root))
    for bill, actual in ((Bill(), held), (Bill(billed_bytes=7 * GB), 7 * GB)):
        found = compared(either_bench, bill, source)
        parts = sizes(found)
        assert (found.actual_bytes, found.held_bytes) == (actual, held)
        assert parts[PartKind.MISSING] == -parts[PartKind.REFERENCED] == -found.expected_bytes
        assert parts[PartKind.OTHER] == 6
        assert parts[PartKind.UNTAGGED] > 15
        assert parts[PartKind.UNATTRIBUTED] == actual - held
        assert PartKind.KEPT_ONCE not in parts
    found = compared(either_bench, Bill(amount=D("12.5")), source)
    assert (found.basis, found.actual_cost, found.actual_bytes) == (Basis.HELD, D("12.5"), held)


def test_a_storage_that_was_read_in_part_is_a_lower_bound(
    bench: Bench, contents: Contents, shelf: Shelf
) -> None:
    bench.crawl(contents)
    (shelf.top / "away").symlink_to("/")
    found = compared(bench, Bill(billed_bytes=7 * GB), Folder(str(shelf.root)))
    assert (found.exactness, found.unread_count) == (Exactness.LOWER_BOUND, 1)
    assert found.part(PartKind.UNATTRIBUTED).exactness is Exactness.UPPER_BOUND
    assert found.part(PartKind.OTHER).exactness is Exactness.LOWER_BOUND
    held = compared(bench, source=Folder(str(shelf.root)))
    assert held.part(PartKind.UNATTRIBUTED).exactness is Exactness.EXACT


def test_what_several_scopes_count_and_a_storage_holds_once_adds_up(
    either_bench: Bench, contents: Contents, shelf: Shelf
) -> None:
    either_bench.crawl(contents, target(scope=StorageScope.REPOSITORY))
    found = compared(either_bench, source=Folder(str(shelf.root)))
    assert found.expected_bytes == 7 * GB + 2 * 500 + 2 * 70
    assert found.actual_bytes == found.held_bytes
