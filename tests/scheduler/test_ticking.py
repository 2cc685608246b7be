from __future__ import annotations

import threading

import pytest

from auditor.domain.errors import StoreError
from auditor.scheduler.ticking import start_ticking


@pytest.mark.parametrize("error", [StoreError("no database"), ZeroDivisionError()])
def test_a_tick_that_fails_is_followed_by_others(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    ticks: list[int] = []
    enough = threading.Event()

    def tick() -> None:
        ticks.append(1)
        if len(ticks) == 1:
            raise error
        if len(ticks) == 3:
            enough.set()

    stop = start_ticking(tick, 0.02)
    assert enough.wait(20)
    stop()
    count = len(ticks)
    assert not threading.Event().wait(0.1)
    assert len(ticks) == count
    assert "tick" in caplog.text
