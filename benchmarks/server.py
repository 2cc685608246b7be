"""Debian's docker-registry as somebody who cares about speed would run it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running registry: host:port, and its process."""

    address: str
    process_id: int

    def cpu_seconds(self) -> float:
        """CPU it has used so far, in user and kernel mode. Source: proc(5), /proc/pid/stat."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Run a registry over `folder/storage`.

    Errors only in its log, no access log, blob descriptors cached in memory.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = folder / "config.json"
    config.write_text(json.dumps(_config(folder / "storage", address)))
    with (folder / "registry.log").open("wb") as log:
        command = ["docker-registry", "serve", str(config)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(address, server)
            yield Server(address, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=20)


def _config(storage: Path, address: str) -> dict[str, object]:
    return {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "cache": {"blobdescriptor": "inmemory"},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": address, "secret": "only-for-benchmarks"},
    }


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/v2/", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"docker-registry does not answer at {address}")
