"""Growth out of the ordinary in every state a report can show, one of them by hostile names."""

from __future__ import annotations

from datetime import UTC, datetime

from auditor.domain.outlook import Anomaly, GrowthQuery, GrowthReport, UnusualGrowth
from tests.reports import change_samples

END = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC)
HOSTILE = "=1+1\x1b[31m"


def report(query: GrowthQuery | None = None) -> GrowthReport:
    """A repository explained, a whole registry, and one whose past is not known."""
    anomaly = Anomaly(END, 268_145_611, -1_200_000, 4_000_000, 2_098_145_611)
    rows = (
        UnusualGrowth(
            "registry.example.com", "team/app", "Payments", anomaly, change_samples.change()
        ),
        UnusualGrowth(
            "registry.example.com", "", "", anomaly, change_samples.change(repository="")
        ),
        UnusualGrowth("registry.example.com", HOSTILE, "", Anomaly(END, 10**9, 0, 0, 10**9)),
    )
    return GrowthReport(query or GrowthQuery(limit=3), 5, rows)
