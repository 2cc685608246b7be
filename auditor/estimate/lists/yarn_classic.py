"""yarn.lock as yarn 1 writes it: a form of its own, told apart by indentation."""

from __future__ import annotations

import json
from collections.abc import Iterator

from auditor.estimate.lists.limits import check_count, lines_of, quoted, refused
from auditor.estimate.lists.npm_sources import is_elsewhere, is_not_of_registry
from auditor.estimate.lists.yarn_entries import YarnEntry, name_of, range_of

_FIELD, _VALUE = 2, 4  # spaces in front of an entry's fields, and of what it needs
_KINDS = {"dependencies:": False, "optionalDependencies:": True}


def classic_entries(file: str, content: bytes) -> list[YarnEntry]:
    """Entries in the order of the file. Raises UsageError naming the line that is none of it."""
    entries: list[YarnEntry] = []
    is_optional: bool | None = None
    for number, depth, line in _lines(file, content):
        if depth == 0:
            entries.append(_begun(file, line, number))
            is_optional = None
        elif not entries:
            raise _not_yarns(file, line, number)
        elif depth == _FIELD:
            is_optional = _KINDS.get(line)
            _take_field(entries[-1], line)
        elif depth == _VALUE and is_optional is not None:
            entries[-1].needs.append((*_need(file, line, number), is_optional))
        check_count(file, len(entries))
    return entries


def _lines(file: str, content: bytes) -> Iterator[tuple[int, int, str]]:
    """Lines that say something, with their number and the spaces in front of them."""
    for number, raw in lines_of(file, content):
        line = raw.strip()
        if line and not line.startswith("#"):
            yield number, len(raw) - len(raw.lstrip(" ")), line


def _need(file: str, line: str, number: int) -> tuple[str, str]:
    words = list(_words(line))
    if len(words) != 2:  # noqa: PLR2004 - a name and a range
        raise _not_yarns(file, line, number)
    return words[0], words[1]


def _begun(file: str, line: str, number: int) -> YarnEntry:
    keys = tuple(one for one in _words(line.removesuffix(":")) if one)
    if not line.endswith(":") or not keys or "@" not in keys[0][1:]:
        raise _not_yarns(file, line, number)
    return YarnEntry(keys, name_of(keys[0]), is_elsewhere=is_elsewhere(range_of(keys[0])))


def _take_field(entry: YarnEntry, line: str) -> None:
    name, _, rest = line.partition(" ")
    value = next(_words(rest), "")
    if name == "version":
        entry.version = value
    elif name == "resolved" and is_not_of_registry(value):
        entry.is_elsewhere = True


def _words(line: str) -> Iterator[str]:
    """Words apart by spaces or commas, some of them JSON strings."""
    at = 0
    while at < len(line):
        if line[at] in " ,":
            at += 1
            continue
        end = _end(line, at)
        word = line[at:end]
        yield _unquoted(word) if word.startswith('"') else word
        at = end


def _end(line: str, at: int) -> int:
    if line[at] == '"':
        end = line.find('"', at + 1)
        while end > 0 and line[end - 1] == "\\":
            end = line.find('"', end + 1)
        return end + 1 if end > 0 else len(line)
    ends = [end for sign in " ," if (end := line.find(sign, at)) >= 0]
    return min(ends, default=len(line))


def _unquoted(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word.strip('"')


def _not_yarns(file: str, line: str, number: int) -> Exception:
    return refused(file, f"line {number}: {quoted(line)} is not yarn's", "write it anew with yarn")
