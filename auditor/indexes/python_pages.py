"""A project's page in a simple repository, JSON or HTML -> its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import httpx
import msgspec

from auditor.domain.package_facts import PythonFile
from auditor.indexes.origins import parse_address, without_login
from auditor.indexes.stanzas import MOST_BYTES
from auditor.indexes.unpacking import UnusableError

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, text/html;q=0.1"
_MOST_FILES = 100_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]{0,250}")
_LONGEST_RANGE = 300
_LONGEST_TAG = 8192
_HEAD_CHARACTERS = 4096
_LOOKS_LIKE_HTML = re.compile(r"<(?:!doctype html|html|head|body|a)\b", re.IGNORECASE)
_TAG = re.compile(r"<(?:a|base)(?=\s)", re.IGNORECASE)


class _Page(msgspec.Struct):
    files: list[msgspec.Raw] = []


class _File(msgspec.Struct, rename="kebab"):
    filename: str
    url: str
    size: Any = None
    requires_python: Any = None
    yanked: Any = False
    core_metadata: Any = None
    dist_info_metadata: Any = None
    upload_time: Any = None


def files_of_page(body: bytes, content_type: str, address: str) -> tuple[PythonFile, ...]:
    """The files of a page that was read from `address`; one that makes no sense is left out.

    Raises UnusableError for what is no page at all.
    Source: PEP 503, 592, 658, 691, 700, 714.
    """
    kind = content_type.partition(";")[0].strip().lower()
    is_json = kind.endswith("json") or body.lstrip()[:1] == b"{"
    base = parse_address(address)
    return tuple(_of_json(body, base) if is_json else _of_html(body, base))


def _of_json(body: bytes, base: httpx.URL) -> Iterator[PythonFile]:
    try:
        page = msgspec.json.decode(body, type=_Page)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise UnusableError("it is not the JSON of a simple repository") from None
    for raw in page.files[:_MOST_FILES]:
        try:
            file = msgspec.json.decode(raw, type=_File)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            continue
        metadata = file.core_metadata
        if metadata is None:
            metadata = file.dist_info_metadata
        if made := _made(file.filename, file.url, base):
            name, where = made
            yield PythonFile(
                name,
                where,
                size_bytes=_size(file.size),
                requires_python=_range(file.requires_python),
                is_yanked=file.yanked is True or isinstance(file.yanked, str),
                has_metadata=metadata is True or isinstance(metadata, dict),
                uploaded_at=_moment(file.upload_time),
            )


def _of_html(body: bytes, base: httpx.URL) -> Iterator[PythonFile]:
    text = body.decode(errors="replace")
    if not _LOOKS_LIKE_HTML.search(text[:_HEAD_CHARACTERS]):
        raise UnusableError("it is not the page of a simple repository")
    reader = _Anchors()
    for found in _TAG.finditer(text):
        # One tag at a time: html.parser may take quadratic time over what never closes.
        end = text.find("<", found.end(), found.end() + _LONGEST_TAG)
        reader.feed(text[found.start() : end if end >= 0 else found.end() + _LONGEST_TAG])
        reader.reset()
    base = _joined(base, reader.base) or base
    for attributes in reader.anchors:
        href = attributes.get("href") or ""
        name = unquote(href.partition("#")[0].partition("?")[0].rpartition("/")[2])
        if made := _made(name, href, base):
            metadata = attributes.get(
                "data-core-metadata", attributes.get("data-dist-info-metadata", "false")
            )
            yield PythonFile(
                made[0],
                made[1],
                requires_python=_range(attributes.get("data-requires-python")),
                is_yanked="data-yanked" in attributes,
                has_metadata=(metadata or "").lower() != "false",
            )


class _Anchors(HTMLParser):
    """The attributes of every link of a page, and where it says its links start from."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: list[dict[str, str | None]] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and len(self.anchors) < _MOST_FILES:
            self.anchors.append(dict(attrs))
        elif tag == "base" and not self.base:
            self.base = dict(attrs).get("href") or ""


def _made(name: str, href: str, base: httpx.URL) -> tuple[str, str] | None:
    """A sound name and the whole address, without login and fragment."""
    url = _joined(base, href)
    if url is None or not _NAME.fullmatch(name):
        return None
    return name, str(without_login(url).copy_with(fragment=None))


def _joined(base: httpx.URL, href: str) -> httpx.URL | None:
    try:
        return parse_address(str(base.join(href))) if href else None
    except (ValueError, httpx.InvalidURL):
        return None


def _size(value: Any) -> int | None:  # noqa: ANN401 - whatever JSON holds
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES
    return value if is_size else None


def _range(value: Any) -> str:  # noqa: ANN401 - as above
    is_range = isinstance(value, str) and len(value) <= _LONGEST_RANGE and value.isprintable()
    return value if is_range else ""


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - as above
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
