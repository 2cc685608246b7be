"""A bill against what crawls saw: the form, a list that is sent, and the JSON."""

from __future__ import annotations

import gzip
import io
import re
import threading
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from auditor.domain.errors import UsageError
from auditor.domain.holdings import Inventory
from auditor.domain.ledger import Period
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.reports.reconciliation_forms import reconciliation_document
from tests.reports import reconciliations
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_views import REGISTRY, SCRIPT

_ASKED = f"registry={REGISTRY}&invoice=412.80&currency=usd&month=2026-02"
_LIST = b"key,size\n"


def send(client: FlaskClient, content: bytes = _LIST, **fields: str) -> TestResponse:
    data: dict[str, Any] = {"registry": REGISTRY, **fields}
    data["inventory"] = (io.BytesIO(content), "../../etc/passwd")
    return client.post("/reconcile", data=data)


def test_without_a_figure_there_is_a_form_and_nothing_is_read(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    page = client.get("/reconcile").text
    assert "Check a bill" in page
    assert "Not compared" not in page
    assert outlook.bills == []


def test_an_amount_is_compared_and_stays_in_the_address(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    page = client.get(f"/reconcile?{_ASKED}").text
    bill = Bill(None, Decimal("412.80"), "USD", Period.month("2026-02"))
    assert outlook.bills == [(REGISTRY, bill)]
    for value in ("412.80", "2026-02", "usd"):
        assert f'value="{value}"' in page
    assert "Unattributed" in page


def test_rows_add_up_to_the_last_one(client: FlaskClient) -> None:
    page = client.get(f"/reconcile?{_ASKED}").text
    table = page.partition('<table class="reconciled">')[2].partition("</table>")[0]
    body, _, foot = table.partition("<tfoot>")
    figures = re.compile(r'value="(-?\d+)"')
    assert sum(map(int, figures.findall(body))) == int(figures.findall(foot)[0])
    money = re.compile(r">(-?[\d.]+) USD<")
    costs = [Decimal(cost) for cost in money.findall(body)]
    assert sum(costs) == Decimal(money.findall(foot)[0]) == Decimal("1.23292345")


def test_the_only_registry_need_not_be_named(
    client: FlaskClient, outlook: FakeOutlook, browse: FakeBrowse
) -> None:
    refused = client.get("/reconcile?billed=1.5TB")
    assert refused.status_code == 400
    assert "It is not said which registry; choose one." in refused.text
    browse.crawls = browse.crawls[:1]
    assert client.get("/reconcile?billed=1.5TB").status_code == 200
    assert outlook.bills == [(REGISTRY, Bill(billed_bytes=1_500_000_000_000))]
    browse.crawls = ()
    assert "Nothing crawled yet" in client.get("/reconcile").text


@pytest.mark.parametrize(
    "query, said",
    [
        ("billed=much", "Not a number of bytes"),
        ("invoice=much", "Not an amount"),
        ("billed=1&currency=USD", "A currency without an amount"),
        ("invoice=1&month=soon", "Not a month"),
        (f"billed={SCRIPT}", "Not a number of bytes"),
    ],
)
def test_a_slip_is_said_beside_the_form_that_keeps_what_was_written(
    client: FlaskClient, outlook: FakeOutlook, query: str, said: str
) -> None:
    response = client.get(f"/reconcile?registry={REGISTRY}&{query}")
    assert response.status_code == 400
    assert said in response.text
    assert f'<option value="{REGISTRY}" selected>' in response.text
    assert SCRIPT not in response.text
    assert outlook.bills == []


def test_no_argument_names_a_file_of_the_server(client: FlaskClient, outlook: FakeOutlook) -> None:
    for name in ("storage", "inventory", "path"):
        client.get(f"/reconcile?registry={REGISTRY}&billed=1&{name}=/etc")
        client.get(f"/api/v1/reconcile?registry={REGISTRY}&billed=1&{name}=/etc")
        client.post("/reconcile", data={"registry": REGISTRY, name: "/etc/passwd"})
    assert outlook.lists == []


def test_a_list_is_compared_and_thrown_away(client: FlaskClient, outlook: FakeOutlook) -> None:
    response = send(
        client, gzip.compress(_LIST), columns="Key, Size", prefix="a", billed="1.5TB", month="x"
    )
    assert response.status_code == 200
    ((inventory, content),) = outlook.lists
    assert content == _LIST
    assert (inventory.columns, inventory.prefix) == ("Key, Size", "a")
    assert outlook.bills == [(REGISTRY, Bill(billed_bytes=1_500_000_000_000))]
    assert "not read" in response.text
    assert 'value="1.5TB"' in response.text
    assert "passwd" not in response.text


def test_where_a_list_was_kept_is_told_to_nobody(client: FlaskClient, outlook: FakeOutlook) -> None:
    outlook.refusal = UsageError("no key of '{path}' begins with docker", next_step="--inventory")
    response = send(client)
    assert response.status_code == 400
    assert "No key of the list begins with docker; look at the list" in response.text
    assert outlook.lists[0][0].path not in response.text


def test_without_a_list_nothing_is_compared(client: FlaskClient, outlook: FakeOutlook) -> None:
    response = client.post("/reconcile", data={"registry": REGISTRY})
    assert (response.status_code, outlook.bills) == (400, [])
    assert "No list was chosen; choose a file." in response.text


def test_a_list_that_is_too_long_is_refused_in_words(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    response = send(client, b"x" * 2_000)
    assert response.status_code == 413
    assert "auditor reconcile --inventory FILE" in response.text


def test_lists_are_compared_one_at_a_time(app: Flask, outlook: FakeOutlook) -> None:
    begun, done = threading.Event(), threading.Event()
    usual = outlook.reconcile

    def slow(registry: str, bill: Bill, source: Inventory | None) -> Reconciliation:
        begun.set()
        done.wait(timeout=30)
        return usual(registry, bill, source)

    outlook.reconcile = slow  # type: ignore[method-assign, assignment]
    answers: list[int] = []
    first = threading.Thread(target=lambda: answers.append(send(app.test_client()).status_code))
    first.start()
    begun.wait(timeout=30)
    second = send(app.test_client())
    done.set()
    first.join(timeout=30)
    assert second.status_code == 503
    assert "Another list is being compared" in second.text
    assert answers == [200]


def test_the_api_answers_the_document_of_the_command(
    client: FlaskClient, outlook: FakeOutlook
) -> None:
    response = client.get(f"/api/v1/reconcile?{_ASKED}")
    found = FakeOutlook().reconcile(REGISTRY, Bill(), None)
    assert response.json == reconciliation_document(found)
    assert found.parts == reconciliations.of_an_invoice().parts
    for refused in ("", f"registry={REGISTRY}", f"registry={REGISTRY}&invoice=much", "billed=1"):
        assert client.get(f"/api/v1/reconcile?{refused}").status_code == 400
