from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import NOW
from web.remembered import Remembered, state_of


def test_an_answer_is_made_once_until_others_push_it_out() -> None:
    made: list[int] = []

    def answer(number: int) -> int:
        made.append(number)
        return number * 10

    remembered: Remembered[int] = Remembered()
    for number in (1, 1, *range(2, 17), 1, 17, 1):
        assert remembered.get(number, lambda number=number: answer(number)) == number * 10  # type: ignore[misc]
    assert made == list(range(1, 18)), "the first was used last, so the second went"
    remembered.get(2, lambda: answer(2))
    assert made[-1] == 2


def test_a_state_lasts_for_an_hour_or_for_ever_once_a_period_is_over() -> None:
    browse = FakeBrowse()
    later = NOW + timedelta(minutes=59)
    assert state_of(browse, NOW) == state_of(browse, later)
    assert state_of(browse, NOW) != state_of(browse, NOW + timedelta(hours=1))
    over = NOW - timedelta(days=1)
    assert state_of(browse, NOW, over) == state_of(browse, NOW + timedelta(hours=9), over)
    before = state_of(browse, NOW)
    browse.crawls = (replace(browse.crawls[0], finished_at=later), *browse.crawls[1:])
    assert state_of(browse, NOW) != before
