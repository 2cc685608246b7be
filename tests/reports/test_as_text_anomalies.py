from __future__ import annotations

import pytest

from auditor.domain.outlook import GrowthQuery, GrowthReport
from auditor.reports.as_text.anomalies import anomaly_table, reason_texts
from auditor.reports.layout import as_plain
from tests.reports import anomaly_samples
from tests.reports.approved import assert_matches_snapshot


@pytest.mark.parametrize("width", [None, 80])
def test_anomalies_for_people_are_as_approved(width: int | None) -> None:
    text = as_plain([anomaly_table(anomaly_samples.report())], width=width)
    assert_matches_snapshot(f"anomalies-{width or 'full'}.txt", text)


def test_a_quiet_month_is_said_in_words() -> None:
    text = as_plain([anomaly_table(GrowthReport(GrowthQuery(days=1), 0, ()))], width=None)
    assert "Nothing grew out of the ordinary in the last 1 day." in text


def test_reasons_are_what_came_the_biggest_first() -> None:
    first, *_ = anomaly_samples.report().rows
    assert reason_texts(first) == (
        "new tags +412 MB (1.4)",
        "new images +45.8 MB (latest)",
        "untagged +2.05 kB",
        "size corrections +3 B",
    )
