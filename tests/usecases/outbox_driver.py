"""Sends made-up mails from the outbox, again and again, and kills the sender in the middle.

    python outbox_driver.py DATABASE_URL SMTP_PORT RECIPIENTS KILLS SEED

Each round forks a sender, which opens the database for itself, and ends it by SIGKILL: after a
random time, or at a failpoint just before or just after a step. Run as a program of its own:
forks of a process with threads are no test of anything.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from auditor.delivery.by_email import Delivery, MailServer, send_mail
from auditor.domain.outbox import MailKey, OutboxMail
from auditor.store import outbox
from auditor.store.engine import open_database
from auditor.usecases import send_outbox as sending

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
WEEK = "2026-W48"
FAILPOINTS = ("before claim", "after claim", "after text", "after settle")


def wanted(count: int) -> list[sending.Wanted]:
    addresses = [f"p{number}@example.com" for number in range(count)]
    return [
        sending.Wanted(MailKey(one, "", WEEK), one, f"<{one}>".replace("@", ".") + "@x")
        for one in addresses
    ]


def compose(mail: OutboxMail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "auditor@example.com"
    message["To"] = mail.key.recipient
    message["Message-ID"] = mail.message_id
    message.set_content("Hello.\n")
    return message


def send(url: str, port: int, count: int, failpoint: str = "", *, now: datetime = NOW) -> None:
    """One run, which kills itself the second time it comes to `failpoint`."""
    left = [1]

    def reached(name: str) -> None:
        if name == failpoint:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def deliver(server: MailServer, message: EmailMessage, recipient: str) -> Delivery:
        reached("after claim")
        delivery = send_mail(server, message, recipient)
        reached("after text")
        return delivery

    claim, settle = outbox.claim, outbox.settle

    def claim_or_die(*arguments: object) -> bool:
        reached("before claim")
        return claim(*arguments)  # type: ignore[arg-type]

    def settle_or_die(*arguments: object) -> bool:
        done = settle(*arguments)  # type: ignore[arg-type]
        reached("after settle")
        return done

    if failpoint:
        outbox.claim, outbox.settle = claim_or_die, settle_or_die  # type: ignore[assignment]
    database = open_database(url)
    server = MailServer("127.0.0.1", port, "none", timeout_seconds=10)
    sending.send_outbox(database, server, wanted(count), compose, deliver, now)
    database.dispose()


def main() -> None:
    """Kill senders, then let one finish, later by a lease."""
    url, port, count, kills, seed = sys.argv[1], *map(int, sys.argv[2:6])
    dice = random.Random(seed)  # noqa: S311 - a test that can be repeated
    killed = 0
    open_database(url).dispose()  # drivers are imported once, not by every fork
    for number in range(kills):
        failpoint = FAILPOINTS[number % len(FAILPOINTS)] if number % 2 else ""
        child = os.fork()
        if child == 0:
            try:
                send(url, port, count, failpoint)
            finally:
                os._exit(0)
        if not failpoint:
            time.sleep(dice.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
    send(url, port, count, now=NOW + timedelta(minutes=10))
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main()
