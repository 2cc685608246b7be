"""Rows 74 to 79: whatever ends or races, nobody gets a digest twice and none is lost in silence."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from threading import Thread

import pytest

from auditor.delivery.by_email import Delivery, MailServer, send_mail
from auditor.domain.errors import UsageError
from auditor.domain.outbox import MailKey, MailState, OutboxMail
from auditor.store import outbox
from auditor.store.engine import Database
from auditor.usecases import send_outbox as module
from auditor.usecases.send_outbox import SendReport, Wanted, send_outbox
from tests.servers.mail import (
    CUT_AFTER,
    CUT_BEFORE,
    Mailbox,
    RunningMailServer,
    start_mail_server,
)
from tests.usecases import outbox_driver
from tests.usecases.bench import Bench
from tests.usecases.outbox_driver import NOW, compose, wanted

DRIVER = Path(outbox_driver.__file__)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(either_bench: Bench) -> Database:
    return either_bench.database


@pytest.fixture
def post() -> Iterator[RunningMailServer]:
    with start_mail_server() as server:
        yield server


def at(port: int, timeout_seconds: float = 10) -> MailServer:
    return MailServer("127.0.0.1", port, "none", timeout_seconds=timeout_seconds)


def send(
    database: Database, port: int, count: int = 3, now: datetime = NOW, timeout: float = 10
) -> SendReport:
    return send_outbox(database, at(port, timeout), wanted(count), compose, send_mail, now)


def states(database: Database) -> dict[str, MailState]:
    with database.reading() as connection:
        return {mail.key.recipient: mail.state for mail in outbox.list_mails(connection)}


def url_of(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_each_recipient_gets_one_however_often_it_is_sent(
    database: Database, post: RunningMailServer
) -> None:
    first = send(database, post.port)
    assert [mail.state for mail in first.mails] == [MailState.SENT] * 3
    assert first.failed == ()
    for hours in (0, 1, 48):
        assert send(database, post.port, now=NOW + hours * HOUR).mails == ()
    assert Counter(post.recipients) == {f"p{number}@example.com": 1 for number in range(3)}


def test_one_slow_and_one_refused_recipient_keep_no_other_back(database: Database) -> None:
    def answer(address: str) -> str:
        return "451 try later" if address.startswith("p2") else "250 taken"

    class Slow(Mailbox):
        async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # type: ignore[no-untyped-def]  # noqa: ANN001, N802
            if address.startswith("p0"):
                await asyncio.sleep(1.2)
            return await super().handle_RCPT(server, session, envelope, address, options)

    box = Slow({"p1@example.com": "550 no such user"}, answer)
    with start_mail_server(box) as server:
        report = send(database, server.port, 5, timeout=1)
        assert states(database) == {
            "p0@example.com": MailState.WAITING,
            "p1@example.com": MailState.REFUSED,
            "p2@example.com": MailState.WAITING,
            "p3@example.com": MailState.SENT,
            "p4@example.com": MailState.SENT,
        }
        assert len(report.failed) == 3
        assert report.next_attempt_at is not None
        assert timedelta(minutes=5) <= report.next_attempt_at - NOW < timedelta(minutes=6)
    with start_mail_server() as server:
        assert send(database, server.port, 5, now=NOW + timedelta(minutes=4)).mails == ()
        send(database, server.port, 5, now=NOW + timedelta(minutes=10))
        assert sorted(server.recipients) == ["p0@example.com", "p2@example.com"]


@pytest.mark.parametrize("cut", [CUT_BEFORE, CUT_AFTER])
def test_a_lost_answer_is_unknown_and_never_sent_again_by_itself(
    database: Database, cut: str
) -> None:
    with start_mail_server(Mailbox(on_text=lambda _: cut)) as server:
        report = send(database, server.port, 1)
        assert [mail.state for mail in report.failed] == [MailState.UNKNOWN]
        taken = list(server.recipients)
    with start_mail_server() as server:
        for hours in (1, 23, 25, 24 * 7):
            assert send(database, server.port, 1, now=NOW + hours * HOUR).mails == ()
        assert server.recipients == []
    assert taken == (["p0@example.com"] if cut == CUT_AFTER else [])


def test_a_server_that_is_down_for_a_day_is_given_up_and_said_so(database: Database) -> None:
    with start_mail_server() as server:
        port = server.port
    tried = []
    for hours in range(24):
        report = send(database, port, 1, now=NOW + hours * HOUR)
        tried.append(len(report.mails))
    assert 5 <= sum(tried) <= 9
    last = send(database, port, 1, now=NOW + 24 * HOUR)
    assert (last.given_up, last.next_attempt_at) == (1, None)
    assert states(database) == {"p0@example.com": MailState.REFUSED}
    with database.reading() as connection:
        assert "within 24 hours" in outbox.list_mails(connection)[0].detail


def test_a_mail_that_cannot_be_written_keeps_no_other_back(
    database: Database, post: RunningMailServer
) -> None:
    def fails(mail: OutboxMail) -> EmailMessage | str:
        if mail.key.recipient.startswith("p0"):
            raise UsageError("no repository belongs to team Pay\nments")
        if mail.key.recipient.startswith("p1"):
            raise ZeroDivisionError
        return "nothing notable" if mail.key.recipient.startswith("p2") else compose(mail)

    report = send_outbox(database, at(post.port), wanted(4), fails, send_mail, NOW)
    assert [(mail.state, mail.detail) for mail in report.mails] == [
        (MailState.WAITING, r"no repository belongs to team Pay\x0aments"),
        (MailState.WAITING, "it could not be written: ZeroDivisionError"),
        (MailState.SKIPPED, "nothing notable"),
        (MailState.SENT, "250 taken"),
    ]
    assert post.recipients == ["p3@example.com"]


def test_who_left_gets_none_even_while_it_is_being_written(
    database: Database, post: RunningMailServer
) -> None:
    with database.writing() as connection:
        outbox.unsubscribe(connection, "p0@example.com", "", NOW)

    def leaves(mail: OutboxMail) -> EmailMessage:
        with database.writing() as connection:
            outbox.unsubscribe(connection, "p1@example.com", "", NOW)
        return compose(mail)

    send_outbox(database, at(post.port), wanted(3), leaves, send_mail, NOW)
    assert post.recipients == ["p2@example.com"]
    assert states(database)["p0@example.com"] is MailState.SKIPPED
    assert states(database)["p1@example.com"] is MailState.SKIPPED


def test_those_who_are_no_recipients_any_more_are_skipped(
    database: Database, post: RunningMailServer
) -> None:
    with database.writing() as connection:
        for one in wanted(2):
            outbox.put_in(connection, one.key, one.message_id, NOW)
    only = send_outbox(
        database, at(post.port), wanted(1), compose, send_mail, NOW, is_everybody=False
    )
    assert len(only.mails) == 1
    assert states(database)["p1@example.com"] is MailState.WAITING
    send(database, post.port, 1)
    assert states(database)["p1@example.com"] is MailState.SKIPPED


def test_another_attempt_may_be_all_that_is_wanted(
    database: Database, post: RunningMailServer
) -> None:
    report = send_outbox(database, at(post.port), wanted(2), compose, send_mail, NOW, puts_in=False)
    assert (report.mails, states(database)) == ((), {})


def test_a_run_ends_though_every_mail_takes_its_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hours(module.Ticking):
        calls = 0

        def __call__(self) -> datetime:
            Hours.calls += 1
            return NOW + Hours.calls * timedelta(minutes=2)

    monkeypatch.setattr(module, "Ticking", Hours)
    done = Delivery("sent", "250")
    report = send_outbox(database, at(1), wanted(30), compose, lambda *_: done, NOW)
    assert 0 < len(report.mails) < 30
    assert report.next_attempt_at == NOW


def test_of_two_that_race_each_mail_is_one_s(database: Database, post: RunningMailServer) -> None:
    command = [sys.executable, "-c", _RACE, url_of(database), str(post.port)]
    racers = [subprocess.Popen(command, cwd=DRIVER.parents[2]) for _ in range(2)]
    assert [racer.wait(60) for racer in racers] == [0, 0]
    assert Counter(post.recipients) == {f"p{number}@example.com": 1 for number in range(40)}
    assert set(states(database).values()) == {MailState.SENT}


_RACE = """
import sys
from tests.usecases.outbox_driver import send
send(sys.argv[1], int(sys.argv[2]), 40)
"""


def test_threads_race_as_processes_do(database: Database, post: RunningMailServer) -> None:
    racers = [Thread(target=send, args=(database, post.port, 20)) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert Counter(post.recipients) == {f"p{number}@example.com": 1 for number in range(20)}


def test_of_kills_at_any_point_nothing_comes_twice_and_nothing_is_lost(
    database: Database, post: RunningMailServer
) -> None:
    count, kills = 120, 100
    command = [
        sys.executable,
        str(DRIVER),
        url_of(database),
        str(post.port),
        str(count),
        str(kills),
    ]
    done = subprocess.run(
        [*command, "7"],
        cwd=DRIVER.parents[2],
        env={"PYTHONPATH": str(DRIVER.parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert int(done.stdout) >= 60, "too few were killed while they were at it"
    taken, found = Counter(post.recipients), states(database)
    assert max(taken.values()) == 1
    assert set(found.values()) <= {MailState.SENT, MailState.UNKNOWN}
    assert len(found) == count
    sent = {address for address, state in found.items() if state is MailState.SENT}
    assert sent <= taken.keys(), "lost"
    assert taken.keys() - sent <= {
        address for address, state in found.items() if state is MailState.UNKNOWN
    }
    with database.reading() as connection:
        first = outbox.list_mails(connection, limit=1)[0]
    assert first.state is MailState.UNKNOWN


def test_the_clock_goes_on_from_where_it_was_set() -> None:
    clock = module.Ticking(datetime(2026, 1, 1, tzinfo=UTC))
    first = clock()
    time.sleep(0.002)
    assert timedelta() < clock() - first < timedelta(seconds=5)


def test_a_key_is_sent_where_it_is_wanted(database: Database, post: RunningMailServer) -> None:
    one = wanted(1)[0]
    shouted = replace(one, address="P0@example.com")
    two = Wanted(MailKey(one.key.recipient, "Pay", one.key.week), one.address, "<b@x>")
    send_outbox(database, at(post.port), [shouted, two], compose, send_mail, NOW)
    assert post.recipients == ["P0@example.com", "p0@example.com"]
