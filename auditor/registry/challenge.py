"""`WWW-Authenticate` header values -> challenges, in the order the server prefers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_MOST_CHARACTERS = 16_384
_MOST_CHALLENGES = 16
_MOST_PARAMETERS = 32
_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - a grammar rule, not a secret
_SEPARATORS = re.compile(r"[ \t,]*")
_PARAMETER = re.compile(
    rf"(?P<name>{_TOKEN})[ \t]*=[ \t]*"
    rf'(?:"(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*+)"|(?P<plain>{_TOKEN}))(?=[ \t]*(?:,|$))',
    re.DOTALL,
)
_SCHEME = re.compile(rf"({_TOKEN})(?=[ \t,]|$)")
_TOKEN68 = re.compile(r"[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way a server offers to authenticate; `scheme` and parameter names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The value of a parameter, empty where it is absent."""
        return self.parameters.get(name, "")


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Challenges of all `WWW-Authenticate` headers; none for text outside the grammar.

    A header may hold several challenges. Reading stops, without an error, at the first
    malformed part of a value. Bounded in length, number and parameters.
    Source: RFC 9110 section 11.6.1.
    """
    found: list[Challenge] = []
    for value in values:
        found.extend(_parse_value(value[:_MOST_CHARACTERS]))
        if len(found) >= _MOST_CHALLENGES:
            break
    return tuple(found[:_MOST_CHALLENGES])


def _parse_value(value: str) -> list[Challenge]:
    found: list[Challenge] = []
    parameters: dict[str, str] = {}
    position = _skip(value, 0)
    while position < len(value) and len(found) <= _MOST_CHALLENGES:
        parameter = _PARAMETER.match(value, position) if found else None
        if parameter:
            _keep(parameters, parameter)
            position = _skip(value, parameter.end())
            continue
        scheme = _SCHEME.match(value, position)
        if not scheme:
            break
        parameters = {}
        found.append(Challenge(scheme.group(1).lower(), parameters))
        position = _skip(value, _after_token68(value, scheme.end()))
    return found


def _skip(value: str, position: int) -> int:
    match = _SEPARATORS.match(value, position)
    return match.end() if match else position


def _after_token68(value: str, position: int) -> int:
    # `Negotiate abc==` carries one unnamed value; it must not be read as a scheme.
    token68 = _TOKEN68.match(value, position)
    return token68.end() if token68 else position


def _keep(parameters: dict[str, str], match: re.Match[str]) -> None:
    if len(parameters) >= _MOST_PARAMETERS:
        return
    quoted = match["quoted"]
    value = match["plain"] if quoted is None else _ESCAPE.sub(r"\1", quoted)
    parameters.setdefault(match["name"].lower(), value)
