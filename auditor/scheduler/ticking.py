"""APScheduler, which only ticks: it keeps no jobs, and what is due it is not asked.

A tick that comes late, twice or beside another one does no harm (usecases/tick_schedules.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from auditor.domain.errors import AuditorError

_log = logging.getLogger(__name__)


def start_ticking(tick: Callable[[], object], every_seconds: float) -> Callable[[], None]:
    """Call `tick` now and again and again, in a thread; returns what ends that.

    One that fails is tried again the next time.
    """

    def safely() -> None:
        try:
            tick()
        except AuditorError as error:
            _log.warning("tick failed error=%s", error)
        except Exception:  # noqa: BLE001 - the outermost frame of a thread
            _log.exception("tick broke")

    safely()
    clock = BackgroundScheduler(timezone="UTC")
    clock.add_job(
        safely,
        "interval",
        seconds=every_seconds,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    clock.start()
    return lambda: clock.shutdown(wait=True)
