from __future__ import annotations

import csv
import io

from auditor.reports.as_text.crawls import crawls_table, duration_text, statuses_table
from auditor.reports.crawl_forms import crawl_lines, crawls_status_document, registries_document
from tests.reports.crawl_samples import every_state
from tests.web.fake_browse import FakeBrowse


def test_a_registry_says_whether_it_is_crawled_and_what_could_not_be_read() -> None:
    well, running, never = crawls_status_document(every_state())["registries"]
    assert (well["is_running"], running["is_running"], never["crawls"]) == (False, True, [])
    assert (well["problem_count"], running["problem_count"]) == (0, 4)
    assert running["problem_codes"][0] == {"code": "TOOMANYREQUESTS", "count": 3}
    assert running["crawls"][0]["duration_seconds"] is None
    assert running["crawls"][1]["duration_seconds"] == 9.5


def test_csv_has_a_line_per_crawl() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(crawl_lines(every_state())), newline="")))
    assert [row["outcome"] for row in rows] == ["complete", "complete", "running", "partial"]


def test_the_table_has_a_row_per_registry_and_explains_what_is_guarded() -> None:
    table = statuses_table(every_state())
    assert [row[2] for row in table.rows] == ["complete", "running", "never"]
    assert "guarded" in " ".join(table.notes)
    assert "guarded" not in " ".join(statuses_table(every_state()[:1]).notes)
    assert "auditor audit" in statuses_table(()).notes[0]


def test_the_crawls_of_one_registry_end_with_the_problems_made_harmless() -> None:
    table = crawls_table(every_state()[1])
    assert [row[1] for row in table.rows] == ["running", "9.5 s"]
    assert "3 TOOMANYREQUESTS, 1 other" in table.notes[0]
    assert "\x1b" not in "".join(table.notes)
    assert crawls_table(every_state()[0]).notes == ()


def test_long_crawls_are_told_in_minutes() -> None:
    assert (duration_text(119.96), duration_text(245)) == ("120.0 s", "4 min")


def test_registries_are_told_with_price_and_totals() -> None:
    first = registries_document(FakeBrowse().crawls)["registries"][0]
    assert first["totals"]["repositories"] > 0
    assert "USD per GB-month" in first["price"]
