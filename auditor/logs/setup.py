"""Where logs go: standard error, at a level, as JSON or as text.

structlog is loaded with the first line that is logged, so that commands without one do not
wait for it.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO

Level = Literal["debug", "info", "warning", "error"]
Form = Literal["auto", "json", "text"]
_FAILED = "a log line could not be written"
# Libraries that tell every request, with its whole address.
_TALKATIVE = ("httpx", "httpcore", "aiohttp", "asyncio", "urllib3", "alembic")
# Warns of every tick that found the one before still at work, which does no harm.
_ALARMED = ("apscheduler",)


class _Formatter(logging.Formatter):
    """Makes the true formatter when there is something to format."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._made is None:
            from auditor.logs.rendering import make_formatter  # noqa: PLC0415 - see the module

            self._made = make_formatter(is_json=wants_json(self._form))
        return self._made.format(record)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now, which tests and daemons exchange."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """It is looked up each time."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Tell where a line failed; what standard logging prints then was not redacted."""
        told = logging.LogRecord(
            record.name, record.levelno, record.pathname, record.lineno, _FAILED, (), None
        )
        told.__dict__["place"] = f"{record.module}:{record.lineno}"
        with suppress(Exception):  # standard error itself may be gone
            self.stream.write(self.format(told) + self.terminator)


def wants_json(form: Form) -> bool:
    """Whether lines are for machines: as asked, else where standard error is no terminal."""
    return form == "json" or (form == "auto" and not sys.stderr.isatty())


def start_logging(level: Level, form: Form = "auto") -> None:
    """Log from `level` on. Called again, it takes the place of what was set before."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(handler)
    handler = _Handler()
    handler.setLevel(level.upper())
    handler.setFormatter(_Formatter(form))
    root.addHandler(handler)
    # Others may listen too: the root lets through what any of them usually wants.
    root.setLevel(min(logging.WARNING, handler.level))
    for names, quiet in ((_TALKATIVE, logging.WARNING), (_ALARMED, logging.ERROR)):
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else quiet)
