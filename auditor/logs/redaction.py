"""What no log line and no error report may hold: secrets by their form, and known ones.

Every pattern is matched in time linear in the text: repetitions are bounded or cannot
overlap, since much of what is logged comes from strangers.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

HIDDEN = "(hidden)"
LONGEST_TEXT = 20_000
_LEAST_LETTERS = 4
# Deep enough for the frames of an error report.
_DEEPEST = 12
_MOST_ITEMS = 1000
_CUT = "… (cut)"
_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|pwd|secret|token|authori[sz]ation|cookie|api_?key|private_?key"
    r"|credential|signature|webhook_?url|\bdsn\b|^auth$",
    re.IGNORECASE,
)
_WORDS = r"passw(?:or)?d|passphrase|pwd|secret|token|(?:api|private)[_-]?key"
_NAMES = rf"(?:{_WORDS}|signature|credential|sig|auth|code|verify|hmac|hdne[as])"
# What is hidden already stays as it is; a text that was cut has no closing quote.
_QUOTED = (
    r"(?!\(hidden\))(?:\\\"[^\"\\\r\n]*(?:\\\")?|b?\"(?:[^\"\\\r\n]|\\.)*\"?"
    r"|b?'(?:[^'\\\r\n]|\\.)*'?|[^\s\"',;&}\])]+)"
)
# Headers, to the end of their line; as text, in a dictionary or as pairs that were printed.
_HEADER = (
    r"((?<![a-z0-9])(?:(?:proxy[-_])?authorization|(?:set-)?cookie"
    r"|x-[a-z-]{0,30}(?:token|key|signature)[a-z0-9-]{0,30}))"
    r"(\\?['\"]?[ \t]{0,3}(?:[:=]|,[ \t]{0,3}b?['\"]))[^\r\n]*"
)
# What follows is no word: it has digits or signs, capitals inside, or is very long.
_SCHEME = (
    r"\b(bearer|basic)[ \t]+"
    r"(?=[^\s]{0,200}[0-9=_.-]|(?-i:[^\s]{1,200}[A-Z])|[^\s]{24})[^\s\"',;]{8,}"
)
# user:password@ in an address.
_USERINFO = r"(?<=://)[^\s/?#]+@"
# In an address, also in one that is a parameter of another.
_PARAMETER = (
    rf"((?:[?&;]|%3f|%26)[a-z0-9_.-]{{0,64}}{_NAMES}[a-z0-9_.-]{{0,64}}(?:=|%3d))[^&\s\"'<>#]+"
)
# Addresses that are secrets themselves: whoever has one may post there.
_KNOWN_HOOK = (
    r"(https?://(?:hooks\.slack\.com|[a-z0-9.-]{1,253}\.webhook\.office\.com"
    r"|(?:[a-z]{1,10}\.)?discord(?:app)?\.com/api/webhooks|api\.telegram\.org)/)[^\s\"'<>]+"
)
_HOOK = r"(https?://[^\s/\"'<>]{1,253}/(?:[^\s/\"'<>]{1,100}/){0,5}(?:web)?hooks?/)[^\s\"'<>]+"
# name=value, "name": "value", --name value.
_ASSIGNMENT = rf"((?:(?:{_WORDS})\\?['\"]?|['\"]auth\\?['\"])[ \t]{{0,3}}[:=][ \t]{{0,3}}){_QUOTED}"
_OPTION = rf"(--[a-z-]{{0,40}}(?:{_WORDS})[ \t]+){_QUOTED}"
_PRIVATE_KEY = r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(?:(?!-----END)[\s\S])+"
_JWT = r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
_BY_BEGINNING = (
    r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|dckr_pat_|npm_|AKIA|ASIA)[\w-]{10,}"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), put)
    for pattern, put in (
        (_PRIVATE_KEY, rf"\1 {HIDDEN} "),
        (_HEADER, rf"\1\2 {HIDDEN}"),
        (_SCHEME, rf"\1 {HIDDEN}"),
        (_USERINFO, f"{HIDDEN}@"),
        (_PARAMETER, rf"\1{HIDDEN}"),
        (_KNOWN_HOOK, rf"\1{HIDDEN}"),
        (_HOOK, rf"\1{HIDDEN}"),
        (_ASSIGNMENT, rf"\1{HIDDEN}"),
        (_OPTION, rf"\1{HIDDEN}"),
        (_JWT, HIDDEN),
        (_BY_BEGINNING, HIDDEN),
    )
)


class KnownSecrets:
    """Secrets of this installation, hidden wherever they stand; any thread may add some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, *secrets: str, username: str = "") -> None:
        """Hide these from now on, in each form in which they travel; very short ones cannot."""
        with self._lock:
            self._secrets.update(form for one in secrets for form in _forms(one, username))
            ordered = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._secrets.clear()
            self._pattern = None

    def hide(self, text: str) -> str:
        """The text without any of them."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


KNOWN = KnownSecrets()


def redacted(text: str) -> str:
    """The text without secrets, known ones and what looks like one; very long texts are cut."""
    text = KNOWN.hide(text[: 2 * LONGEST_TEXT])
    # Before the cut: half a secret is not seen to be one.
    for pattern, put in _PATTERNS:
        text = pattern.sub(put, text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + _CUT


def redacted_value(value: object, name: str = "", depth: int = 0) -> object:
    """A value of a log line without secrets, whatever it holds; what is no data becomes text.

    A value whose name says that it is a secret is hidden as a whole.
    """
    if name and value not in (None, "", True, False) and _SECRET_NAME.search(name):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redacted(value)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return _redacted_mapping(value, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return _redacted_items(list(value)[:_MOST_ITEMS], depth)
    return redacted(_text_of(value))


def _redacted_mapping(values: Mapping[object, object], depth: int) -> dict[str, object]:
    return {
        redacted(str(name)): redacted_value(value, str(name), depth + 1)
        for name, value in list(values.items())[:_MOST_ITEMS]
    }


def _redacted_items(values: list[object], depth: int) -> list[object]:
    match values:
        case [str() | bytes() as name, value]:  # a header, or another pair of name and value
            return [redacted(_text_of(name)), redacted_value(value, _text_of(name), depth + 1)]
    return [redacted_value(one, "", depth + 1) for one in values]


def _text_of(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - whatever a value does, the line is written
        return f"<{type(value).__name__}>"


def _forms(secret: str, username: str) -> Iterator[str]:
    if len(secret) < _LEAST_LETTERS:
        return
    yield secret
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote_plus(secret, errors="surrogatepass")
    yield json.dumps(secret)[1:-1]
    yield from _encoded([f"{username}:{secret}"] if username else [secret])


def _encoded(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield base64.b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")
