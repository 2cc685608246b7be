"""Build contexts, written anew for every release: the same bytes every time.

Made files look like what they stand for as far as size goes: `text` and `javascript` are
words and shrink to about a fifth, `noise` (pictures, models) does not shrink, `program` is
half of each, as compiled code.
"""

from __future__ import annotations

import gzip
import io
import os
import random
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.pairs.reading import Context, Made, RecipeError

_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo")
_VOCABULARY = 4_000
_MODIFIED = 1_756_700_000
"""Modification time of every file of a context (2025-09-01), in seconds."""


def write_context(context: Context, folder: Path, release: int, ignore: tuple[str, ...]) -> None:
    """Fill an empty folder; what was there before is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, text in context.texts.items():
        _write(folder / path, text.replace("@RELEASE@", str(release)).lstrip("\n").encode())
    for made in context.made:
        write_made(made, folder, release)
    if ignore:
        _write(folder / ".dockerignore", "".join(f"{line}\n" for line in ignore).encode())
    for written in [folder, *folder.rglob("*")]:
        os.utime(written, (_MODIFIED, _MODIFIED))


def write_made(made: Made, folder: Path, release: int) -> None:
    """One file, one archive or a folder of files."""
    seed = f"{made.path} {release if made.changes else 0}"
    if made.kind == "archive":
        _write(folder / made.path, _archive(made, seed))
    elif made.files == 1:
        _write(folder / made.path, _contents(made, seed))
    else:
        for name, contents in _files(made, seed):
            _write(folder / made.path / name, contents)


def _write(path: Path, contents: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)
    path.chmod(0o644)


def _files(made: Made, seed: str) -> Iterator[tuple[str, bytes]]:
    for number in range(made.files):
        # Folders of fifty, as packages and pictures lie on disks.
        yield f"{number // 50:02}/{number:04}", _contents(made, f"{seed} {number}")


def _contents(made: Made, seed: str) -> bytes:
    maker = MAKERS.get(made.kind)
    if maker is None:
        raise RecipeError(f"{made.path}: no maker of {made.kind!r}")
    return maker(random.Random(seed), made.bytes)  # noqa: S311 - contents, not secrets


def _archive(made: Made, seed: str) -> bytes:
    """A .tar.gz with one folder named as the archive, of files half of which are program code."""
    packed = io.BytesIO()
    top = made.path.rpartition("/")[2].partition(".")[0]
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        inner = Made(made.path, "program", made.files, made.bytes)
        for name, contents in _files(inner, seed):
            entry = tarfile.TarInfo(f"{top}/{name}")
            entry.size, entry.mtime, entry.mode = len(contents), _MODIFIED, 0o644
            tar.addfile(entry, io.BytesIO(contents))
    return packed.getvalue()


def _noise(source: random.Random, size: int) -> bytes:
    return source.randbytes(size)


def _text(source: random.Random, size: int) -> bytes:
    words = random.Random("words")  # noqa: S311 - as above
    vocabulary = [
        "".join(words.choices(_SYLLABLES, k=words.randint(1, 4))) for _ in range(_VOCABULARY)
    ]
    ranks = [1 / (rank + 1) for rank in range(_VOCABULARY)]
    chosen = source.choices(vocabulary, ranks, k=size // 4)
    lines = (" ".join(chosen[at : at + 10]) for at in range(0, len(chosen), 10))
    return "\n".join(lines).encode()[:size]


def _javascript(source: random.Random, size: int) -> bytes:
    lines: list[str] = []
    written = 0
    for word in _text(source, size).decode().split():
        line = f"export function {word}(options) {{ return options.{word} || null; }}\n"
        lines.append(line)
        written += len(line)
        if written >= size:
            break
    return "".join(lines).encode()[:size]


def _program(source: random.Random, size: int) -> bytes:
    half = size // 2
    return source.randbytes(half) + _text(source, size - half)


MAKERS: dict[str, Callable[[random.Random, int], bytes]] = {
    "noise": _noise,
    "text": _text,
    "javascript": _javascript,
    "program": _program,
}
