"""The three that read the same documents: this program, skopeo, and wrk as the limit."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from benchmarks.generate import Image
from benchmarks.measure import Cost, run
from benchmarks.server import Server

_ROOT = Path(__file__).resolve().parent.parent
_ACCEPT = "application/vnd.docker.distribution.manifest.v2+json"
_WRK_SCRIPT = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local threads = 0
function setup(thread) thread:set("place", threads * math.floor(#paths / 2)); threads = threads + 1 end
function request()
  place = place %% #paths + 1
  return wrk.format("GET", paths[place], {["Accept"] = "%(accept)s"})
end
"""


@dataclass(frozen=True, slots=True)
class Peers:
    """Runs over the registry of `server`; `folder` takes databases and outputs."""

    server: Server
    images: Sequence[Image]
    folder: Path
    _numbers: count[int] = field(default_factory=count)

    def ours(self, images: int | None = None) -> Cost:
        """`auditor audit` into a fresh SQLite database: one manifest and config per image.

        Raises RuntimeError if the ranking does not hold all the images.
        """
        expected = len(self.images) if images is None else images
        output = self.folder / "ours.json"
        command = (
            sys.executable,
            "-m",
            "auditor",
            "audit",
            self.server.address,
            "--format",
            "json",
        )
        cost = run(
            command,
            documents=2 * expected,
            output=output,
            environment=self._environment() | {"AUDITOR_DATABASE_URL": self._new_database()},
        )
        found = json.loads(output.read_bytes())["totals"]["images"]
        if found != expected:
            raise RuntimeError(f"the audit found {found} images, not {expected}")
        return cost

    def skopeo(self, sample: int, jobs: int = 4) -> Cost:
        """`skopeo inspect --config --raw` over a sample: a manifest and a config each."""
        step = max(1, len(self.images) // sample)
        chosen = self.images[::step][:sample]
        names = self.folder / "names.txt"
        names.write_text(
            "".join(
                f"docker://{self.server.address}/{each.repository}:{each.tag}\n" for each in chosen
            )
        )
        inspect = "skopeo --insecure-policy inspect --config --raw --tls-verify=false"
        return run(
            ("sh", "-c", f"xargs -P {jobs} -n 1 {inspect} < {names}"),
            documents=2 * len(chosen),
            output=self.folder / "skopeo.out",
            environment=self._environment(),
        )

    def wrk(self, seconds: int) -> tuple[Cost, Cost]:
        """Cycle through every document's URL with wrk, 16 connections: what the server can give.

        The second cost is the server's own for the same documents. Raises RuntimeError if
        the server answered anything but 200.
        """
        paths, script = self.folder / "paths.txt", self.folder / "paths.lua"
        paths.write_text("".join(f"{p}\n" for each in self.images for p in each.document_paths))
        script.write_text(_WRK_SCRIPT % {"paths": paths, "accept": _ACCEPT})
        output = self.folder / "wrk.out"
        command = ("wrk", "-t", "2", "-c", "16", "-d", f"{seconds}s", "-s", str(script))
        server_before = self.server.cpu_seconds()
        cost = run(
            (*command, f"http://{self.server.address}"),
            documents=1,
            output=output,
            environment=self._environment(),
        )
        limit = _read_wrk(output.read_text(), cost)
        return limit, replace(limit, cpu_seconds=self.server.cpu_seconds() - server_before)

    def _new_database(self) -> str:
        return f"sqlite:///{self.folder / f'ours-{next(self._numbers)}.db'}"

    def _environment(self) -> dict[str, str]:
        home = str(self.folder)
        return {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(_ROOT)}


def _read_wrk(text: str, cost: Cost) -> Cost:
    if "Non-2xx" in text or "Socket errors" in text:
        raise RuntimeError(f"wrk met errors: {text}")
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", text)
    if found is None:
        raise RuntimeError(f"wrk said: {text}")
    unit_seconds = {"ms": 0.001, "s": 1.0, "m": 60.0}[found[3]]
    return Cost(int(found[1]), float(found[2]) * unit_seconds, cost.cpu_seconds)
