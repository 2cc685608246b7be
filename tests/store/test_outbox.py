"""What keeps a mail from being sent twice, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from auditor.domain.outbox import MailKey, MailState, OutboxMail
from auditor.store import outbox
from auditor.store.engine import Database

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = MailKey("ann@example.com", "Payments", "2026-W48")


def put(database: Database, key: MailKey = ANN, now: datetime = NOW) -> OutboxMail:
    with database.writing() as connection:
        outbox.put_in(connection, key, f"<{key.audience}@x>", now)
    return load(database, key)


def load(database: Database, key: MailKey = ANN) -> OutboxMail:
    with database.reading() as connection:
        mail = outbox.load_mail(connection, key)
    assert mail is not None
    return mail


def claim(database: Database, name: str = "one", now: datetime = NOW) -> bool:
    mail = load(database)
    with database.writing() as connection:
        return outbox.claim(connection, mail.mail_id, name, now)


def settle(database: Database, state: MailState, name: str = "one", now: datetime = NOW) -> bool:
    mail = load(database)
    with database.writing() as connection:
        return outbox.settle(connection, mail.mail_id, name, state, "said", now, None)


def test_a_mail_is_put_in_once_for_its_week(database: Database) -> None:
    first = put(database)
    assert put(database, now=NOW + HOUR) == first
    put(database, MailKey(ANN.recipient, ANN.audience, "2026-W49"))
    put(database, MailKey(ANN.recipient, "", ANN.week))
    with database.reading() as connection:
        assert len(outbox.list_mails(connection)) == 3
        assert outbox.load_mail(connection, MailKey("eve@x", "", "2026-W48")) is None


def test_a_mail_is_claimed_by_one_of_many(database: Database) -> None:
    put(database)
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda name: claim(database, str(name)), range(8)))
    assert sum(won) == 1
    assert load(database).attempts == 1


def test_a_mail_that_waits_for_its_time_is_not_claimed(database: Database) -> None:
    put(database, now=NOW + HOUR)
    assert not claim(database, now=NOW)
    assert claim(database, now=NOW + HOUR)


def test_only_the_claim_may_say_how_it_ended(database: Database) -> None:
    put(database)
    claim(database)
    assert not settle(database, MailState.SENT, "another")
    assert settle(database, MailState.SENT)
    assert not settle(database, MailState.WAITING)
    assert (load(database).state, load(database).detail) == (MailState.SENT, "said")
    assert not claim(database, "two", NOW + HOUR)


def test_a_mail_whose_sender_is_gone_is_unknown_and_not_sent_again(database: Database) -> None:
    put(database)
    claim(database)
    with database.writing() as connection:
        assert outbox.find_lost(connection, NOW, NOW) == 0
        assert outbox.find_lost(connection, NOW + HOUR, NOW + HOUR) == 1
    assert load(database).state is MailState.UNKNOWN
    assert not claim(database, "two", NOW + 2 * HOUR)
    with database.reading() as connection:
        assert outbox.load_due(connection, NOW + 2 * HOUR) == ()


def test_one_that_was_only_slow_has_the_last_word(database: Database) -> None:
    put(database)
    claim(database)
    with database.writing() as connection:
        outbox.find_lost(connection, NOW + HOUR, NOW + HOUR)
    assert settle(database, MailState.SENT)
    assert load(database).state is MailState.SENT


def test_a_mail_for_later_is_due_then_and_given_up_after_a_day(database: Database) -> None:
    mail = put(database)
    claim(database)
    with database.writing() as connection:
        later = NOW + HOUR
        outbox.settle(connection, mail.mail_id, "one", MailState.WAITING, "450", NOW, later)
    with database.reading() as connection:
        assert outbox.load_due(connection, NOW) == ()
        assert [one.detail for one in outbox.load_due(connection, later)] == ["450"]
        assert outbox.load_next_attempt(connection) == later
    with database.writing() as connection:
        assert outbox.give_up(connection, NOW + 23 * HOUR) == 0
        assert outbox.give_up(connection, NOW + 24 * HOUR) == 1
        assert outbox.load_next_attempt(connection) is None
    assert load(database).state is MailState.REFUSED
    assert load(database).detail.endswith("450")


def test_what_cannot_be_written_waits(database: Database) -> None:
    mail = put(database)
    with database.writing() as connection:
        outbox.postpone(connection, mail.mail_id, "no", NOW, NOW + HOUR)
    assert (load(database).attempts, load(database).next_attempt_at) == (1, NOW + HOUR)


@pytest.mark.parametrize("state", list(MailState))
def test_a_person_may_have_again_what_did_not_arrive(database: Database, state: MailState) -> None:
    put(database)
    if state is not MailState.WAITING:
        claim(database)
        settle(database, state)
    later = NOW + 3 * HOUR
    with database.writing() as connection:
        done = outbox.send_again(connection, *(ANN.recipient, ANN.audience, ANN.week), later)
    assert done == (state in (MailState.UNKNOWN, MailState.REFUSED, MailState.SKIPPED))
    if done:
        assert claim(database, "two", later)
        assert not settle(database, MailState.SENT, "one")


def test_unknown_ones_are_listed_first(database: Database) -> None:
    for number, state in enumerate(reversed(MailState)):
        mail = put(database, MailKey(f"{number}@example.com", "", "2026-W48"))
        with database.writing() as connection:
            outbox.claim(connection, mail.mail_id, "x", NOW)
            outbox.settle(connection, mail.mail_id, "x", state, "", NOW, NOW)
    with database.reading() as connection:
        assert [mail.state for mail in outbox.list_mails(connection)] == list(MailState)
        wanted = [MailState.UNKNOWN, MailState.SENT]
        assert len(outbox.list_mails(connection, wanted)) == 2
        assert len(outbox.list_mails(connection, limit=1)) == 1
        assert outbox.count_mails(connection) == dict.fromkeys(MailState, 1)


def test_who_wants_none_is_remembered_until_they_want_some(database: Database) -> None:
    mail = put(database)
    with database.writing() as connection:
        for audience in ("Payments", "Payments", ""):
            outbox.unsubscribe(connection, ANN.recipient, audience, NOW)
        assert outbox.is_unsubscribed(connection, ANN.recipient, "Payments")
        assert not outbox.is_unsubscribed(connection, "eve@example.com", "Payments")
        outbox.skip(connection, mail.mail_id, "unsubscribed", NOW)
        assert [one.audience for one in outbox.list_unsubscribed(connection)] == ["", "Payments"]
        assert outbox.resubscribe(connection, ANN.recipient, "Payments") == 1
        assert outbox.resubscribe(connection, ANN.recipient) == 1
        assert outbox.resubscribe(connection, ANN.recipient) == 0
    assert load(database).state is MailState.SKIPPED
