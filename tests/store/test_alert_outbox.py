from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from auditor.domain.alerts import AlertEvent, ChannelState, MessageStatus, Notice, NoticeKind
from auditor.domain.errors import StoreError
from auditor.store import alert_outbox as outbox
from auditor.store.alert_events import save_events
from auditor.store.engine import Database
from tests.store.alerting import event, message
from tests.store.things import day


@pytest.fixture
def known(database: Database) -> AlertEvent:
    with database.writing() as connection:
        return save_events(connection, [event()])[0]


def put(database: Database, known: AlertEvent, key: str = "m1", number: int = 0) -> None:
    with database.writing() as connection:
        notice = Notice(known, "ops", NoticeKind.FIRING, number)
        outbox.put_message(connection, message(key), [notice], ["a@x.example", "b@x.example"])


def due(database: Database, at: float = 0) -> list[tuple[int, str, int, bool]]:
    with database.reading() as connection:
        return [
            (one.message_id, one.recipient, one.attempts, one.was_interrupted)
            for one in outbox.list_due(connection, day(at))
        ]


def test_a_message_waits_for_each_recipient_as_it_was_written(
    database: Database, known: AlertEvent
) -> None:
    put(database, known)
    with database.reading() as connection:
        first, second = outbox.list_due(connection, day(0))
    assert (first.message, first.recipient) == (message(), "a@x.example")
    assert (second.message, second.recipient) == (message(), "b@x.example")


def test_a_notice_is_given_once(database: Database, known: AlertEvent) -> None:
    put(database, known)
    with pytest.raises((StoreError, IntegrityError)):
        put(database, known, "m2")
    put(database, known, "m2", number=1)
    assert len(due(database)) == 4


def test_who_claims_first_has_it_until_the_claim_ends(
    database: Database, known: AlertEvent
) -> None:
    put(database, known)
    with database.writing() as connection:
        assert outbox.claim(connection, 1, day(0), day(1))
        assert not outbox.claim(connection, 1, day(0), day(1))
    assert [row[0] for row in due(database)] == [2]
    assert due(database, 1) == [(1, "a@x.example", 1, True), (2, "b@x.example", 0, False)]


def test_what_is_put_off_comes_back_and_what_ended_does_not(
    database: Database, known: AlertEvent
) -> None:
    put(database, known)
    with database.writing() as connection:
        for number in (1, 2):
            outbox.claim(connection, number, day(0), day(1))
        outbox.put_off(connection, 1, day(3), "answered 503")
        outbox.end(connection, 2, MessageStatus.SENT, "200", day(0))
    assert due(database, 2) == []
    assert due(database, 3) == [(1, "a@x.example", 1, False)]


def test_a_channel_says_how_its_messages_fared_and_what_the_last_trouble_was(
    database: Database, known: AlertEvent
) -> None:
    put(database, known)
    put(database, known, "m2", 1)
    with database.reading() as connection:
        states = outbox.load_channel_states(connection)
    assert states == (ChannelState("ops", {"waiting": 4}),)
    with database.writing() as connection:
        outbox.end(connection, 1, MessageStatus.SENT, "200", day(1))
        outbox.end(connection, 2, MessageStatus.REFUSED, "answered 404", day(2))
        outbox.put_off(connection, 3, day(3), "answered 503")
        states = outbox.load_channel_states(connection)
        assert states == (
            ChannelState("ops", {"refused": 1, "sent": 1, "waiting": 2}, "answered 503", day(3)),
        )
        outbox.forget_messages(connection, day(2))
        (state,) = outbox.load_channel_states(connection)
    assert state.counts == {"refused": 1, "waiting": 2}


@pytest.mark.real
def test_of_many_that_try_one_gets_a_message(database: Database, known: AlertEvent) -> None:
    put(database, known)
    got: list[bool] = []

    def take() -> None:
        with database.writing() as connection:
            got.append(outbox.claim(connection, 1, day(0), day(1)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == [False] * 7 + [True]
