from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.moment import parse_moment

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-11-24", datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2026-11-25", NOW),
        ("2026-11-25T14:30Z", NOW),
        ("2026-11-25T14:30", NOW),
        ("2026-11-25T15:30+02:00", datetime(2026, 11, 25, 13, 30, tzinfo=UTC)),
        ("2026-11-25 01:02:03.5", datetime(2026, 11, 25, 1, 2, 3, 500_000, tzinfo=UTC)),
        ("0001-01-01", datetime(1, 1, 1, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_date_is_the_end_of_its_day_and_a_moment_itself(text: str, moment: datetime) -> None:
    found = parse_moment(text, now=NOW)
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "25.11.2026", "9999-12-31", "0001-01-01T00:00+23:00"]
)
def test_what_is_no_date_says_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="2026-11-25"):
        parse_moment(text, now=NOW)


@pytest.mark.parametrize("text", ["2026-11-26", "2026-11-25T14:31Z"])
def test_the_future_is_not_known(text: str) -> None:
    with pytest.raises(UsageError, match="not come yet"):
        parse_moment(text, now=NOW)
