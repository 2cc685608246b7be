from __future__ import annotations

from datetime import date

from auditor.domain.change import ChangeKind
from tests.reports import anomaly_samples


def test_reasons_are_the_parts_that_brought_bytes_the_biggest_first() -> None:
    explained, _, unexplained = anomaly_samples.report().rows
    assert [part.kind for part in explained.reasons] == [
        ChangeKind.NEW_TAGS,
        ChangeKind.NEW_IMAGES,
        ChangeKind.UNTAGGED,
        ChangeKind.SIZES,
    ]
    assert unexplained.reasons == ()


def test_the_day_is_the_one_that_ends() -> None:
    assert anomaly_samples.report().rows[0].day == date(2026, 2, 28)
