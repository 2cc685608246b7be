"""A calculator that knows one answer; remembers what it was asked."""

from __future__ import annotations

from auditor.domain.errors import AuditorError
from auditor.domain.estimates import Estimate, EstimateRequest
from tests.fakes.estimates import flask_estimate


class FakeCalculator:
    """Answers with `answer`, or raises `refusal`."""

    def __init__(self) -> None:
        self.asked: list[EstimateRequest] = []
        self.answer: Estimate = flask_estimate()
        self.refusal: AuditorError | None = None

    def known_bases(self) -> tuple[str, ...]:
        return ("alpine:3.22", "node:22-slim", "python:3.12-slim")

    def estimate(self, request: EstimateRequest) -> Estimate:
        self.asked.append(request)
        if self.refusal is not None:
            raise self.refusal
        return self.answer
