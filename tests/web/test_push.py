"""`POST /push/NAME`: bounded, answered at once, and nothing but what the receiver says."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from auditor.domain.hints import PushAnswer
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_pushes import FakePushes
from tests.web.fake_schedules import FakeSchedules
from web.app import create_app
from web.push import MOST_BODY_BYTES


@pytest.fixture
def pushes() -> FakePushes:
    return FakePushes()


@pytest.fixture
def visitor(pushes: FakePushes) -> FlaskClient:
    app = create_app(
        FakeBrowse(),
        FakeLedger(),
        FakeOutlook(),
        FakeSchedules(),
        FakeCalculator(),
        version="1",
        pushes=pushes,
    )
    return app.test_client()


def test_the_receiver_gets_the_body_as_it_came(visitor: FlaskClient, pushes: FakePushes) -> None:
    response = visitor.post(
        "/push/ours?token=t0ken", data=b"\x00{}\n", headers={"X-Api-Key": "K", "Cookie": "a=b"}
    )
    assert (response.status_code, response.json) == (202, {"message": "taken", "hints": 1})
    ((name, request),) = pushes.got
    assert (name, request.body, request.token) == ("ours", b"\x00{}\n", "t0ken")
    assert request.headers["x-api-key"] == "K"
    assert "t0ken" not in repr(request)
    assert "K'" not in repr(request)


def test_who_is_refused_is_asked_who_it_is(visitor: FlaskClient, pushes: FakePushes) -> None:
    pushes.answer = PushAnswer(401, "no")
    response = visitor.post("/push/ours", data=b"{}")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_a_form_is_a_body_like_any_other(visitor: FlaskClient, pushes: FakePushes) -> None:
    visitor.post("/push/ours", data={"a": "1"})
    assert pushes.got[0][1].body == b"a=1"


def test_what_is_too_long_is_not_read(visitor: FlaskClient, pushes: FakePushes) -> None:
    assert visitor.post("/push/ours", data=b"x" * MOST_BODY_BYTES).status_code == 202
    response = visitor.post("/push/ours", data=b"x" * (MOST_BODY_BYTES + 1))
    assert response.status_code == 413
    assert len(pushes.got) == 1


def test_a_database_that_cannot_be_written_is_a_reason_to_send_it_again(
    visitor: FlaskClient, pushes: FakePushes
) -> None:
    pushes.fails = True
    response = visitor.post("/push/ours", data=b"{}")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "SECRETS" not in response.text


def test_senders_do_not_take_all_threads(visitor: FlaskClient, pushes: FakePushes) -> None:
    statuses: list[int] = []

    def another() -> None:
        if len(pushes.got) < 10:
            statuses.append(visitor.post("/push/ours", data=b"{}").status_code)

    pushes.meanwhile = another
    assert visitor.post("/push/ours", data=b"{}").status_code == 202
    assert sorted(statuses) == [202, 202, 202, 503]
    pushes.meanwhile = lambda: None
    assert visitor.post("/push/ours", data=b"{}").status_code == 202


def test_it_cannot_be_read_and_is_not_there_without_a_source(
    visitor: FlaskClient, client: FlaskClient
) -> None:
    assert visitor.get("/push/ours").status_code == 405
    assert client.post("/push/ours").status_code == 404
