"""Lines of tags: tags that are versions of one thing.

| tags | line |
| --- | --- |
| `1.2.3`, `v1.3`, `20261125`, `2026-11-25`, `ab12cd3` (7 to 64 hex) | `#` |
| `1.2.3-slim`, `v2-slim` | `#-slim` |
| `1.0-rc1`, `1.0-rc.2`, `1.0rc3` | `#-rc#`, `#-rc.#`, `#rc#` |
| `1.2.3-4-gab12cd3` (git describe) | `#` |
| `sha-ab12cd3`; `main-ab12cd3`, `main-20261125-ab12cd3` | `sha-#`; `main-#` |
| `build-17`; `pr-17` | `build-#`; `pr-#` |
| `3.6-alpine3.7` | `#-alpine3.7` |
| `latest`, `stable`, `case17` | themselves |

A number or a hash between separators counts; one that is glued to a word belongs to the
word (another Alpine is another thing), except behind a number, where `rc1`, `beta2`, `r0`
count releases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby

from auditor.domain.digest import Digest

ANY = "#"
_SEPARATORS = frozenset(".-_+")
_HEX = frozenset("0123456789abcdef")
_DIGITS = frozenset("0123456789")
_SHORTEST_HASH, _LONGEST_HASH = 7, 64
_BEFORE_A_HASH = frozenset({"sha", "sha1", "sha256", "git", "commit", "rev"})
_COUNTED_WORDS = frozenset(
    {
        *("a", "alpha", "b", "beta", "build", "cr", "dev", "m", "p", "patch", "post", "pre"),
        *("preview", "r", "rc", "snapshot", "sp", "u"),
    }
)


@dataclass(frozen=True, slots=True)
class TaggedImage:
    """A tag and the image manifest it points at now.

    `created_at` is the config's date; `seen_at` when the tag was first seen to point there.
    """

    tag: str
    digest: Digest
    seen_at: datetime
    created_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it was made, else first seen."""
        return self.created_at or self.seen_at


@lru_cache(maxsize=20_000)
def line_of(tag: str) -> str:
    """The line a tag belongs to: the tag with `#` for what counts versions.

    Linear in the length, for any text; the line of a line is the line itself.
    """
    parts: list[str] = []
    texts = _split(tag)
    for position, text in enumerate(texts):
        if text in _SEPARATORS:
            parts.append(text)
            continue
        behind = parts[-2] if len(parts) > 1 else ""
        is_glued = bool(parts) and parts[-1] == "." and _is_glued(behind)
        named_hash = texts[position - 2] if position > 1 else ""
        shown = text if is_glued else _counted(text, behind, named_hash.lower())
        if behind == ANY and shown.startswith(ANY):
            del parts[-2:]
        parts.append(shown)
    return "".join(parts)


def newest_of_lines(images: Iterable[TaggedImage]) -> tuple[TaggedImage, ...]:
    """The newest image of each line, newest first, each manifest once; ties by tag name.

    Two lines that end in the same manifest (`latest`, `#`) are told by the tag that comes
    first here. Source: DESIGN section 5, "newest".
    """
    newest: dict[str, TaggedImage] = {}
    for image in images:
        line = line_of(image.tag)
        known = newest.get(line)
        if known is None or _age_order(image) < _age_order(known):
            newest[line] = image
    told: dict[Digest, TaggedImage] = {}
    for image in sorted(newest.values(), key=_age_order):
        told.setdefault(image.digest, image)
    return tuple(told.values())


def _age_order(image: TaggedImage) -> tuple[float, str]:
    return (-image.moment.timestamp(), image.tag)


def _split(tag: str) -> list[str]:
    """Texts and separators in turn, each separator alone."""
    parts: list[str] = []
    for is_separator, letters in groupby(tag, _SEPARATORS.__contains__):
        text = "".join(letters)
        parts.extend(text if is_separator else [text])
    return parts


def _counted(text: str, behind: str, named: str) -> str:
    """`#` for a number, a version or a hash, else the text, its counts replaced."""
    if _is_hash(text, named) or _is_number(text.removeprefix("v").removeprefix("V")):
        return ANY
    if behind.endswith(ANY) and text.startswith("g") and _is_hash(text[1:], "git"):
        return ANY
    if text[0] in _DIGITS or (text[0] in "vV" and text[1:2] in _DIGITS):
        return _without_digits(text.removeprefix("v").removeprefix("V").lower())
    word = text.rstrip("0123456789")
    if behind.endswith(ANY) and word != text and word.lower() in _COUNTED_WORDS:
        return word.lower() + ANY
    return text


def _is_number(text: str) -> bool:
    return bool(text) and _DIGITS.issuperset(text)


def _is_hash(text: str, named: str) -> bool:
    """Whether it is an abbreviated or whole hash; one without a digit only by its name."""
    if not _SHORTEST_HASH <= len(text) <= _LONGEST_HASH or not _HEX.issuperset(text):
        return False
    return named in _BEFORE_A_HASH or not _DIGITS.isdisjoint(text)


def _is_glued(text: str) -> bool:
    """Whether a number is part of the word: what follows its dot is, too."""
    return bool(text) and text[-1] in _DIGITS


def _without_digits(text: str) -> str:
    return "".join(
        ANY if is_digits else "".join(letters)
        for is_digits, letters in groupby(text, _DIGITS.__contains__)
    )
