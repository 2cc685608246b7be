"""The cost page: who pays what in a month."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from auditor.domain.costs import GroupBy, LedgerQuery
from auditor.domain.ledger import Period
from auditor.reports.cost_csv import cost_lines
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_views import NOW, REGISTRY, SCRIPT
from web.pages.costs import months, sums


def test_the_running_month_by_team_is_the_plain_page(
    client: FlaskClient, ledger: FakeLedger
) -> None:
    page = client.get("/costs").text
    assert ledger.asked == [(LedgerQuery(Period.month_of(NOW)), GroupBy.TEAM)]
    assert f"{NOW:%Y-%m} is not over: costs so far." in page
    assert "Cost by fair share" in page
    assert "Cost by exclusive" in page
    assert "Cost by logical" in page
    assert "unowned" in page


def test_month_registry_and_grouping_are_in_the_address(
    client: FlaskClient, ledger: FakeLedger
) -> None:
    address = f"/costs?month=2025-12&registry={REGISTRY}&by=repository"
    page = client.get(address).text
    assert ledger.asked == [(LedgerQuery(Period.month("2025-12"), REGISTRY), GroupBy.REPOSITORY)]
    assert "Costs of the whole of 2025-12" in page
    assert f"/costs.csv?month=2025-12&amp;by=repository&amp;registry={REGISTRY}" in page
    assert f"/costs?month=2025-12&amp;by=team&amp;registry={REGISTRY}" in page


@pytest.mark.parametrize("by", GroupBy)
def test_each_grouping_has_its_rows(client: FlaskClient, ledger: FakeLedger, by: GroupBy) -> None:
    page = client.get(f"/costs?by={by.value}").text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == len(ledger.rows)
    assert "<script>alert" not in page


def test_a_month_is_added_up_once_until_something_changes(
    client: FlaskClient, ledger: FakeLedger, browse: FakeBrowse
) -> None:
    for _ in range(3):
        client.get("/costs?by=team")
    assert len(ledger.asked) == 1
    client.get("/costs?by=registry")
    assert len(ledger.asked) == 2
    browse.crawls = browse.crawls[:1]
    client.get("/costs?by=team")
    assert len(ledger.asked) == 3
    for month in range(1, 13):
        client.get(f"/costs?by=team&month=2024-{month:02}")
        client.get(f"/costs?by=registry&month=2024-{month:02}")
    asked = len(ledger.asked)
    client.get("/costs?by=team")
    assert len(ledger.asked) == asked + 1, "only the last few are remembered"


def test_the_csv_is_the_export_of_the_command_line(client: FlaskClient, ledger: FakeLedger) -> None:
    answer = client.get("/costs.csv?month=2025-12")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="costs-2025-12.csv"'
    assert answer.text == "".join(cost_lines(ledger.rows, totals_row=False))


def test_registries_that_were_not_known_are_named(client: FlaskClient, ledger: FakeLedger) -> None:
    ledger.unknown = ("new.example.com",)
    assert "Left out: new.example.com." in client.get("/costs").text
    ledger.rows = ()
    page = client.get("/costs?month=2020-01").text
    assert "Nothing is known of 2020-01" in page
    assert "The first crawls came later." in page


def test_a_month_that_is_known_in_part_says_since_when(
    client: FlaskClient, ledger: FakeLedger
) -> None:
    ledger.partly = ("new<b>.example is known since 2026-11-20",)
    assert "month:</strong> new&lt;b&gt;.example is known since" in client.get("/costs").text


def test_price_warnings_are_named_below_the_table(client: FlaskClient, ledger: FakeLedger) -> None:
    assert "Prices:" not in client.get("/costs").text
    ledger.old = ("the list price of A<b> is of 2020-01-01",)
    page = client.get("/costs").text
    assert "Prices:</strong> the list price of A&lt;b&gt; is of 2020-01-01." in page


def test_nothing_crawled_is_its_own_state(
    client: FlaskClient, ledger: FakeLedger, browse: FakeBrowse
) -> None:
    ledger.rows = ()
    assert "Nothing was kept in that month." in client.get("/costs").text
    browse.crawls = ()
    assert "Nothing crawled yet" in client.get("/costs?month=2020-01").text


def test_long_lists_have_pages(client: FlaskClient, ledger: FakeLedger) -> None:
    ledger.rows = ledger.rows * 30
    page = client.get("/costs?by=repository&page=2").text
    assert "page 2 of" in page
    assert "Page 99 does not exist" in client.get("/costs?by=repository&page=99").text


@pytest.mark.parametrize("arguments", ["by=colour", "month=soon", "page=0", "month=2026-13"])
def test_what_cannot_be_answered_says_what_can(client: FlaskClient, arguments: str) -> None:
    assert client.get(f"/costs?{arguments}").status_code == 400


def test_the_last_thirteen_months_are_offered() -> None:
    offered = months(NOW)
    assert (offered[0], offered[-1], len(offered)) == ("2026-03", "2025-03", 13)
    assert months(NOW - timedelta(days=60))[0] == "2026-01"


def test_currencies_are_never_added_to_each_other(ledger: FakeLedger) -> None:
    compared = ledger.compare(LedgerQuery(Period.month("2025-12")), GroupBy.TEAM)
    found = sums(compared)
    assert len(found) == len({row.currency for row in ledger.rows}) > 1
    assert MultiDict((one.currency, one) for one in found).keys() == {
        row.currency for row in ledger.rows
    }


def test_the_costs_of_one_team_are_a_page_and_a_file(
    client: FlaskClient, ledger: FakeLedger
) -> None:
    team = next(row.team for row in ledger.rows if row.team and row.team != SCRIPT)
    own = [row for row in ledger.rows if row.team == team]
    page = client.get(f"/costs?by=repository&team={team}").text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == len(own) < len(ledger.rows)
    assert f"Costs of team {team}" in page
    assert f'href="/changes?team={team}"' in page
    assert f"by=repository&amp;team={team}" in page
    assert f"by=team&amp;team={team}" not in page
    answer = client.get(f"/costs.csv?team={team}").text
    assert answer == "".join(cost_lines(own, totals_row=False))


def test_what_nobody_owns_is_a_team_too(client: FlaskClient, ledger: FakeLedger) -> None:
    page = client.get("/costs?by=repository&team=unowned").text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert body.count("<tr>") == sum(not row.team for row in ledger.rows)
    assert "Costs of what nobody owns" in page
    assert "team=unowned" in client.get("/costs?by=team").text


def test_a_team_without_costs_is_its_own_state(client: FlaskClient) -> None:
    assert "No costs of nobody-knows" in client.get("/costs?by=team&team=nobody-knows").text
    assert client.get("/costs?by=registry&team=any").status_code == 400
