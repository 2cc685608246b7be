"""Estimates, so many at a time: each may wait for package indexes, and threads are few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock

from auditor.domain.errors import AuditorError
from auditor.domain.estimates import Estimate, EstimateRequest
from web.browse_like import CalculatorLike

_AT_ONCE = 2


class BusyError(AuditorError):
    """Others are being answered; the same request may be answered in a while."""


@dataclass(frozen=True, slots=True)
class InTurns:
    """A calculator that refuses at once what it has no turn for; files of one visitor at a time."""

    calculator: CalculatorLike
    _turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(_AT_ONCE))
    _of_files: Lock = field(default_factory=Lock)

    def known_bases(self) -> tuple[str, ...]:
        """As the calculator."""
        return self.calculator.known_bases()

    def estimate(self, request: EstimateRequest) -> Estimate:
        """As the calculator; raises BusyError besides."""
        if not request.files and not request.dockerfile:
            with _turn(self._turns, "other images are being estimated"):
                return self.calculator.estimate(request)
        with (
            _turn(self._of_files, "files of somebody else are being read"),
            _turn(self._turns, "other images are being estimated"),
        ):
            return self.calculator.estimate(request)


@contextmanager
def _turn(lock: Lock | BoundedSemaphore, why: str) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        raise BusyError(why, next_step="try again in a minute")
    try:
        yield
    finally:
        lock.release()
