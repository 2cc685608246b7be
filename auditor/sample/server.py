"""The sample registry over HTTP, read-only, on loopback, in a thread of its own.

aiohttp's low-level server, without its router: a crawl of the whole sample should take
seconds on a core it shares with the crawler.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from concurrent.futures import Future
from datetime import datetime
from typing import Self

from aiohttp import web

from auditor.sample.answers import Question, answer
from auditor.sample.facts import load_history
from auditor.sample.library import Library
from auditor.sample.shelf import State

LOOPBACK = "127.0.0.1"
_API_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
_START_SECONDS = 30


def history_moments() -> tuple[datetime, ...]:
    """When the replay can stop, oldest first: the first of each month, then 2018-01-28."""
    return load_history().moments


class SampleRegistry:
    """A running registry; leave the `with` block (or `stop`) to end it.

    `address` is `127.0.0.1:PORT`; it speaks plain HTTP.
    """

    def __init__(self, library: Library, port: int = 0) -> None:
        self._library = library
        self._state: State = library.snapshot()
        self._port = port
        self._started: Future[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="sample-registry", daemon=True)
        self.address = ""

    @classmethod
    def start(cls, port: int = 0, *, only: Collection[str] | None = None) -> Self:
        """A registry that answers already, showing the snapshot; port 0 takes a free one.

        `only` limits it to these repositories, such as `{"library/python"}`.
        Raises OSError when the port is taken.
        """
        return cls(Library(only), port).__enter__()

    def show(self, moment: datetime | None) -> None:
        """Answer from now on with the state at that moment; None is the snapshot of today."""
        self._state = self._library.snapshot() if moment is None else self._library.at(moment)

    def stop(self) -> None:
        """Close the port and end the thread; harmless when done already."""
        if self._thread.is_alive():
            _, loop, stopping = self._started.result()
            loop.call_soon_threadsafe(stopping.set)
            self._thread.join()

    def __enter__(self) -> Self:
        if not self.address:
            self._thread.start()
            self.address, *_ = self._started.result(_START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # the port is taken: told to whoever starts us
            self._started.set_exception(error)

    async def _serve(self) -> None:
        runner = web.ServerRunner(web.Server(self._respond, access_log=None), shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, self._port).start()
            host, port, *_ = runner.addresses[0]
            stopping = asyncio.Event()
            self._started.set_result((f"{host}:{port}", asyncio.get_running_loop(), stopping))
            await stopping.wait()
        finally:
            await runner.cleanup()

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        known = request.headers.getall("If-None-Match", ())
        question = Question(request.method, request.raw_path, known)
        given = answer(self._library, self._state, question)
        headers = {**_API_VERSION, **given.headers}
        if given.length is not None:
            headers["Content-Length"] = str(given.length)
        return web.Response(status=given.status, body=given.body, headers=headers)
