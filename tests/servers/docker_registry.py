"""Debian's docker-registry on a free loopback port, with its own folder and log."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import processes, tools

USERNAME = "auditor"
PASSWORD = "correct horse battery"
HTPASSWD = "auditor:$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS\n"
"""A password file for the two above. docker-registry takes bcrypt only; cost 4, for speed."""


@dataclass(slots=True)
class RunningRegistry:
    """A registry that answers: `address` is host:port, `storage` its root directory."""

    address: str
    storage: Path
    log: Path
    config: Path
    program: Path
    uses_tls: bool = False
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where its API starts, without a slash at the end."""
        return f"http{'s' if self.uses_tls else ''}://{self.address}"

    @property
    def port(self) -> int:
        """The loopback port, the same after every restart."""
        return int(self.address.rpartition(":")[2])

    def start(self) -> None:
        """Let it answer; nothing to do where it does already."""
        if self._server is None:
            self._server = processes.start(
                [self.program, "serve", self.config],
                log=self.log,
                is_ready=lambda: processes.accepts_connections(self.port),
            )

    def stop(self) -> None:
        """Stop answering; what is stored stays."""
        if self._server is not None:
            processes.stop(self._server)
            self._server = None

    def restart(self) -> None:
        """Stop and start on the same port: it forgets what it kept in memory."""
        self.stop()
        self.start()

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Take connections and answer nothing until the block ends."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def garbage_collect(self, *, delete_untagged: bool = False) -> str:
        """Remove what no manifest refers to, while not answering; returns what it printed.

        `delete_untagged` removes manifests without a tag as well, children of indexes too.
        """
        was_running = self._server is not None
        self.stop()
        for kind in ("repositories", "blobs"):  # it fails where nothing was ever pushed
            (self.storage / "docker/registry/v2" / kind).mkdir(parents=True, exist_ok=True)
        flags = ["--delete-untagged"] if delete_untagged else []
        done = subprocess.run(
            [self.program, "garbage-collect", *flags, self.config],
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if was_running:
            self.start()
        return done.stdout


@contextlib.contextmanager
def start_docker_registry(
    folder: Path,
    *,
    htpasswd: Path | None = None,
    delete: bool = True,
    tls: tuple[Path, Path] | None = None,
    tells: tuple[str, str] | None = None,
    port: int = 0,
) -> Iterator[RunningRegistry]:
    """Run docker-registry over `folder` until the block ends; stored images stay.

    `tells`: the address its notifications go to, and their `Authorization`. `port` 0: a free
    one.

    `htpasswd` is a password file (see `write_htpasswd`), `tls` a certificate chain and its
    key as PEM files. Skips the test where the program is missing.
    """
    program = tools.require("docker-registry", package="docker-registry")
    storage = folder / "storage"
    storage.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{port or processes.free_port()}"
    config = folder / "config.json"  # JSON is YAML
    settings = _config(storage, address, htpasswd, tls, delete=delete)
    if tells is not None:
        settings["notifications"] = _notifications(*tells)
    config.write_text(json.dumps(settings))
    registry = RunningRegistry(
        address, storage, folder / "registry.log", config, program, uses_tls=tls is not None
    )
    try:
        registry.start()
        yield registry
    finally:
        registry.stop()


def write_htpasswd(folder: Path) -> Path:
    """A password file that lets USERNAME in with PASSWORD."""
    path = folder / "htpasswd"
    path.write_text(HTPASSWD)
    return path


def _notifications(url: str, authorization: str) -> dict[str, object]:
    """Source: distribution.dev/about/notifications, "Endpoint configuration"."""
    endpoint = {
        "name": "tests",
        "url": url,
        "headers": {"Authorization": [authorization]},
        "timeout": "1s",
        "threshold": 5,
        "backoff": "100ms",
    }
    return {"endpoints": [endpoint]}


def _config(
    storage: Path,
    address: str,
    htpasswd: Path | None,
    tls: tuple[Path, Path] | None,
    *,
    delete: bool,
) -> dict[str, object]:
    http: dict[str, object] = {"addr": address, "secret": "only-for-tests"}
    if tls is not None:
        http["tls"] = {"certificate": str(tls[0]), "key": str(tls[1])}
    config: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "delete": {"enabled": delete},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": http,
    }
    if htpasswd is not None:
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(htpasswd)}}
    return config
