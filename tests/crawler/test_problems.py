from __future__ import annotations

import asyncio

import pytest

from auditor.crawler.problems import Problems
from auditor.domain.errors import NotFoundError, RegistryUnreachableError
from auditor.domain.observation import Problem


def test_as_many_as_asked_for_are_named_and_the_others_counted() -> None:
    problems = Problems("app", most=2)
    problems.note("1", NotFoundError("gone", code="MANIFEST_UNKNOWN"))
    problems.say("odd")
    assert problems.all() == [
        Problem("app", "1", "gone", "MANIFEST_UNKNOWN"),
        Problem("app", "", "odd"),
    ]
    for _ in range(3):
        problems.say("odd again")
    assert problems.all()[2:] == [Problem("app", "", "3 more problems, which are not named")]


def test_some_of_several_problems_may_still_fit() -> None:
    problems = Problems("", most=2)
    problems.add(*(Problem("app", str(number), "gone") for number in range(5)))
    assert [one.reference for one in problems.all()] == ["0", "1", ""]


def test_one_reading_that_fails_is_passed_by_and_a_silent_registry_is_not() -> None:
    problems = Problems("app", most=9)

    async def fail(error: Exception) -> None:
        raise error

    asyncio.run(problems.guarded("1", fail(NotFoundError("gone"))))
    assert problems.all() == [Problem("app", "1", "gone")]
    with pytest.raises(RegistryUnreachableError):
        asyncio.run(problems.guarded("2", fail(RegistryUnreachableError("silent"))))
