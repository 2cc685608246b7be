"""A failed attempt -> seconds to wait before the next, or None to give up. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({408, 425, 429, 499, 500, 502, 503, 504, 522, 524})
_EARNED_PER_REQUEST = 0.1


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter below a doubling ceiling, within a budget for one request.

    `attempts` counts the first one. `budget_seconds` bounds all waiting together.
    """

    attempts: int = 5
    base_seconds: float = 0.5
    ceiling_seconds: float = 20
    budget_seconds: float = 90

    def wait_seconds(
        self, attempt: int, retry_after_seconds: float | None, spent_seconds: float, jitter: float
    ) -> float | None:
        """Seconds to wait after failed attempt number `attempt` (1 is the first).

        `jitter` is a random number in [0, 1). What the server asked for is a minimum;
        None where attempts or budget do not allow it.
        """
        if attempt >= self.attempts:
            return None
        ceiling = min(self.ceiling_seconds, self.base_seconds * 2.0 ** (attempt - 1))
        wait = (retry_after_seconds or 0.0) + ceiling * jitter
        return wait if spent_seconds + wait <= self.budget_seconds else None


class RetryAllowance:
    """Retries a whole source may still make: some at first, then one per ten requests.

    Without it, a registry that is down would see every request of a crawl five times.
    """

    def __init__(self, start: float = 50) -> None:
        self._left = self._most = start

    def earn(self) -> None:
        """Note a request that was answered."""
        self._left = min(self._most, self._left + _EARNED_PER_REQUEST)

    def spend(self) -> bool:
        """Take one retry; False where none is left."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds asked for by a `Retry-After` header: a number or a date; never negative.

    None where it is absent, not understood, not finite, negative or already past.
    Source: RFC 9110 section 10.2.3; fractions are seen in practice.
    """
    if not value or len(value) > len("Wednesday, 09-Nov-1994 08:49:37 GMT") + 10:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, now)
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _seconds_until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.nan
