from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from auditor.domain.alerts import (
    AlertKind,
    AlertsQuery,
    AlertState,
    Notice,
    NoticeKind,
    NoticeMark,
)
from auditor.store import alert_events as events
from auditor.store.alert_outbox import put_message
from auditor.store.engine import Database
from tests.store.alerting import alert, event, message, over
from tests.store.things import day


def test_events_come_back_as_they_were_kept(database: Database) -> None:
    whole = alert(
        "k1",
        registry="r.example",
        repository="app",
        team="Payments",
        subject="1.4",
        severity=2,
        weight=7.5,
        unit="percent",
        kind=AlertKind.GROWTH,
        is_news=False,
    )
    with database.writing() as connection:
        kept = events.save_events(connection, [event(), replace(event(), alert=whole)])
        ended = replace(kept[0], state=AlertState.RESOLVED, resolved_at=day(2), episode=3)
        events.save_events(connection, [ended])
    with database.reading() as connection:
        assert events.load_events(connection) == (ended, kept[1])
        assert events.load_events(connection, resolved_after=day(2)) == (kept[1],)
        assert events.load_events(connection, resolved_after=day(1)) == (ended, kept[1])


def test_who_was_told_is_known_per_event(database: Database) -> None:
    with database.writing() as connection:
        kept = events.save_events(connection, [event("a"), event("b")])
        notice = Notice(kept[0], "ops", NoticeKind.REMINDER, 2)
        put_message(connection, message(), [notice], ["ops"])
    with database.reading() as connection:
        (mark,) = events.load_marks(connection, kept)
        assert events.load_marks(connection, kept[1:]) == ()
    assert mark == NoticeMark(kept[0].event_id, "ops", 1, NoticeKind.REMINDER, 2, day(0))


def test_a_page_has_what_goes_on_first_and_then_what_changed_last(database: Database) -> None:
    old, new = over("old", 1), over("new", 5)
    other = replace(event("c", 3), alert=alert("c", rule="growth"))
    with database.writing() as connection:
        events.save_events(connection, [old, event("a", 2), other, new])
    with database.reading() as connection:

        def keys(**wanted: object) -> list[str]:
            query = AlertsQuery(**wanted)  # type: ignore[arg-type]
            return [one.alert.key for one in events.load_page(connection, query)]

        assert keys() == ["c", "a", "new", "old"]
        assert keys(limit=2, offset=1) == ["a", "new"]
        assert keys(state=AlertState.RESOLVED) == ["new", "old"]
        assert keys(rule="growth") == ["c"]
        assert events.count_events(connection, AlertsQuery(limit=1)) == 4
        firing = AlertsQuery(state=AlertState.FIRING, rule="large")
        assert events.count_events(connection, firing) == 1


def test_events_that_are_over_for_long_are_forgotten_with_their_notices(
    database: Database,
) -> None:
    with database.writing() as connection:
        kept = events.save_events(connection, [over("old", 1), over("new", 5), event("a", 0)])
        notices = [Notice(one, "ops", NoticeKind.FIRING) for one in kept]
        put_message(connection, message(), notices, ["ops"])
        events.forget_events(connection, day(5))
        assert len(events.load_marks(connection, kept)) == 2
        assert [one.alert.key for one in events.load_events(connection)] == ["a", "new"]


@pytest.mark.real
def test_two_looks_take_turns(database: Database) -> None:
    order: list[str] = []
    has_turn, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with database.writing() as connection:
            events.take_turn(connection)
            has_turn.set()
            may_end.wait(10)
            order.append("first")

    def second() -> None:
        has_turn.wait(10)
        may_end.set()
        with database.writing() as connection:
            events.take_turn(connection)
            order.append("second")

    threads = [threading.Thread(target=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "second"]
