"""What the commands of the service ask for, answered from memory."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.fake_schedules import FakeSchedules


class FakeService:
    """The schedules, and processes that end at once."""

    def __init__(self) -> None:
        self.schedules = FakeSchedules()
        self.is_scheduled = False

    def open_schedules(self, settings: object) -> FakeSchedules:
        return self.schedules

    def run_scheduler(self, settings: object, announce: Callable[[str], None]) -> None:
        announce("scheduler ticks")

    def run_worker(
        self, settings: object, concurrency: int, announce: Callable[[str], None]
    ) -> None:
        announce(f"worker of {concurrency} waits")
