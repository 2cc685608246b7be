"""Canary secrets in every place for them, and the whole program's output searched for them."""

from __future__ import annotations

import base64
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.end_to_end.program import Auditor
from tests.servers.docker_registry import RunningRegistry, start_docker_registry, write_htpasswd

pytestmark = pytest.mark.real
CANARIES = {
    "REGISTRY": "c4nary+registry/8Qz",
    "MAIL": "c4nary-mail=7Wy",
    "WEB": "c4naryWebKey-kD2vQ8xw0Zr4mT6yB1nL9sHcJ7fGpA3e",
    "DOCKER": "c4nary:docker_6Vx",
}
FORMS = tuple(
    form
    for secret in CANARIES.values()
    for form in (
        secret,
        quote(secret, safe=""),
        base64.b64encode(f"reader:{secret}".encode()).decode(),
    )
)
SETTINGS = """
[registries.locked]
address = "http://{address}"
username = "reader"
password = "{REGISTRY}"
[mail]
host = "127.0.0.1"
port = 9
username = "reader"
password = "{MAIL}"
sender = "auditor@example.org"
timeout_seconds = 1
[digest.recipients.ann]
address = "ann@example.org"
[web]
secret_key = "{WEB}"
[logs]
level = "debug"
"""


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """A registry that wants another password."""
    folder = tmp_path_factory.mktemp("locked")
    with start_docker_registry(folder, htpasswd=write_htpasswd(folder)) as running:
        yield running


def fetched(address: str) -> str:
    request = urllib.request.Request(address, headers={"Cookie": f"a={CANARIES['WEB']}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as error:
        return f"{error.headers}{error.read().decode()}"


def test_no_output_of_any_command_and_no_file_holds_a_secret(
    auditor: Auditor, locked: RunningRegistry
) -> None:
    config = auditor.home / "auditor.toml"
    config.write_text(SETTINGS.format(address=locked.address, **CANARIES))
    docker = auditor.home / ".docker" / "config.json"
    docker.parent.mkdir()
    sign_in = base64.b64encode(f"reader:{CANARIES['DOCKER']}".encode()).decode()
    other = locked.address.replace("127.0.0.1", "localhost")
    docker.write_text(json.dumps({"auths": {other: {"auth": sign_in}}}))
    given = {"AUDITOR_CONFIG": str(config), "AUDITOR_DEBUG": "1"}
    said: list[str] = []
    for command in (
        ("config", "show"),
        ("crawl",),
        ("audit", f"http://{other}"),
        ("doctor",),
        ("digest", "send"),
        ("check", f"http://{other}/team/app:1", "--max-size", "1MB"),
    ):
        finished = auditor.run(*command, **given)
        assert finished.code in (0, 1, 2, 3, 4), (command, finished.err)
        said += [finished.out, finished.err]
    with replace(auditor, settings=given).serving("serve", "--port", "0") as server:
        pages = [
            fetched(f"{server.address}{path}")
            for path in (
                *("", "crawls", "metrics", "readyz", "api/v1/crawls", "api/v1/openapi.json"),
                f"nowhere?token={CANARIES['MAIL']}",
                f"nowhere/password={CANARIES['MAIL']}",  # which the log has, without it
                f"unsubscribe?token={quote(CANARIES['WEB'])}",
            )
        ]
        stopped = server.stop(signal.SIGINT)
    said += [*pages, server.said, stopped.out, stopped.err]
    everything = "\n".join(said)
    assert "request answered" in everything  # the log was there to be searched
    assert "(hidden)" in everything
    assert [form for form in FORMS if form in everything] == []
    kept = [path for path in auditor.home.rglob("*") if path.is_file()]
    holding = {
        path.relative_to(auditor.home).as_posix()
        for path in kept
        for form in FORMS
        if form.encode() in Path(path).read_bytes()
    }
    assert holding == {"auditor.toml", ".docker/config.json"}
