"""Leaving a digest by its link: GET asks, POST does it, without a cookie or a page of ours."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from auditor.usecases.unsubscribing import Leaving
from tests.reports.samples import HOSTILE
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_schedules import FakeSchedules
from tests.web.fake_unsubscribing import FakeUnsubscribing
from web.app import create_app


def test_looking_at_the_link_changes_nothing(
    client: FlaskClient, unsubscribing: FakeUnsubscribing
) -> None:
    response = client.get("/unsubscribe?token=good")
    assert response.status_code == 200
    assert "ann@example.com" in response.text
    assert "team Payments" in response.text
    assert '<form method="post" action="/unsubscribe?token=good">' in response.text
    client.head("/unsubscribe?token=good")
    assert unsubscribing.left == []


def test_one_click_of_a_mail_program_leaves(
    client: FlaskClient, unsubscribing: FakeUnsubscribing
) -> None:
    response = client.post(
        "/unsubscribe?token=good",
        data={"List-Unsubscribe": "One-Click"},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"},
    )
    assert response.status_code == 200
    assert "Unsubscribed" in response.text
    assert "Set-Cookie" not in response.headers
    assert unsubscribing.left == [Leaving("ann@example.com", "Payments")]


@pytest.mark.parametrize("address", ["/unsubscribe", "/unsubscribe?token=bad"])
def test_a_link_that_we_did_not_make_is_refused(
    client: FlaskClient, unsubscribing: FakeUnsubscribing, address: str
) -> None:
    for response in (client.get(address), client.post(address)):
        assert response.status_code == 400
        assert "not whole" in response.text
    assert unsubscribing.left == []


def test_names_of_strangers_are_text(client: FlaskClient, unsubscribing: FakeUnsubscribing) -> None:
    unsubscribing.leaving = Leaving("ann@example.com", f"<script>{HOSTILE}")
    for response in (client.get("/unsubscribe?token=good"), client.post("/unsubscribe?token=good")):
        assert "<script>" not in response.text.replace("<script src", "")
        assert "\x1b" not in response.text
    unsubscribing.leaving = Leaving("ann@example.com", "")
    assert "all registries" in client.get("/unsubscribe?token=good").text


def test_where_nobody_can_leave_there_is_no_such_page() -> None:
    app = create_app(
        FakeBrowse(), FakeLedger(), FakeOutlook(), FakeSchedules(), FakeCalculator(), version="1"
    )
    assert app.test_client().get("/unsubscribe?token=good").status_code == 404
    assert app.test_client().post("/unsubscribe?token=good").status_code == 404
