"""What every list is held to: bytes, lines, entries; and the errors and notes that say so."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.domain.errors import UsageError
from auditor.domain.text import clean_line

MOST_BYTES = 20_000_000
MOST_ENTRIES = 100_000
LONGEST_LINE = 20_000
_SHOWN = 80
_MOST_NAMED = 10
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def refused(file: str, why: str, next_step: str) -> UsageError:
    """The error for a file that cannot be used."""
    return UsageError(f"{clean_line(file)}: {why}", next_step=next_step)


def shown(text: object) -> str:
    """Anything out of a file, safe to print and in at most 80 characters."""
    return clean_line(text if isinstance(text, str) else str(text)[:_SHOWN], _SHOWN)


def quoted(text: object) -> str:
    """The same between quotes, for names and versions that may hold anything."""
    return f"'{shown(text)}'"


def text_of(file: str, content: bytes) -> str:
    """The file's text, without a byte order mark. Raises UsageError for too much and for no text.

    UTF-8; UTF-16 where its mark says so, as Windows shells write what `pip freeze` prints.
    """
    if len(content) > MOST_BYTES:
        raise refused(file, f"it has over {MOST_BYTES:,} bytes", "give a shorter list of packages")
    try:
        text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(file, f"byte {error.start} is not text", "save it as UTF-8") from error
    if "\0" in text:
        raise refused(file, "it has a NUL character", "give a text file")
    return text.replace("\r\n", "\n")


def lines_of(file: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1; raises UsageError for one that is too long."""
    for number, line in enumerate(split_lines(text_of(file, content)), 1):
        if len(line) > LONGEST_LINE:
            raise refused(
                file, f"line {number} has over {LONGEST_LINE:,} characters", "break it up"
            )
        yield number, line


def split_lines(text: str) -> Iterator[str]:
    """Lines, one at a time: a list of millions of empty ones takes twenty times the file."""
    for line in io.StringIO(text):
        yield line.removesuffix("\n")


def check_count(file: str, count: int) -> None:
    """Raises UsageError for more entries than any list of packages has."""
    if count > MOST_ENTRIES:
        raise refused(
            file, f"it has over {MOST_ENTRIES:,} entries", "give a shorter list of packages"
        )


def few(names: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    """Names in a row, the first ten and how many more."""
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _MOST_NAMED
    row = ", ".join(map(shown, distinct[:_MOST_NAMED]))
    return f"{row} and {more:,} more" if more > 0 else row


@dataclass(slots=True)
class Notes:
    """What was left out of one file or guessed, gathered by reason."""

    file: str
    _names: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, reason: str, *names: str) -> None:
        """`reason` is the head of a sentence, which `names` end; without names, all of it."""
        self._names.setdefault(reason, {}).update(dict.fromkeys(names))

    def told(self) -> tuple[str, ...]:
        """One sentence for each reason, which begins with the file's name."""
        file = shown(self.file)
        return tuple(
            f"{file}: {reason}: {few(list(names))}." if names else f"{file}: {reason}."
            for reason, names in self._names.items()
        )


ELSEWHERE = "not counted, since they come from addresses or folders, not from an index"
