"""The `auditor` command in a process of its own, with its own home and database."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.end_to_end.forking import Forked, forks

_ROOT = Path(__file__).resolve().parent.parent.parent
_PASSED_ON = ("PATH", "LANG")
_MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "COVERAGE_FILE")
_DEADLINE_SECONDS = 300.0
_SERVING = re.compile(r"serving on (http\S+)")


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        """Lines of standard error that say something."""
        return [line for line in self.err.splitlines() if line.strip()]

    def json(self) -> dict[str, Any]:
        """Standard output, decoded; fails with what standard error says."""
        try:
            decoded: dict[str, Any] = json.loads(self.out)
        except ValueError:
            raise AssertionError(f"exit {self.code}, no JSON; stderr: {self.err}") from None
        return decoded


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server; `said` is its standard error up to the line with the address."""

    process: Forked
    address: str
    said: str

    def stop(self, kind: signal.Signals) -> Finished:
        """Send the signal and wait for the end."""
        self.process.send_signal(kind)
        ended = _ended(self.process)
        return replace(ended, err=self.said + ended.err)


@dataclass(frozen=True, slots=True)
class Auditor:
    """The command line program; `home` holds everything it may read or write.

    `is_measured`: its runs count for coverage, which makes long ones twice as long.
    """

    home: Path
    database_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    is_measured: bool = True

    @property
    def database(self) -> Path:
        """The SQLite file used unless `database_url` says otherwise."""
        return self.home / "auditor.db"

    def run(self, *arguments: str, stdin: str = "", **settings: str) -> Finished:
        """Run to the end; `settings` are environment variables of this run."""
        env = self._environment(settings)
        return _ended(forks().start(arguments, env=env, cwd=self.home, stdin=stdin.encode()))

    def json(self, *arguments: str, **settings: str) -> dict[str, Any]:
        """Decoded JSON of a run that succeeds."""
        done = self.run(*arguments, "--format", "json", **settings)
        assert done.code == 0, f"exit {done.code}: {done.err}"
        return done.json()

    def interrupt(
        self, when: Callable[[], bool], kind: signal.Signals, *arguments: str, times: int = 1
    ) -> Finished:
        """Start, send the signal as soon as `when` holds, and wait for the end.

        `times`: so often, a few milliseconds apart, as keyboards and shells do.
        """
        process = self.start(*arguments)
        try:
            wait_until(lambda: when() or process.poll() is not None)
            for _ in range(times):
                process.send_signal(kind)
                time.sleep(0.005)
            return _ended(process)
        finally:
            process.kill()
            process.wait()

    @contextlib.contextmanager
    def serving(self, *arguments: str) -> Iterator[Serving]:
        """A command that serves, from when it says where until the block ends."""
        process = self.start(*arguments)
        try:
            said = ""
            while not (found := _SERVING.search(said)):
                line = process.stderr.readline().decode()
                assert line, f"it ended without serving: {said}"
                said += line
            yield Serving(process, found[1], said)
        finally:
            process.kill()
            process.wait()
            process.close()

    def start(self, *arguments: str) -> Forked:
        """Start and leave it to the caller to end it."""
        return forks().start(arguments, env=self._environment({}), cwd=self.home)

    def _passed_on(self) -> tuple[str, ...]:
        return (*_PASSED_ON, *_MEASURING) if self.is_measured else _PASSED_ON

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        home = str(self.home)
        return {
            **{name: os.environ[name] for name in self._passed_on() if name in os.environ},
            "PYTHONPATH": str(_ROOT),
            "HOME": home,
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_RUNTIME_DIR": home,
            "AUDITOR_DATABASE_URL": self.database_url or f"sqlite:///{self.database}",
            **self.settings,
            **settings,
        }


def _ended(process: Forked) -> Finished:
    out, err = process.communicate(timeout=_DEADLINE_SECONDS)
    return Finished(process.wait(), out.decode(), err.decode())


def wait_until(holds: Callable[[], bool], saying: Callable[[], object] = lambda: "") -> None:
    """Ask again and again; fails with what `saying` says where it never holds."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain {saying()}"
        time.sleep(0.01)


def rows_by_name(ranking: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Rows of `rank --format json` by repository."""
    return {row["repository"]: row for row in ranking["repositories"]}
