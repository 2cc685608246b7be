"""The installation of several machines, from a push to the page, the metrics and the mail.

PostgreSQL, a scheduler, two workers, a dashboard of two processes under gunicorn, a
docker-registry that tells of its pushes, and a mail server: nothing is a stand-in.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from signal import SIGTERM

import pytest

from auditor.domain.schedules import Kind, Run, Trigger
from auditor.domain.units import format_bytes
from auditor.store.engine import Database, open_database
from auditor.store.runs import last_runs
from tests.end_to_end.images.pushing import Workshop, skopeo
from tests.end_to_end.processes import Processes, children_of
from tests.end_to_end.program import Auditor, Finished, Serving, wait_until
from tests.end_to_end.pushes import AUTHORIZATION, settings_for, settled, until_hinted
from tests.servers import tools
from tests.servers.docker_registry import start_docker_registry
from tests.servers.mail import start_mail_server
from tests.servers.processes import free_port

pytestmark = pytest.mark.real

READER = "platform@example.org"
STEP = "RUN apt-get update && apt-get install -y curl"
TOLD = ("run ended kind=crawl", "run ended kind=digest", "request answered")
NAMES = ("scheduler-1", "worker-1", "worker-2")


@dataclass(frozen=True, slots=True)
class Installation:
    """What an operator has: the program, its processes, and the dashboard's address."""

    auditor: Auditor
    processes: Processes
    web: Serving
    database: Database

    def read(self, address: str) -> str:
        """What the dashboard answers there; `address` from its root, or as it stands in a mail."""
        whole = address if "://" in address else f"{self.web.address}{address}"
        with urllib.request.urlopen(whole, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def metric(self, name: str) -> int | None:
        """A figure of the only registry; None where there is none yet."""
        found = re.search(rf"^{name}\{{.*\}} (\S+)$", self.read("metrics"), re.MULTILINE)
        return int(float(found[1])) if found else None

    def wait_for(self, kind: Kind, trigger: Trigger, outcome: str) -> None:
        """Wait until the only run of a kind is done, and see that the API tells of it."""
        wait_until(
            lambda: [one.outcome for one in self._runs(kind)] == [outcome],
            lambda: self._runs(kind),
        )
        schedules = json.loads(self.read("api/v1/schedules"))["schedules"]
        ((run,),) = (one["runs"] for one in schedules if one["kind"] == kind)
        assert (run["trigger"], run["state"], run["outcome"]) == (trigger, "done", outcome)

    def _runs(self, kind: Kind) -> tuple[Run, ...]:
        with self.database.reading() as connection:
            return last_runs(connection, kind, 5)

    def end(self) -> list[Finished]:
        """Tell all of them to end, as a service manager does."""
        ended = [self.processes.end(name) for name in list(self.processes.running)]
        return [*ended, self.web.stop(SIGTERM)]


@contextmanager
def installed(auditor: Auditor) -> Iterator[Installation]:
    assert auditor.run("db", "upgrade").code == 0
    with Processes(auditor) as processes:
        processes.start(*NAMES)
        with auditor.serving("serve", "--workers", "2") as web:
            database = open_database(auditor.database_url)
            yield Installation(auditor, processes, web, database)
            database.dispose()


def settings_of(registry: str, web_port: int, mail_port: int) -> dict[str, str]:
    return settings_for(registry) | {
        "AUDITOR_LOGS__LEVEL": "info",
        "AUDITOR_SERVICE__TICK_SECONDS": "0.2",
        "AUDITOR_WEB__PORT": str(web_port),
        "AUDITOR_WEB__URL": f"http://127.0.0.1:{web_port}",
        "AUDITOR_WEB__SECRET_KEY": "the same for all processes, and for nobody else",
        "AUDITOR_MAIL__HOST": "127.0.0.1",
        "AUDITOR_MAIL__PORT": str(mail_port),
        "AUDITOR_MAIL__SECURITY": "none",
        "AUDITOR_MAIL__SENDER": "auditor@example.org",
        "AUDITOR_DIGEST__RECIPIENTS__PLATFORM__ADDRESS": READER,
    }


def push(registry: str, folder: Path) -> int:
    """An image with a step that could be better; returns the bytes that the registry keeps."""
    workshop = Workshop(folder)
    workshop.start()
    workshop.new("app")
    workshop.add_layer("app", STEP, "var/lib/apt/lists/archive", 2_000_000)
    workshop.push("app", registry, "team/app:1")
    name = f"docker://{registry}/team/app:1"
    manifest = skopeo("inspect", "--tls-verify=false", "--raw", name, home=folder)
    parts = json.loads(manifest)
    return len(manifest) + sum(int(one["size"]) for one in (parts["config"], *parts["layers"]))


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def test_a_push_is_seen_on_the_page_in_the_metrics_and_in_the_digest(
    auditor: Auditor, postgres_url: str, tmp_path: Path
) -> None:
    for tool in ("skopeo", "umoci"):
        tools.require(tool, package=tool)
    port = free_port()
    hook = f"http://127.0.0.1:{port}/push/ours", AUTHORIZATION
    with (
        start_mail_server() as mail,
        start_docker_registry(tmp_path / "registry", tells=hook) as registry,
        installed(
            replace(
                auditor,
                database_url=postgres_url,
                settings=settings_of(registry.address, port, mail.port),
            )
        ) as ours,
    ):
        pushed_bytes = push(registry.address, tmp_path / "workshop")
        size = format_bytes(pushed_bytes)

        until_hinted(postgres_url, {"team/app"})
        settled(postgres_url)
        ours.wait_for(Kind.CRAWL, Trigger.HINT, "1 repository and 1 tag read")

        page = ours.read("repositories")
        assert "team/app" in page
        assert f'<data class="figure" value="{pushed_bytes}"' in page
        assert f">{size}</data>" in page
        assert ours.metric("auditor_registry_stored_bytes") == pushed_bytes
        # What would leave is known: the analysis has been there.
        assert ours.metric("auditor_registry_saving_bytes") is not None

        assert ours.auditor.run("schedules", "run", "digest").code == 0
        ours.wait_for(Kind.DIGEST, Trigger.BUTTON, "1 sent")
        ((reader, digest),) = mail.mailbox.taken
        told = text_of(digest)
        assert reader == READER
        assert f"Stored: {size}" in told
        link = re.findall(r"http://\S+rule=apt-lists-kept", told)[0]
        assert "team/app" in ours.read(link)

        workers = children_of(ours.web.process.pid)
        assert len(workers) == 2
        ended = ours.end()
    assert [one.code for one in ended] == [0] * 4
    assert not [one for one in workers if Path(f"/proc/{one}").exists()]
    assert_nothing_broke(ended)


def assert_nothing_broke(ended: list[Finished]) -> None:
    """Each said that it is there; the rest are lines of the log, and none is worse than news."""
    lines = [line for one in ended for line in one.error_lines]
    said = [line for line in lines if not line.startswith("{")]
    assert [line for line in said if line.endswith("(Ctrl-C stops)")] == said
    assert len(said) == len(ended)
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    events = " ".join(line["event"] for line in logged)
    assert {one for one in TOLD if one not in events} == set()
    assert [line for line in logged if line["level"] not in ("info", "debug")] == []
