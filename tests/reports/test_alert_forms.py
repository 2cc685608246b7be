from __future__ import annotations

import csv
import io
from typing import Any

from auditor.domain.alerts import AlertsQuery
from auditor.reports.alert_forms import alert_lines, alerts_document, report_document
from tests.reports import alert_samples


def test_a_page_is_a_document_with_its_channels() -> None:
    document: Any = alerts_document(alert_samples.page(AlertsQuery(limit=2)))
    assert (document["matches"], document["firing"]) == (5, 4)
    first, second = document["alerts"]
    assert (first["state"], first["team"], first["resolved_at"]) == ("firing", "Payments", None)
    assert second["kind"] == "growth"
    assert document["channels"][0] == {
        "channel": "operations",
        "messages": {"refused": 1, "sent": 12},
        "trouble": "answered 404",
        "trouble_at": "2026-11-25T12:00:00Z",
    }


def test_a_look_is_a_document_of_what_it_did() -> None:
    document: Any = report_document(alert_samples.report())
    assert [len(document[key]) for key in ("new", "resolved", "failures")] == [4, 1, 1]
    assert document["messages"] == {"sent": 1, "later": 1, "refused": 0, "unknown": 0}


def test_lines_have_the_same_columns_and_start_no_formula() -> None:
    text = "".join(alert_lines(alert_samples.events()))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["state"] for row in rows] == ["firing"] * 4 + ["resolved"]
    assert not rows[1]["team"].startswith("=")
    assert (rows[2]["value"], rows[2]["unit"]) == ("260.0", "USD")
