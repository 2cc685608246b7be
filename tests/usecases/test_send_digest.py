"""From settings to mails that arrive: who gets which digest, once a week, against aiosmtpd."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from auditor.domain.errors import SettingsError, UsageError
from auditor.domain.outbox import MailState
from auditor.settings import Settings, load_settings
from auditor.usecases.send_digest import (
    mail_server,
    plan_digests,
    preview_digest,
    read_outbox,
    send_digest_again,
    send_digests,
)
from auditor.usecases.unsubscribing import Leaving, Unsubscribing
from tests.fakes.contents import Contents, layer
from tests.servers.mail import CUT_AFTER, Mailbox, RunningMailServer, start_mail_server
from tests.usecases.bench import Bench, day

PEOPLE = {
    "owners.rules.payments.repositories": "pay/*",
    "owners.rules.payments.team": "Payments",
    "digest.recipients.ann.address": "Ann@example.com",
    "digest.recipients.bob.address": "bob@example.com",
    "digest.recipients.bob.teams": "Payments,unowned",
    "digest.recipients.bob.zone": "America/Los_Angeles",
    "digest.recipients.again.address": "ann@EXAMPLE.com",
    "mail.sender": "Auditor <auditor@example.com>",
    "mail.security": "none",
    "mail.host": "127.0.0.1",
    "web.url": "https://auditor.example.com",
    "web.secret_key": "kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3eUoXiRtYq",
}
NOW = day(8)  # a Tuesday


@pytest.fixture
def crawled(either_bench: Bench) -> Bench:
    contents = Contents()
    for name in ("pay/app", "web/shop"):
        contents.tag(name, "1", contents.image(name, layer(10**9, "base"), layer(10**8, name)))
    either_bench.crawl(contents, at=day(0))
    contents.tag("pay/app", "2", contents.image("pay 2", layer(3 * 10**9, "more")))
    either_bench.crawl(contents, at=day(7))
    return either_bench


@pytest.fixture
def post() -> Iterator[RunningMailServer]:
    with start_mail_server() as server:
        yield server


def settings(port: int = 1, **overrides: str) -> Settings:
    given = {**PEOPLE, "mail.port": str(port), **overrides}
    return load_settings(config_file=None, environment={}, overrides=given).settings


def test_everybody_gets_each_digest_once_a_week(crawled: Bench, post: RunningMailServer) -> None:
    wanted = settings(post.port)
    first = send_digests(crawled.database, wanted, NOW)
    assert {mail.state for mail in first.mails} == {MailState.SENT}
    subjects = sorted((address, message["Subject"]) for address, message in post.mailbox.taken)
    assert subjects == [
        ("Ann@example.com", "Registries: 4.20 GB (+250.0 %)"),
        ("bob@example.com", "Payments: 3.60 GB (+500.0 %)"),
        ("bob@example.com", "unowned: 600 MB (+0.0 %), nothing notable"),
    ]
    for days in (0, 1, 4):
        assert send_digests(crawled.database, wanted, NOW + timedelta(days=days)).mails == ()
    monday = NOW + timedelta(days=6)  # 06:00 UTC: still Sunday in Los Angeles
    assert [
        mail.key.recipient for mail in send_digests(crawled.database, wanted, monday).mails
    ] == ["ann@example.com"]
    assert len(send_digests(crawled.database, wanted, monday + timedelta(hours=3)).mails) == 2


def test_a_mail_is_one_of_a_list_that_one_can_leave(
    crawled: Bench, post: RunningMailServer
) -> None:
    wanted = settings(post.port, **{"mail.reply_to": "help@example.com"})
    send_digests(crawled.database, wanted, NOW, only="bob")
    message = post.mailbox.taken[0][1]
    assert message["From"] == "Auditor <auditor@example.com>"
    assert message["To"] == "bob@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Registry digest <digest.example.com>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link, _, mail = message["List-Unsubscribe"].partition(", ")
    assert mail == "<mailto:help@example.com?subject=unsubscribe>"
    token = parse_qs(urlsplit(link.strip("<>")).query)["token"][0]
    key = wanted.web.secret_key.get_secret_value()
    leaving = Unsubscribing(crawled.database, lambda: key).read(token)
    assert leaving == Leaving("bob@example.com", "Payments")
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"),
    ]
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "pay/app" in text.get_content()
    assert link.strip("<>") in text.get_content()
    assert "pay/app" in html.get_content()


def test_the_message_id_is_the_same_when_it_is_sent_again(crawled: Bench) -> None:
    wanted = {"digest.recipients.ann.teams": "Payments"}
    with start_mail_server(Mailbox(on_text=lambda _: CUT_AFTER)) as server:
        report = send_digests(crawled.database, settings(server.port), NOW, only="ann")
        assert [mail.state for mail in report.failed] == [MailState.UNKNOWN]
        first = server.mailbox.taken[0][1]["Message-ID"]
    with start_mail_server() as server:
        later = NOW + timedelta(days=2)
        again = settings(server.port)
        assert send_digests(crawled.database, again, later, only="ann").mails == ()
        send_digest_again(crawled.database, "Ann@example.com", "", "2026-W11", later)
        send_digests(crawled.database, again, later, only="ann", opens=False)
        assert [one["Message-ID"] for _, one in server.mailbox.taken] == [first]
        with pytest.raises(UsageError, match="digest outbox"):
            send_digest_again(crawled.database, "Ann@example.com", "", "2026-W11", later)
        send_digests(crawled.database, settings(server.port, **wanted), later, only="ann")
        assert server.mailbox.taken[-1][1]["Message-ID"] != first


def test_what_is_not_notable_is_one_line_or_nothing(
    crawled: Bench, post: RunningMailServer
) -> None:
    quiet = settings(post.port, **{"digest.quiet": "true"})
    report = send_digests(crawled.database, quiet, NOW, only="bob")
    assert [(mail.state, mail.detail) for mail in report.mails if not mail.next_attempt_at][1:] == [
        (MailState.SKIPPED, "nothing notable")
    ]
    loud = preview_digest(crawled.database, quiet, "unowned", "", NOW)
    assert "Nothing notable this week: 600 MB" in loud.text
    assert len(loud.text.splitlines()) < 12
    assert loud.spark == b""


def test_a_dry_run_writes_nothing_and_says_all(crawled: Bench, post: RunningMailServer) -> None:
    wanted = settings(post.port)
    plan = plan_digests(crawled.database, wanted, NOW)
    assert [(one.recipient, one.audience, one.state) for one in plan] == [
        ("Ann@example.com", "", None),
        ("bob@example.com", "Payments", None),
        ("bob@example.com", "unowned", None),
    ]
    assert read_outbox(crawled.database).counts == {}
    Unsubscribing(crawled.database, lambda: "k").leave(
        Unsubscribing(crawled.database, lambda: "k").token(Leaving("bob@example.com", "unowned"))
    )
    send_digests(crawled.database, wanted, NOW)
    states = [one.state for one in plan_digests(crawled.database, wanted, NOW)]
    assert states == [MailState.SENT, MailState.SENT, MailState.SKIPPED]
    assert post.recipients == ["Ann@example.com", "bob@example.com"]


def test_who_would_be_skipped_is_known_before(crawled: Bench) -> None:
    gone = Unsubscribing(crawled.database, lambda: "k")
    gone.leave(gone.token(Leaving("ann@example.com", "")))
    [plan] = plan_digests(crawled.database, settings(), NOW, only="ann@EXAMPLE.com")
    assert plan.state is MailState.SKIPPED
    assert [one.recipient for one in read_outbox(crawled.database).unsubscribed] == [
        "ann@example.com"
    ]


def test_without_the_dashboards_address_there_are_no_links(
    crawled: Bench, post: RunningMailServer
) -> None:
    send_digests(crawled.database, settings(post.port, **{"web.url": ""}), NOW, only="ann")
    message = post.mailbox.taken[0][1]
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None
    body = message.get_body(("html",))
    assert body is not None
    assert "href" not in body.get_content()


def test_nobody_to_send_to_needs_no_server(either_bench: Bench) -> None:
    nobody = load_settings(config_file=None, environment={}, overrides={}).settings
    assert send_digests(either_bench.database, nobody, NOW).mails == ()


def test_what_is_missing_is_named(either_bench: Bench) -> None:
    for key in ("mail.host", "mail.sender"):
        with pytest.raises(SettingsError, match=key):
            send_digests(either_bench.database, settings(1, **{key: ""}), NOW)
    with pytest.raises(UsageError, match="no recipient"):
        send_digests(either_bench.database, settings(), NOW, only="eve@example.com")


def test_a_server_is_as_it_is_configured() -> None:
    given = {"mail.security": "tls", "mail.username": "me", "mail.password": "s3cret"}
    overrides = {**PEOPLE, **given, "mail.timeout_seconds": "7"}
    server = mail_server(
        load_settings(config_file=None, environment={}, overrides=overrides).settings
    )
    assert (server.port, server.security, server.username) == (465, "tls", "me")
    assert (server.password, server.timeout_seconds) == ("s3cret", 7)
