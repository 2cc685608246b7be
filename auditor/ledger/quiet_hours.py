"""Whether a channel is to be left alone now, on the clocks of its zone."""

from __future__ import annotations

from datetime import datetime

from auditor.domain.alerts import QuietHours


def is_quiet(hours: QuietHours | None, now: datetime) -> bool:
    """Whether `now` is in quiet hours: their start is, their end is not.

    By the local clock, so that they follow its changes in spring and autumn. Equal start and
    end mean never.
    """
    if hours is None or hours.start == hours.end:
        return False
    clock = now.astimezone(hours.zone).time()
    if hours.start < hours.end:
        return hours.start <= clock < hours.end
    return clock >= hours.start or clock < hours.end
