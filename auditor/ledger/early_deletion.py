"""What is charged for bytes that went before their minimum storage duration was over.

Pure. A vendor with a minimum charges deleted bytes for the rest of it at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from auditor.domain.ledger import Period, Stay

_MICROSECOND = timedelta(microseconds=1)


def early_deleted(stays: Iterable[Stay], minimum_days: int, period: Period) -> int:
    """Byte-microseconds that are charged for the blob of these stays, gone in the period.

    `stays` are in the order of `since`. The blob is gone when no stay is left, and it came
    when the first of the stays did that follow each other without a gap.
    """
    minimum = timedelta(days=minimum_days)
    missing = (
        max(timedelta(0), minimum - (stay.until - stay.since)) // _MICROSECOND * stay.size_bytes
        for stay in _joined(stays)
        if stay.until is not None and period.start <= stay.until < period.end
    )
    return sum(missing)


def _joined(stays: Iterable[Stay]) -> Iterator[Stay]:
    current: Stay | None = None
    for stay in stays:
        if current is None:
            current = stay
        elif current.until is None or stay.since <= current.until:
            current = replace(current, until=_later(current.until, stay.until))
        else:
            yield current
            current = stay
    if current is not None:
        yield current


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
