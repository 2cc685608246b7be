from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from auditor.domain.alerts import AlertsQuery, AlertState
from tests.commands.fake_use_cases import FakeUseCases, run


def test_alerts_are_listed_and_being_wrong_is_no_failure(fakes: FakeUseCases) -> None:
    result = run(fakes, "alerts")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in ("firing", "resolved", "large-images", "team/app1:1.4 is 1.20 GB", "\\x1b[31m"):
        assert words in result.stdout
    run(fakes, "alerts", "--state", "firing", "--rule", "growth", "--limit", "0")
    assert fakes.alerts_asked == [
        AlertsQuery(limit=30),
        AlertsQuery(AlertState.FIRING, "growth", None),
    ]


def test_machines_get_the_same_alerts(fakes: FakeUseCases) -> None:
    document = json.loads(run(fakes, "alerts", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(run(fakes, "alerts", "--format", "csv").stdout)))
    assert [one["key"] for one in document["alerts"]] == [row["key"] for row in rows]
    assert len(rows) == 5


def test_a_look_says_what_it_did_and_fails_where_a_message_did_not_go_out(
    fakes: FakeUseCases,
) -> None:
    result = run(fakes, "alerts", "check")
    assert result.exit_code == 3
    assert "6 going on, 4 new, 1 over." in result.stdout
    assert "operations: answered 503" in result.stdout
    fakes.alert_report = replace(fakes.alert_report, failures=(), later=0)
    result = run(fakes, "alerts", "check", "--dry-run")
    assert (result.exit_code, "nothing sent" in result.stdout) == (0, True)
    document = json.loads(run(fakes, "alerts", "check", "--format", "json").stdout)
    assert (document["kind"], len(document["new"])) == ("alert-check", 4)
    text = run(fakes, "alerts", "check", "--format", "csv").stdout
    assert len(list(csv.DictReader(io.StringIO(text)))) == 5


def test_a_channel_is_tried_out(fakes: FakeUseCases) -> None:
    result = run(fakes, "alerts", "test", "ops")
    assert (result.exit_code, result.stdout) == (0, "ops: sent\n")
    fakes.sent["mail"] = [("a@x.example", "sent", "250"), ("b@x.example", "refused", "550 no")]
    result = run(fakes, "alerts", "test", "mail")
    assert result.exit_code == 3
    assert result.stdout == "a@x.example: sent\nb@x.example: not sent: 550 no\n"
