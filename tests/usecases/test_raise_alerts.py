"""Looks at the rules, with real receivers: told once, storms in one, crashes counted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from auditor.delivery.by_email import MailServer
from auditor.domain.alerts import (
    AlertKind,
    AlertReport,
    AlertRule,
    AlertsQuery,
    Channel,
    ChannelKind,
    QuietHours,
)
from auditor.domain.errors import UnknownReferenceError
from auditor.domain.ledger import Period
from auditor.domain.outlook import BudgetReport
from auditor.ledger.owners import OwnerBook
from auditor.settings import Settings, load_settings
from auditor.store.engine import Database
from auditor.usecases import deliver_alerts
from auditor.usecases.alerts import Alerts, open_alerts
from auditor.usecases.deliver_alerts import CLAIM, MailDesk
from auditor.usecases.owners import Owners
from auditor.usecases.raise_alerts import (
    AlertDesk,
    base_url,
    look_and_tell,
    mail_desk,
    preview_alerts,
    raise_alerts,
    send_test,
)
from tests.delivery.receiving import Receiver, receiver
from tests.fakes.contents import Contents, layer
from tests.fakes.source import FakeSource
from tests.servers.mail import start_mail_server, start_scripted
from tests.usecases.bench import LISTS_ALL, Bench, day, target

MB = 10**6
KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
NOON = day(1).replace(hour=12)
NOBODY = Owners(OwnerBook((), ()))
LARGE = AlertRule("large", AlertKind.IMAGE_SIZE, ("ops",), image_bytes=100 * MB)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@dataclass
class Office:
    """Rules and one channel over a bench, at a time of the test's choosing."""

    bench: Bench
    channel: Channel
    rules: tuple[AlertRule, ...] = (LARGE,)
    mail: MailDesk | None = None
    contents: Contents = field(default_factory=Contents)
    now: datetime = NOON

    def crawl(self, large: int = 1, *, at: datetime | None = None) -> None:
        """Have so many repositories with a large image."""
        for number in range(large):
            only = layer((200 + number) * MB, f"layer {number}")
            image = self.contents.image(f"image {number}", only)
            self.contents.tag(f"team/app{number:03}", "1", image)
        source = FakeSource(self.contents.registry(), LISTS_ALL)
        self.bench.crawl(source, target(), at=at or self.now)

    def look(self, hours: float = 0) -> AlertReport:
        self.now += timedelta(hours=hours)
        return look_and_tell(self.bench.database, self.desk, self.now)

    @property
    def desk(self) -> AlertDesk:
        nothing = BudgetReport(Period.month_of(self.now), ())
        return AlertDesk(
            rules=self.rules,
            channels={self.channel.name: self.channel},
            owners=NOBODY,
            budgets=lambda: nothing,
            base_url="https://auditor.example",
            mail=self.mail,
            clock=lambda: self.now,
        )


def webhook(hook: Receiver, **changes: Any) -> Channel:
    made = Channel("ops", ChannelKind.WEBHOOK, f"{hook.address}/x", SECRET, timeout_seconds=5)
    return replace(made, **changes)


def documents(hook: Receiver) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in hook.got]


def verify(key: bytes, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver does that knows nothing but the standard."""
    signed = b".".join(
        [headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body]
    )
    mine = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(
        hmac.compare_digest(one.partition(",")[2].encode(), mine)
        for one in headers["webhook-signature"].split()
        if one.startswith("v1,")
    )


def test_what_begins_is_told_once_signed_and_what_ends_where_it_is_wanted(
    either_bench: Bench, hook: Receiver
) -> None:
    office = Office(either_bench, webhook(hook, tells_resolved=True))
    office.crawl()
    report = office.look()
    assert (len(report.began), report.firing, report.sent, report.failures) == (1, 1, 1, ())
    for _ in range(3):
        assert (office.look(1).sent, len(hook.got)) == (0, 1)
    got = hook.got[0]
    assert verify(KEY, got.headers, got.body)
    assert not verify(KEY, got.headers, got.body + b" ")
    document = json.loads(got.body)
    assert (document["type"], document["schema_version"]) == ("alert", 1)
    (alert,) = document["data"]["alerts"]
    assert alert["url"].startswith("https://auditor.example/image?registry=registry.example")
    office.contents.remove("team/app000")
    for number in (1, 2):
        office.bench.crawl(
            FakeSource(office.contents.registry(), LISTS_ALL),
            at=office.now + timedelta(minutes=number),
            accept_removals=True,
        )
    report = office.look(1)
    assert (len(report.ended), report.firing, report.sent) == (1, 0, 1)
    assert documents(hook)[1]["data"]["alerts"][0]["state"] == "resolved"
    assert office.look(1).sent == 0


def test_a_storm_is_one_message_with_the_ten_heaviest_and_a_link(
    either_bench: Bench, hook: Receiver
) -> None:
    office = Office(either_bench, webhook(hook))
    office.crawl(60)
    assert (office.look().sent, office.look(1).sent) == (1, 0)
    (document,) = documents(hook)
    data = document["data"]
    assert (data["counts"]["firing"], len(data["alerts"]), data["not_listed"]) == (60, 10, 50)
    assert data["alerts"][0]["repository"] == "team/app059"
    assert data["url"] == "https://auditor.example/alerts"


def test_a_reminder_comes_after_its_time(bench: Bench, hook: Receiver) -> None:
    office = Office(bench, webhook(hook), (replace(LARGE, remind_hours=24),))
    office.crawl()
    assert [office.look(hours).sent for hours in (0, 23, 1, 1, 23)] == [1, 0, 1, 0, 1]
    assert [one["data"]["alerts"][0]["state"] for one in documents(hook)] == [
        *("firing", "reminder", "reminder"),
    ]


def test_quiet_hours_hold_back_and_what_is_critical_passes(bench: Bench, hook: Receiver) -> None:
    night = QuietHours(time(22), time(7), ZoneInfo("UTC"))
    rules = (
        LARGE,
        AlertRule("huge", AlertKind.IMAGE_SIZE, ("ops",), image_bytes=MB, is_critical=True),
        replace(LARGE, name="other"),
    )
    office = Office(bench, webhook(hook, quiet_hours=night), rules, now=NOON.replace(hour=23))
    office.crawl()
    assert office.look().sent == 1
    assert [one["data"]["alerts"][0]["rule"] for one in documents(hook)] == ["huge"]
    assert office.look(7).sent == 0
    assert office.look(1).sent == 1
    assert documents(hook)[1]["data"]["counts"]["firing"] == 2


def test_what_could_not_be_sent_is_tried_again_with_the_same_id(
    either_bench: Bench, hook: Receiver
) -> None:
    hook.status = 503
    office = Office(either_bench, webhook(hook))
    office.crawl()
    report = office.look()
    assert (report.sent, report.later, report.failures) == (0, 1, ("ops: answered 503 ok",))
    assert office.look().later == 0
    hook.status, hook.headers = 429, {"Retry-After": "1800"}
    assert office.look(0.1).later == 1
    hook.status = 200
    assert office.look(0.4).sent == 0
    assert office.look(0.1).sent == 1
    ids = {got.headers["webhook-id"] for got in hook.got}
    assert (len(hook.got), len(ids)) == (3, 1)
    assert len({got.body for got in hook.got}) == 1


def test_what_nobody_takes_is_given_up_and_told(
    bench: Bench, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_alerts, "MOST_ATTEMPTS", 2)
    hook.status = 500
    office = Office(bench, webhook(hook))
    office.crawl()
    office.look()
    assert office.look(2).failures == ("ops: answered 500 ok; given up",)
    assert (office.look(99).failures, len(hook.got)) == ((), 2)
    (state,) = Alerts(bench.database, (), ("ops",)).page(AlertsQuery()).channels
    assert (state.counts, state.trouble) == ({"refused": 1}, "answered 500 ok; given up")


def test_a_webhook_that_was_cut_off_is_sent_again_with_its_id_and_a_mail_is_not(
    either_bench: Bench, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    office = Office(either_bench, webhook(hook))
    office.crawl()
    with monkeypatch.context() as patch:
        patch.setattr(deliver_alerts.Deliverer, "_note", kill)
        with pytest.raises(Killed):
            office.look()
    assert office.look(0.1).sent == 0
    office.now += CLAIM
    assert office.look().sent == 1
    first, second = hook.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body

    office.channel = Channel("ops", ChannelKind.EMAIL, addresses=("a@example.org",))
    office.rules = (replace(LARGE, name="mailed"),)
    office.mail = MailDesk(MailServer("127.0.0.1", 1, "none"), "auditor@example.org")
    with monkeypatch.context() as patch:
        patch.setattr(deliver_alerts, "send_mail", kill)
        with pytest.raises(Killed):
            office.look(1)
    report = office.look(1)
    assert (report.unknown, report.sent) == (1, 0)
    assert "not sent again" in report.failures[0]
    assert office.look(99).failures == ()


def test_two_looks_at_once_tell_once(either_bench: Bench, hook: Receiver) -> None:
    office = Office(either_bench, webhook(hook))
    office.crawl(3)
    reports: list[AlertReport] = []
    threads = [threading.Thread(target=lambda: reports.append(office.look())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(reports) == 4
    assert sum(report.sent for report in reports) == len(hook.got) == 1


def test_a_channel_that_is_gone_keeps_nothing_waiting(bench: Bench, hook: Receiver) -> None:
    hook.status = 503
    office = Office(bench, webhook(hook))
    office.crawl()
    office.look()
    office.channel = webhook(hook, name="other")
    assert office.look(1).failures == ("ops: the channel is in the settings no more",)


def test_without_a_mail_server_a_mail_waits_and_says_why(bench: Bench) -> None:
    channel = Channel("ops", ChannelKind.EMAIL, addresses=("a@example.org", "b@example.org"))
    office = Office(bench, channel)
    office.crawl()
    report = office.look()
    assert report.later == 2
    assert report.failures[0].startswith("ops (a@example.org): there is no mail server")


def settings(database: Database, hook: Receiver, **changes: str) -> Settings:
    written = {
        "AUDITOR_DATABASE_URL": str(database.engine.url),
        "AUDITOR_ALERTS__LARGE__KIND": "image-size",
        "AUDITOR_ALERTS__LARGE__SIZE": "100MB",
        "AUDITOR_ALERTS__LARGE__CHANNELS": "ops",
        "AUDITOR_ALERTS__MONEY__KIND": "budget",
        "AUDITOR_CHANNELS__OPS__KIND": "slack",
        "AUDITOR_CHANNELS__OPS__WEBHOOK_URL": f"{hook.address}/services/secret",
        "AUDITOR_CHANNELS__OPS__QUIET_HOURS": "22:00-07:00",
        **changes,
    }
    return load_settings(config_file=None, environment=written, overrides={}).settings


def test_everything_comes_from_the_settings(bench: Bench, hook: Receiver, tmp_path: Path) -> None:
    del tmp_path
    office = Office(bench, webhook(hook))
    office.crawl()
    wanted = settings(bench.database, hook)
    preview = preview_alerts(bench.database, wanted, NOON)
    assert (preview.is_dry_run, len(preview.began), hook.got) == (True, 1, [])
    report = raise_alerts(bench.database, wanted, NOON)
    assert (len(report.began), report.sent) == (1, 1)
    (got,) = hook.got
    assert got.path == "/services/secret"
    assert json.loads(got.body) == {
        "text": "*auditor: new: team/app000:1 is 200 MB, more than 100 MB*\n"
        "• new: team/app000:1 is 200 MB, more than 100 MB"
    }
    opened = open_alerts(wanted)
    page = opened.page(AlertsQuery())
    opened.database.dispose()
    assert (page.matches, page.firing, page.rules) == (1, 1, ("large", "money"))
    assert page.channels[0].counts == {"sent": 1}


def test_a_channel_is_tried_out_whatever_the_hour(bench: Bench, hook: Receiver) -> None:
    wanted = settings(bench.database, hook)
    ((recipient, result),) = send_test(wanted, "ops", NOON.replace(hour=23))
    assert (recipient, result.status.value) == ("", "sent")
    assert "test" in json.loads(hook.got[0].body)["text"]
    with pytest.raises(UnknownReferenceError) as caught:
        send_test(wanted, "nobody", NOON)
    assert caught.value.candidates == ("ops",)


@pytest.mark.real
def test_mails_arrive_once_at_each_address_and_a_lost_answer_is_unknown(
    either_bench: Bench,
) -> None:
    channel = Channel("ops", ChannelKind.EMAIL, addresses=("a@example.org", "b@example.org"))
    with start_mail_server() as server:
        desk = MailDesk(MailServer("127.0.0.1", server.port, "none"), "Auditor <au@example.org>")
        office = Office(either_bench, channel, mail=desk)
        office.crawl(12)
        assert (office.look().sent, office.look(1).sent) == (2, 0)
        assert sorted(server.recipients) == ["a@example.org", "b@example.org"]
        _, mail = server.mailbox.taken[0]
    assert mail["Subject"] == "auditor: 12 new (large)"
    assert "and 2 more" in mail.get_content()

    def hangs_up_after_the_text(connection: socket.socket) -> None:
        answers = iter((b"250 ok", b"250 ok", b"250 ok", b"354 go on"))
        connection.sendall(b"220 hello\r\n")
        for answer in answers:
            connection.recv(1000)
            connection.sendall(answer + b"\r\n")
        while not connection.recv(100_000).endswith(b"\r\n.\r\n"):
            pass

    with start_scripted(hangs_up_after_the_text) as port:
        one = replace(channel, addresses=("a@example.org",))
        office.channel, office.rules = one, (replace(LARGE, name="again"),)
        office.mail = MailDesk(MailServer("127.0.0.1", port, "none"), "au@example.org")
        report = office.look(1)
    assert (report.unknown, report.sent, report.later) == (1, 0, 0)
    assert office.look(99).failures == ()


def test_the_mail_server_is_that_of_the_settings() -> None:
    mail = SimpleNamespace(
        host="mail.example",
        used_port=587,
        security="starttls",
        username="u",
        password=SecretStr("p"),
        sender="au@example.org",
        timeout_seconds=9,
    )
    found = SimpleNamespace(mail=mail, web=SimpleNamespace(url="https://a.example/"))
    desk = mail_desk(found)  # type: ignore[arg-type]
    assert desk == MailDesk(
        MailServer("mail.example", 587, "starttls", "u", "p", 9), "au@example.org"
    )
    mail.host = ""
    assert mail_desk(found) is None  # type: ignore[arg-type]
    assert base_url(found) == "https://a.example"  # type: ignore[arg-type]
