"""What a docker-registry was asked for, read from its access log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(rb'"([A-Z]+) (/v2/\S*) HTTP/1\.[01]" (\d{3}) ')
_SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request the server answered."""

    method: str
    path: str
    status: int

    @property
    def got_manifest(self) -> bool:
        """Whether a manifest's body was sent."""
        return self.method == "GET" and "/manifests/" in self.path and self.status == 200

    @property
    def got_blob(self) -> bool:
        """Whether a blob's body was sent."""
        return self.method == "GET" and "/blobs/" in self.path and self.status == 200


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The log file of a running registry."""

    path: Path

    def requests(self, start_bytes: int = 0) -> list[Asked]:
        """Requests logged after the first `start_bytes` of the file."""
        with self.path.open("rb") as log:
            log.seek(start_bytes)
            lines = _LINE.findall(log.read())
        return [
            Asked(method.decode(), path.decode(), int(status)) for method, path, status in lines
        ]

    def size_bytes(self) -> int:
        """How long the log is now."""
        return self.path.stat().st_size

    def requests_once(
        self, enough: Callable[[list[Asked]], bool], start_bytes: int = 0
    ) -> list[Asked]:
        """Requests since `start_bytes`, as soon as they are enough: the server logs late."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not enough(found := self.requests(start_bytes)):
            assert time.monotonic() < deadline, f"only these were logged: {found}"
            time.sleep(0.02)
        return found
