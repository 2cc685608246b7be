"""Log records become lines: context, redaction, then JSON or key=value, one line each.

Records are those of standard logging, which libraries and the inner rooms use; fields are
`extra`, context comes from structlog's context variables. What comes from strangers
cannot make a line of its own: control characters, line ends and characters that turn a line
round are written out.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from auditor.logs.redaction import redacted_value

_PLAIN = re.compile(r"[A-Za-z0-9._:/@+,-]+")
_FIRST = ("timestamp", "level", "event", "logger")
_LEFTOVERS = ("message", "asctime")
_Event = MutableMapping[str, Any]
_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def make_formatter(*, is_json: bool) -> logging.Formatter:
    """A formatter of records, those of libraries too."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=list(_SHARED),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_leftovers,
            structlog.processors.format_exc_info,
            redact,
            render_json if is_json else render_text,
        ],
    )


def _without_leftovers(_logger: object, _method: str, event: _Event) -> _Event:
    """What formatters of other handlers leave in a record is no field of it."""
    for name in _LEFTOVERS:
        event.pop(name, None)
    return event


def redact(_logger: object, _method: str, event: _Event) -> _Event:
    """The one processor that every line passes: see `auditor.logs.redaction`."""
    return {str(name): redacted_value(value, str(name)) for name, value in event.items()}


def render_json(_logger: object, _method: str, event: _Event) -> str:
    """One JSON object, in ASCII."""
    return json.dumps(_in_order(event), ensure_ascii=True, default=str)


def render_text(_logger: object, _method: str, event: _Event) -> str:
    """`TIME LEVEL EVENT key=value`; a traceback follows, each of its lines set in."""
    ordered = _in_order(event)
    traceback = ordered.pop("exception", None)
    first = [str(ordered.pop(name, "-")) for name in _FIRST[:3]]
    pairs = [f"{_word(name)}={_word(value)}" for name, value in ordered.items()]
    line = " ".join([first[0], first[1], _visible(first[2]), *pairs])
    below = str(traceback).splitlines() if traceback else []
    return "\n".join([line, *(f"    | {_visible(one)}" for one in below)])


def _in_order(event: _Event) -> dict[str, Any]:
    first = {name: event[name] for name in _FIRST if name in event}
    return first | {name: value for name, value in event.items() if name not in first}


def _word(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=True)


def _visible(text: str) -> str:
    """Letters as they are, all that steers a terminal written out."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
