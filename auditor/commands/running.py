"""The service's processes, as the command line starts and ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from auditor.commands.interrupts import INTERRUPTS
from auditor.commands.version import program_version
from auditor.scheduler.service import Service, is_embedded, open_service
from auditor.settings import Settings
from auditor.usecases.configure_logs import configure_logs, start_telemetry
from auditor.usecases.holder import holder_words, this_holder


def run_scheduler(settings: Settings, announce: Callable[[str], None]) -> None:
    """Tick until Ctrl-C or SIGTERM; `announce` is told once it does."""
    with _stoppable(settings) as service:
        announce(f"scheduler {holder_words(this_holder())} ticks (Ctrl-C stops)")
        service.run_scheduler()


def run_worker(settings: Settings, concurrency: int, announce: Callable[[str], None]) -> None:
    """Carry out runs until Ctrl-C or SIGTERM, and leave those at work to others then."""
    with _stoppable(settings) as service:
        announce(f"worker {holder_words(this_holder())} waits for runs (Ctrl-C stops)")
        service.run_worker(concurrency)


@contextmanager
def beside(settings: Settings, *, is_wanted: bool) -> Iterator[None]:
    """Do what is due beside the block, where that is wanted and usual; SIGTERM ends both.

    In the server shape it is not usual: the scheduler and the workers do it.
    """
    INTERRUPTS.install_for_service()
    if not is_wanted or not is_embedded(settings):
        yield
        return
    service = open_service(settings)
    try:
        with service.in_background():
            yield
    finally:
        service.dispose()


@contextmanager
def _stoppable(settings: Settings) -> Iterator[Service]:
    configure_logs(settings, is_service=True)
    start_telemetry(settings, release=program_version())
    service = open_service(settings)
    INTERRUPTS.install_for_service()
    try:
        with INTERRUPTS.calling() as on_interrupt:
            on_interrupt(service.stop_from_signal)
            yield service
    finally:
        service.dispose()
