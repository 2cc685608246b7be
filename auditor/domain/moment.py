"""A date as people write it, and the moment it means."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from auditor.domain.errors import UsageError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NEXT_STEP = "write a date as 2026-11-25, or a moment as 2026-11-25T14:30Z"


def parse_moment(text: str, *, now: datetime) -> datetime:
    """The moment that `text` means, in UTC; raises UsageError for what is none or in the future.

    A date alone is the end of that day, or now if it is today. A moment without a zone
    is in UTC.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if _DATE.fullmatch(text):
            is_today = moment <= now < moment + timedelta(days=1)
            moment = now if is_today else moment + timedelta(days=1, microseconds=-1)
    except (ValueError, OverflowError):
        raise UsageError(f"not a date: {text[:80]!r}", next_step=_NEXT_STEP) from None
    if moment > now:
        raise UsageError(f"{text} has not come yet", next_step=_NEXT_STEP)
    return moment
