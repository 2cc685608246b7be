from __future__ import annotations

from dataclasses import replace

from auditor.domain.alerts import AlertsQuery
from auditor.reports.as_text.alerts import NO_RULE, alerts_table, report_table
from tests.reports import alert_samples


def test_a_row_says_state_time_rule_and_what() -> None:
    table = alerts_table(alert_samples.page(AlertsQuery()))
    assert table.rows[0] == (
        "firing",
        "2026-11-25 11:00",
        "large-images",
        "team/app1:1.4 is 1.20 GB, more than 1.00 GB",
        "Payments",
    )
    assert table.rows[4][:2] == ("resolved", "2026-11-25 12:00")
    assert "\x1b" not in repr(table.rows).replace("\\x1b", "")
    assert table.notes == ("operations: answered 404",)


def test_what_is_not_shown_is_counted_and_nothing_is_said_in_words() -> None:
    assert alerts_table(alert_samples.page(AlertsQuery(limit=2))).notes[0].startswith("3 more")
    page = alert_samples.page(AlertsQuery(), ())
    assert alerts_table(page).notes == (NO_RULE,)
    assert alerts_table(replace(page, rules=("a",))).notes[0].startswith("Nothing is wrong")


def test_a_look_says_what_it_found_and_sent() -> None:
    table = report_table(alert_samples.report())
    assert len(table.rows) == 5
    assert table.notes == (
        "6 going on, 4 new, 1 over.",
        "1 sent, 1 to be tried again.",
        "operations: answered 503",
    )
    quiet = replace(alert_samples.report(), began=(), ended=(), failures=(), sent=0)
    assert report_table(quiet).notes == ("6 going on, 0 new, 0 over.",)
    assert report_table(replace(quiet, is_dry_run=True)).notes[1].startswith("Nothing was kept")
    assert report_table(quiet).columns == ()
