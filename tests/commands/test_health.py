from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from auditor.commands import health
from auditor.commands.health import problem_at


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_only_200_is_healthy(address: str) -> None:
    assert problem_at(f"{address}/healthz") == ""
    assert problem_at(address) == "it answers 503"


def test_nobody_there_or_no_address_is_said() -> None:
    assert problem_at("http://127.0.0.1:1/").startswith("ConnectionRefusedError")
    assert problem_at("http://127.0.0.1:nothing/")
    for wrong in ("ftp://127.0.0.1/", "healthz", ""):
        assert problem_at(wrong) == "it is no http:// address"


def test_a_container_runs_it_without_loading_the_program(address: str) -> None:
    """Every ten seconds in every container: half a second of CPU each would be seen."""
    code = (
        "import sys; from auditor.commands import health; health.main();"
        "print([name for name in sys.modules if name.split('.')[0] in ('click', 'pydantic')])"
    )
    run = [sys.executable, "-c", code, f"{address}/healthz"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_the_exit_code_tells_docker(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(sys, "argv", ["health", f"{address}/healthz"])
    health.main()
    monkeypatch.setattr(sys, "argv", ["health", address])
    with pytest.raises(SystemExit, match="it answers 503"):
        health.main()
    monkeypatch.setattr(sys, "argv", ["health"])
    with pytest.raises(SystemExit, match="give one address"):
        health.main()
