"""The calculator behind the commands: it answers what a test wants."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from auditor.domain.estimates import Estimate, EstimateRequest, Interval, OwnFiles
from tests.fakes.estimates import flask_estimate


class FakeCalculator:
    """Answers one estimate, or raises; notes what was asked."""

    def __init__(self) -> None:
        self.answer: Estimate | BaseException = flask_estimate()
        self.asked: list[EstimateRequest] = []

    def estimate(self, request: EstimateRequest) -> Estimate:
        self.asked.append(request)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class FakeEstimates:
    """The methods of UseCases for estimates."""

    def __init__(self) -> None:
        self.calculator = FakeCalculator()

    def open_calculator(self, settings: SimpleNamespace) -> FakeCalculator:
        return self.calculator

    def measure_folder(self, folder: Path) -> OwnFiles:
        return OwnFiles(str(folder), Interval(5, 4, 6), None, "measured")
