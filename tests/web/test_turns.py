from __future__ import annotations

import threading

import pytest

from auditor.domain.errors import UsageError
from auditor.domain.estimates import Estimate, EstimateRequest, ListFile
from tests.web.fake_calculator import FakeCalculator
from web.turns import BusyError, InTurns

FIELDS = EstimateRequest(base="python:3.12")
FILES = EstimateRequest(files=(ListFile("requirements.txt", b""),))
DOCKERFILE = EstimateRequest(dockerfile=ListFile("Dockerfile", b""))


class Slow(FakeCalculator):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.done = threading.Semaphore(0), threading.Event()

    def estimate(self, request: EstimateRequest) -> Estimate:
        self.begun.release()
        assert self.done.wait(timeout=30)
        return super().estimate(request)


def during(*running: EstimateRequest, then: EstimateRequest) -> str:
    """What is said to a request while others run; empty where it is answered."""
    slow = Slow()
    turns = InTurns(slow)
    threads = [threading.Thread(target=turns.estimate, args=[one]) for one in running]
    for thread in threads:
        thread.start()
        assert slow.begun.acquire(timeout=30)
    refused = ""
    last: list[str] = []

    def ask() -> None:
        try:
            turns.estimate(then)
        except BusyError as error:
            last.append(str(error))
        finally:
            slow.begun.release()

    asking = threading.Thread(target=ask)
    asking.start()
    assert slow.begun.acquire(timeout=30)
    refused = last[0] if last else ""
    slow.done.set()
    for thread in (*threads, asking):
        thread.join(timeout=30)
    assert len(slow.asked) == len(running) + (not refused)
    return refused


def test_two_images_are_estimated_at_once_and_no_more() -> None:
    assert during(FIELDS, then=FIELDS) == ""
    assert during(FIELDS, FIELDS, then=FIELDS).startswith("other images are being estimated")


@pytest.mark.parametrize("request_of_files", [FILES, DOCKERFILE])
def test_files_are_read_one_visitor_at_a_time(request_of_files: EstimateRequest) -> None:
    assert during(FILES, then=request_of_files).startswith("files of somebody else")
    assert during(FILES, then=FIELDS) == ""
    assert during(FIELDS, then=request_of_files) == ""


def test_a_turn_ends_with_a_failure_too() -> None:
    calculator = FakeCalculator()
    turns = InTurns(calculator)
    calculator.refusal = UsageError("no")
    for request in (FIELDS, FILES) * 3:
        with pytest.raises(UsageError, match="no"):
            turns.estimate(request)
    assert turns.known_bases() == calculator.known_bases()
