from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.fake_schedules import FakeSchedules
from tests.web.fake_views import SCRIPT


def test_the_page_says_when_next_and_how_it_went(client: FlaskClient) -> None:
    page = client.get("/schedules").text
    assert "Tue 2026-03-10 02:30" in page
    assert "Tue 01:30 UTC" in page
    assert "41 repositories and 1,204 tags read; stands for 2 more" in page
    assert "by worker-1:4711" in page
    assert "0a1b2c3d" not in page
    assert "History is kept for ever; set history.keep_months." in page
    assert SCRIPT not in page


def test_a_button_asks_and_leads_back_to_where_it_was(
    client: FlaskClient, scheduled: FakeSchedules
) -> None:
    answer = client.post("/schedules/crawl/run", data={"registry": "staging"})
    assert (answer.status_code, answer.location) == (303, "/schedules#crawl")
    client.post("/schedules/prices/resume")
    client.post("/schedules/analysis/pause")
    assert scheduled.asked == [
        ("run", "crawl", "staging"),
        ("resume", "prices"),
        ("pause", "analysis"),
    ]


def test_what_there_is_not_is_said(client: FlaskClient, scheduled: FakeSchedules) -> None:
    assert client.post("/schedules/everything/pause").status_code == 400
    unknown = client.post("/api/v1/schedules/crawl/run", data={"registry": "nobody"})
    assert unknown.status_code == 404
    assert scheduled.asked == []


def test_the_api_says_what_the_page_says_and_takes_a_request(client: FlaskClient) -> None:
    document = client.get("/api/v1/schedules").get_json()
    crawl = document["schedules"][0]
    assert crawl["next_times"][0] == {
        "local": "2026-03-10T02:30:00+01:00",
        "utc": "2026-03-10T01:30:00Z",
    }
    assert [run["state"] for run in crawl["runs"]][:2] == ["running", "done"]
    answer = client.post("/api/v1/schedules/crawl/run?registry=staging")
    assert answer.status_code == 202
    assert answer.get_json()["runs"] == [
        {
            "kind": "crawl",
            "registry": "staging",
            "is_new": True,
            "sentence": "it waits for a worker",
        }
    ]
