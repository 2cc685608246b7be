"""The program as forks of a process that has loaded it, which is most of a short run.

Each run is a process of its own all the same, with its own environment, folder, standard
streams, signals and end; only the interpreter's start and the imports are shared. They are
shared in nothing of tests/test_cli.py, tests/test_packaging.py and tests/deploy.

    python -m tests.end_to_end.forking CONTROL    # a socket's descriptor, inherited
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import coverage

from tests.servers.processes import die_with_parent

_ROOT = Path(__file__).resolve().parent.parent.parent
_MOST_BYTES = 1 << 20
_NUMBER_BYTES = 32
# prometheus_client looks at the environment when it is loaded; the web loads it.
_LOADED = ("flask", "waitress", "gunicorn.app.base", "gunicorn.workers.gthread")
_NOT_LOADED = ("auditor.commands.wsgi", "auditor.logs.traces", "auditor.__main__")


@dataclass
class Forked:
    """A run that was begun: what is used of subprocess.Popen, by the same names."""

    arguments: Sequence[str]
    pid: int
    stdout: BinaryIO
    stderr: BinaryIO
    _handle: int
    _told: socket.socket
    returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended; None where it has not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has. Raises TimeoutExpired."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                told = self._told.recv(_NUMBER_BYTES)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(list(self.arguments), timeout or 0) from None
            self.returncode = os.waitstatus_to_exitcode(int(told))
            self._told.close()
            os.close(self._handle)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """All that it wrote, once it has ended. Raises TimeoutExpired."""
        with ThreadPoolExecutor(2) as pool:
            read = [pool.submit(stream.read) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            out, err = (one.result() for one in read)
        self.close()
        return out, err

    def send_signal(self, kind: signal.Signals) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, kind)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Read no more of what it writes."""
        self.stdout.close()
        self.stderr.close()


@dataclass(frozen=True, slots=True)
class Forks:
    """The process that forks; any thread may ask it for a run."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: bytes = b"",
    ) -> Forked:
        """As subprocess.Popen of `python -m auditor`, its output in pipes."""
        asked = json.dumps({"arguments": arguments, "env": env, "cwd": str(cwd)}).encode()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        out, to_out = os.pipe()
        err, to_err = os.pipe()
        with tempfile.TemporaryFile() as given, theirs:
            given.write(stdin)
            given.seek(0)
            with self.lock:
                fds = [given.fileno(), to_out, to_err, theirs.fileno()]
                socket.send_fds(self.control, [asked], fds)
        os.close(to_out)
        os.close(to_err)
        pid, (handle, *_), _, _ = socket.recv_fds(ours, _NUMBER_BYTES, 1)
        return Forked(arguments, int(pid), os.fdopen(out, "rb"), os.fdopen(err, "rb"), handle, ours)

    def end(self) -> None:
        """Let it end; runs that go on are killed."""
        self.control.close()
        self.process.wait()


@cache
def forks() -> Forks:
    """The one of this test process. It ends with it, whoever ends that: nobody holds its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            env={**environment, "PYTHONPATH": str(_ROOT)},
            cwd=_ROOT,
            pass_fds=[theirs.fileno()],
        )
    made = Forks(process, ours)
    atexit.register(made.end)
    return made


def _load() -> None:
    import auditor  # noqa: PLC0415 - here, to be measured nowhere

    for name in _LOADED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if module.name not in _NOT_LOADED:
            importlib.import_module(module.name)
    assert "prometheus_client" not in sys.modules
    gc.collect()
    gc.freeze()  # collections in the forks need not look at it, nor copy it


def _serve(control: socket.socket) -> None:
    """Fork for each message until nobody sends any more; returns in the children, which run."""
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data is not None:
                    selector.unregister(key.fileobj)
                    os.close(key.fd)
                    _tell(*key.data)
                    continue
                message, fds, _, _ = socket.recv_fds(control, _MOST_BYTES, 4)
                if not message:
                    os._exit(0)
                pid = os.fork()
                if pid == 0:
                    _become(json.loads(message), fds)
                    return
                told = socket.socket(fileno=fds.pop())
                for fd in fds:
                    os.close(fd)
                handle = os.pidfd_open(pid)
                socket.send_fds(told, [b"%d" % pid], [handle])
                selector.register(handle, selectors.EVENT_READ, (pid, told))


def _tell(pid: int, told: socket.socket) -> None:
    _, status = os.waitpid(pid, 0)
    with told, contextlib.suppress(OSError):  # nobody may ask any more
        told.send(b"%d" % status)


def _become(asked: dict[str, Any], fds: Sequence[int]) -> None:
    """Take the environment, the folder and the streams of a run."""
    die_with_parent()
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
    for fd in fds:
        os.close(fd)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv[1:] = asked["arguments"]
    coverage.process_startup()  # where tests are measured, says the environment


def _run() -> int:
    """Run the program, and all that is done at an end but taking the interpreter apart.

    That would touch every page that the fork still shares, and cost more than the run.
    """
    from auditor.__main__ import main  # noqa: PLC0415 - in the child, which is measured

    code: object = 0
    try:
        main()
    except SystemExit as left:
        code = left.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _main() -> None:
    with socket.socket(fileno=int(sys.argv[1])) as control:
        _load()
        _serve(control)
    os._exit(_run())


if __name__ == "__main__":
    _main()
