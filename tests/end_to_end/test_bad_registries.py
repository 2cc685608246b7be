"""What the program says when a registry is wrong, closed or not there, or a name unknown."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from tests.end_to_end.complaints import (
    GOOD,
    GOOD_IMAGE,
    assert_one_clear_line,
    assert_passed_by,
    audit,
)
from tests.end_to_end.program import Auditor
from tests.end_to_end.rogue_registry import Answer, RogueRegistry
from tests.servers.docker_registry import (
    PASSWORD,
    USERNAME,
    RunningRegistry,
    start_docker_registry,
    write_htpasswd,
)
from tests.servers.processes import free_port

pytestmark = pytest.mark.real


def test_a_web_site_is_not_a_registry(auditor: Auditor, rogue: RogueRegistry) -> None:
    html = {"Content-Type": "text/html"}
    rogue.answers["/v2/"] = Answer(b"<html><title>Welcome</title></html>", headers=html)
    finished = audit(auditor, rogue.address)
    assert_one_clear_line(finished, code=4, naming=rogue.address, advice="address|url|port|check")


def test_a_server_without_the_registry_api_is_not_a_registry(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    rogue.answers.clear()
    finished = audit(auditor, rogue.address)
    assert_one_clear_line(finished, code=4, naming=rogue.address, advice="address|url|port|check")


@pytest.mark.parametrize(
    "banner", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 mail.example ESMTP\r\n", bytes(range(256)) * 9]
)
def test_a_server_that_speaks_another_protocol_is_not_a_registry(
    auditor: Auditor, banner: bytes
) -> None:
    with start_banner_server(banner) as address:
        finished = audit(auditor, address)
    assert_one_clear_line(finished, code=4, naming=address, advice="address|url|port|check")


def test_a_port_where_nothing_listens_is_named(auditor: Auditor) -> None:
    address = f"127.0.0.1:{free_port()}"
    finished = audit(auditor, address)
    assert_one_clear_line(finished, code=4, naming=address, advice="running|address|port|check")


@contextlib.contextmanager
def start_banner_server(banner: bytes) -> Iterator[str]:
    """Something that talks first, to everybody, and hangs up; yields host:port."""

    class Banner(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.sendall(banner)

    with socketserver.TCPServer(("127.0.0.1", 0), Banner) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_host_that_does_not_exist_is_named(auditor: Auditor) -> None:
    finished = audit(auditor, "no-such-registry.invalid")
    assert_one_clear_line(
        finished, code=4, naming="no-such-registry.invalid", advice="name|address|spell|check"
    )


def test_nothing_of_a_registry_that_never_answered_is_remembered(auditor: Auditor) -> None:
    audit(auditor, "no-such-registry.invalid")
    ranking = auditor.run("rank", "--format", "json")
    assert "Traceback" not in ranking.err
    assert ranking.json()["repositories"] == []


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[RunningRegistry]:
    """A registry that wants a password."""
    folder = tmp_path / "locked"
    folder.mkdir()
    with start_docker_registry(folder, htpasswd=write_htpasswd(folder)) as running:
        yield running


def test_a_wrong_password_is_said_and_not_shown(auditor: Auditor, locked: RunningRegistry) -> None:
    log_in(auditor, locked, "canary-of-a-wrong-password")
    finished = audit(auditor, locked.address)
    assert_one_clear_line(
        finished, code=4, naming=locked.address, advice="password|credential|log ?in"
    )
    assert "canary" not in finished.err + finished.out


def test_no_password_where_one_is_needed_says_how_to_give_one(
    auditor: Auditor, locked: RunningRegistry
) -> None:
    finished = audit(auditor, locked.address)
    assert_one_clear_line(
        finished, code=4, naming=locked.address, advice="password|credential|log ?in"
    )


def test_the_right_password_from_dockers_file_opens_the_registry(
    auditor: Auditor, locked: RunningRegistry
) -> None:
    log_in(auditor, locked, PASSWORD)
    assert auditor.json("audit", locked.address)["repositories"] == []


def log_in(auditor: Auditor, registry: RunningRegistry, password: str) -> None:
    """Write Docker's credential file as `docker login` would."""
    folder = auditor.home / ".docker"
    folder.mkdir()
    auth = base64.b64encode(f"{USERNAME}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": auth}}}))


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def encrypted(tmp_path: Path, authority: trustme.CA) -> Iterator[RunningRegistry]:
    """A registry behind a certificate that no trusted authority signed."""
    folder = tmp_path / "encrypted"
    folder.mkdir()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    issued.private_key_pem.write_to_path(str(folder / "server.key"))
    tls = (folder / "server.pem", folder / "server.key")
    with start_docker_registry(folder, tls=tls) as running:
        yield running


def test_a_certificate_nobody_trusts_is_refused(
    auditor: Auditor, encrypted: RunningRegistry
) -> None:
    finished = audit(auditor, f"https://{encrypted.address}")
    assert_one_clear_line(
        finished, code=4, naming=encrypted.address, advice="ca[-_ ]?file|authority|--ca"
    )
    assert "certificate" in finished.err


def test_a_certificate_is_accepted_once_its_authority_is_named(
    auditor: Auditor, encrypted: RunningRegistry, authority: trustme.CA
) -> None:
    bundle = auditor.home / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    finished = audit(auditor, f"https://{encrypted.address}", "--ca-file", str(bundle))
    assert finished.code == 0, finished.err


def test_show_of_an_unknown_repository_says_so(auditor: Auditor, rogue: RogueRegistry) -> None:
    assert audit(auditor, rogue.address).code == 0
    finished = auditor.run("show", f"{rogue.address}/no/such:1")
    assert_one_clear_line(finished, code=2, naming="no/such", advice="rank|known|audit|try|name")


def test_show_of_an_unknown_tag_says_so(auditor: Auditor, rogue: RogueRegistry) -> None:
    audit(auditor, rogue.address)
    finished = auditor.run("show", f"{rogue.address}/{GOOD}:missing")
    assert_one_clear_line(finished, code=2, naming="missing", advice="show|known|tag|try")


@pytest.mark.parametrize("name", ["team/app:", "team/UPPER", "x@sha256:123", "", "a" * 5_000])
def test_show_of_something_that_is_no_name_says_so(auditor: Auditor, name: str) -> None:
    finished = auditor.run("show", name)
    assert finished.code == 2, finished.err
    assert "Traceback" not in finished.err
    assert len(finished.err) < 1_000


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=307, headers={"Location": "/v2/\xff"}),
        Answer(status=401, headers={"WWW-Authenticate": 'Bearer realm="http://ADDRESS/\xff"'}),
        Answer(
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="http://ADDRESS/token",service="\xff"'},
        ),
    ],
    ids=["location", "realm", "service"],
)
def test_a_header_that_is_no_text_spoils_one_repository_only(
    auditor: Auditor, rogue: RogueRegistry, answer: Answer
) -> None:
    rogue.add_tags("bad/header")
    rogue.answers["/v2/bad/header/tags/list"] = replace(
        answer,
        headers={
            name: value.replace("ADDRESS", rogue.address) for name, value in answer.headers.items()
        },
    )
    manifest, blobs = GOOD_IMAGE
    rogue.add_tags(GOOD, "1")
    rogue.add_manifest(GOOD, "1", manifest)
    for blob in blobs:
        rogue.add_blob(GOOD, blob)
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/header", bad="bad/header", saying="bad/header")
