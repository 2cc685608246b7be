"""One object for pages, over a crawled registry: it answers as its parts do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from auditor.domain.outlook import GrowthQuery
from auditor.domain.reconciliation import Bill, PartKind
from auditor.settings import load_settings
from auditor.usecases.ledger import Ledger
from auditor.usecases.outlook import Outlook
from auditor.usecases.owners import Owners
from auditor.usecases.prices import Prices
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench, day

_SETTINGS = """
[owners.rules.payments]
team = "Payments"
repositories = ["pay/*"]
[budgets.payments]
team = "Payments"
amount = "2.50"
"""


def test_all_of_it_sees_one_database_at_one_moment(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "auditor.toml"
    file.write_text(_SETTINGS)
    settings = load_settings(config_file=file, environment={}, overrides={}).settings
    contents = Contents()
    contents.tag("pay/app", "1", contents.image("one", layer(10**9, "one")))
    bench.crawl(contents, at=day(0))
    contents.tag("pay/app", "2", contents.image("two", layer(10**9, "two")))
    bench.crawl(contents, at=day(40))
    now = day(40) + timedelta(hours=1)
    ledger = Ledger(
        bench.database,
        Prices.from_settings(settings),
        owners=Owners.from_settings(settings),
        clock=lambda: now,
    )
    outlook = Outlook.over(ledger, settings)
    (state,) = outlook.budgets().states
    assert (state.amount, state.spent > 0) == (Decimal("2.50"), True)
    assert [row.team for row in outlook.anomalies(GrowthQuery()).rows] == ["", "Payments"]
    change = outlook.team_changes("Payments", start=day(0))
    assert (change.end, change.net_bytes > 10**9) == (now, True)
    found = outlook.reconcile(REGISTRY, Bill(billed_bytes=3 * 10**9), None)
    assert found.part(PartKind.UNATTRIBUTED).size_bytes == 10**9 - 2 * 570
