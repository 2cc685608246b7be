"""A token endpoint's answer -> a bearer token and when to renew it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from auditor.domain.errors import ProtocolError

_SHORTEST_SECONDS = 60.0
_LONGEST_SECONDS = 24 * 3600.0
_EARLY_SECONDS = 20.0
_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,60000}")


@dataclass(frozen=True, slots=True)
class TokenKey:
    """What a token was asked for: the realm's address, the service and the scope."""

    realm: str
    service: str
    scope: str


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as a header value; `renew_at` on the monotonic clock."""

    header: str = field(repr=False)
    renew_at: float


class _TokenBody(msgspec.Struct):
    token: Any = None
    access_token: Any = None
    expires_in: Any = None


def decode_token(body: bytes, *, host: str, now: float) -> Token:
    """The token in an answer received at `now`, a reading of the monotonic clock.

    A life that is absent, under a minute or not a number counts as a minute, as the token
    specification says; renewal is due 20 seconds before the end. Raises ProtocolError.
    Source: distribution, docs/spec/auth/token.md.
    """
    try:
        answer = msgspec.json.decode(body, type=_TokenBody)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise ProtocolError(f"{host} answered a request for a token without JSON") from None
    text = answer.token or answer.access_token
    if not isinstance(text, str) or not _HEADER_SAFE.fullmatch(text):
        raise ProtocolError(f"{host} answered a request for a token without a usable token")
    return Token(f"Bearer {text}", now + _life_seconds(answer.expires_in) - _EARLY_SECONDS)


def _life_seconds(expires_in: Any) -> float:  # noqa: ANN401 - whatever JSON holds
    is_number = isinstance(expires_in, int | float) and not isinstance(expires_in, bool)
    if not is_number or not math.isfinite(expires_in):
        return _SHORTEST_SECONDS
    return float(min(max(expires_in, _SHORTEST_SECONDS), _LONGEST_SECONDS))
