"""By which names the dashboard answers."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import Client
from werkzeug.wrappers import Response

from tests.web.fake_browse import FakeBrowse
from tests.web.fake_calculator import FakeCalculator
from tests.web.fake_ledger import FakeLedger
from tests.web.fake_outlook import FakeOutlook
from tests.web.fake_schedules import FakeSchedules
from web.app import create_app

PUBLIC = "auditor.example.org"


def made(names: tuple[str, ...] | None) -> Flask:
    fakes = (FakeBrowse(), FakeLedger(), FakeOutlook(), FakeSchedules(), FakeCalculator())
    return create_app(*fakes, version="1", host_names=names)


def called(host: str, *, names: tuple[str, ...] | None = (PUBLIC, ""), path: str = "/") -> Response:
    answer: Response = Client(made(names), Response).get(path, headers={"Host": host})
    return answer


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:8080", "127.0.0.1", "[::1]:8080", "localhost:1", "LOCALHOST", "a.localhost"),
        *("10.0.0.7", f"{PUBLIC}", f"{PUBLIC}:443", "Auditor.Example.ORG.", ""),
    ],
)
def test_it_answers_to_addresses_to_this_machine_and_to_its_own_name(host: str) -> None:
    assert called(host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8080", f"x.{PUBLIC}", "notlocalhost", "127.0.0.1.nip.io"),
        *("localhost.evil.example", "[::1", "[", "127.0.0.1@evil.example"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/rank", "/static/pico.css", "/metrics", "/nothing"])
def test_a_page_that_has_its_own_name_lead_here_reads_nothing(host: str, path: str) -> None:
    answer = called(host, path=path)
    assert answer.status_code == 421
    assert "web.url" in answer.get_data(as_text=True)
    assert "team/" not in answer.get_data(as_text=True)


def test_where_others_are_to_reach_it_any_name_will_do() -> None:
    assert called("auditor-web:8080", names=None).status_code == 200


def test_nothing_is_changed_by_another_name() -> None:
    client = Client(made(()), Response)
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert client.post("/schedules/crawl/pause", headers=headers).status_code == 421
