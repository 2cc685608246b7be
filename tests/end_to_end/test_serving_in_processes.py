"""The dashboard in several processes: one address, one answer, and an end in good order."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.complaints import GOOD, assert_one_clear_line, audit
from tests.end_to_end.processes import children_of
from tests.end_to_end.program import Auditor, wait_until
from tests.end_to_end.rogue_registry import RogueRegistry

pytestmark = pytest.mark.real


def etag_and_body(address: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.headers["ETag"], answer.read()


def counted(address: str) -> int:
    """How often the page of repositories was answered, as the metrics say."""
    with urllib.request.urlopen(f"{address}metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    found = [line for line in lines if line.startswith("auditor_http_requests_total")]
    return sum(int(float(line.split()[-1])) for line in found if '"/repositories"' in line)


def test_two_processes_answer_alike_one_may_be_killed_and_all_end_when_told(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    audit(auditor, rogue.address)
    with auditor.serving("serve", "--port", "0", "--workers", "2") as server:
        wait_until(lambda: len(children_of(server.process.pid)) == 2)
        page = f"{server.address}repositories"
        # Every process must hash to the same ETag, or browsers load pages anew by turns.
        tags = {etag_and_body(page) for _ in range(12)}
        assert len(tags) == 1
        ((tag, body),) = tags
        assert GOOD.encode() in body
        asked = urllib.request.Request(page, headers={"If-None-Match": tag})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked, timeout=30)
        caught.value.close()
        assert caught.value.code == 304
        assert counted(server.address) == 13  # by whichever of the two
        first = children_of(server.process.pid)[0]
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: first not in children_of(server.process.pid))
        wait_until(lambda: len(children_of(server.process.pid)) == 2)
        assert etag_and_body(page) == (tag, body)
        for path in ("healthz", "readyz"):
            with urllib.request.urlopen(f"{server.address}{path}", timeout=30) as answer:
                assert answer.status == 200
        finished = server.stop(signal.SIGTERM)
    assert finished.code == 0, finished.err
    assert "Traceback" not in finished.err
    assert finished.out == ""


def test_ctrl_c_ends_all_of_them(auditor: Auditor) -> None:
    with auditor.serving("serve", "--port", "0", "--workers", "2") as server:
        wait_until(lambda: len(children_of(server.process.pid)) == 2)
        workers = children_of(server.process.pid)
        finished = server.stop(signal.SIGINT)
    assert (finished.code, "Traceback" in finished.err) == (0, False)
    assert not [one for one in workers if Path(f"/proc/{one}").exists()]


def test_a_port_in_use_is_one_clear_line(auditor: Auditor) -> None:
    with auditor.serving("serve", "--port", "0") as server:
        port = str(urlsplit(server.address).port)
        finished = auditor.run("serve", "--port", port, "--workers", "2")
        assert_one_clear_line(finished, code=2, naming=port, advice="--port")
