"""Downloads and a Python package index on loopback, with the caching headers of real ones."""

from __future__ import annotations

import contextlib
import functools
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.pairs.commands import run

DOWNLOADS = "downloads.example.com"
DOWNLOADS_PORT = 8480
"""Fixed: the address stands in Dockerfiles."""


class _Handler(SimpleHTTPRequestHandler):
    """Files of a folder; pip caches what it gets from here, as from a real index."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=86400, public")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the build's own output is enough."""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the folder until the block ends; yields the address on loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", DOWNLOADS_PORT), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{DOWNLOADS_PORT}"
        finally:
            server.shutdown()


def fill_index(packages: tuple[str, ...], folder: Path, python: str = "3.11") -> None:
    """Download wheels for the bases' Python and lay them out as a simple index below `simple/`."""
    wheels = folder / "wheels"
    command = [sys.executable, "-m", "pip", "download", "-q", "--dest", str(wheels)]
    only = ["--only-binary=:all:", "--python-version", python, "--implementation", "cp"]
    platforms = ["--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64"]
    platforms += ["--platform", "manylinux_2_28_x86_64"]
    run([*command, *only, *platforms, *packages])
    by_project: dict[str, list[str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        project = wheel.name.partition("-")[0].replace("_", "-").replace(".", "-").lower()
        by_project.setdefault(project, []).append(wheel.name)
    for project, names in by_project.items():
        page = folder / "simple" / project / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        links = "".join(f'<a href="../../wheels/{name}">{name}</a>\n' for name in names)
        page.write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
