"""COPY, ADD and the mounts of RUN: what comes from where.

Source: Dockerfile reference, "COPY", "ADD" and "RUN --mount".
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.dockerfiles.faults import fault
from auditor.dockerfiles.files import Copied, Files
from auditor.dockerfiles.lines import HereFile, Instruction
from auditor.dockerfiles.made import safe_address
from auditor.dockerfiles.places import in_folder
from auditor.dockerfiles.words import exec_form, here_of, split_words
from auditor.domain.build_plan import Copy, CopyFrom, Deed, Download, InlineFile

_LEAST = 2
_MOST_FLAGS = 100
_APART = frozenset({"cache", "tmpfs"})
_SOURCES = ("source", "src")
_TARGETS = ("target", "dst", "destination")
_ADDRESSES = ("http://", "https://", "git@", "git://", "ssh://")


@dataclass(frozen=True, slots=True)
class Origin:
    """What `--from` names: a stage with its files, or an image (`stage` None)."""

    stage: int | None
    image: str = ""
    files: Files | None = None


FindOrigin = Callable[[str, int], Origin]


@dataclass(frozen=True, slots=True)
class CopyDone:
    """What a COPY or ADD does, and what it tells about files."""

    deeds: tuple[Deed, ...]
    copied: tuple[Copied, ...]


def read_copy(
    one: Instruction,
    words: tuple[str, ...],
    folder: str,
    origin: Origin | None,
    excludes: tuple[str, ...],
) -> CopyDone:
    """What a COPY or ADD in that folder does; `words` with variables replaced.

    `origin` is None for the build context. Raises UsageError where it lacks a destination.
    """
    if len(words) < _LEAST:
        message = f"{one.name} needs a source and a destination"
        raise fault(one.line, message, f"write {one.name} SOURCE DESTINATION")
    *sources, destination = words
    place = in_folder(folder, destination)
    is_folder = destination.endswith(("/", ".")) or len(sources) > 1
    documents = {here.name: here for here in one.documents}
    plain, inline = _sorted(tuple(sources), documents)
    if origin is not None:
        came = tuple(in_folder("/", source) for source in plain)
        deed = CopyFrom(came, place, origin.stage, origin.image)
        tells = origin.files is not None
        copied = (Copied(came, place, is_folder, origin.files),) if tells else ()
        return CopyDone((deed,), copied)
    local = tuple(_in_context(source) for source in plain if not _is_address(source))
    deeds: list[Deed] = []
    if local:
        deeds.append(Copy(local, place, one.name == "ADD", excludes))
    addresses = filter(_is_address, plain)
    deeds += (_fetched(one, place, is_folder=is_folder) for one in addresses)
    deeds += (_written(here, place, is_folder=is_folder) for here in inline)
    return CopyDone(tuple(deeds), (Copied(local, place, is_folder),) if local else ())


def copy_words(one: Instruction) -> tuple[str, ...]:
    """Sources and destination as written."""
    return exec_form(one.text) or tuple(split_words(one.text))


def _sorted(
    sources: tuple[str, ...], documents: dict[str, HereFile]
) -> tuple[tuple[str, ...], list[HereFile]]:
    """Paths, and here-documents."""
    plain: list[str] = []
    inline: list[HereFile] = []
    for source in sources:
        here = here_of(source)
        if here is not None and here.delimiter in documents:
            inline.append(documents[here.delimiter])
        else:
            plain.append(source)
    return tuple(plain), inline


def _in_context(source: str) -> str:
    """A path relative to the build context, whose root `/` and `..` stand for, too."""
    return posixpath.normpath(f"/{source}").lstrip("/") or "."


def _is_address(source: str) -> bool:
    return source.startswith(_ADDRESSES)


def _fetched(source: str, place: str, *, is_folder: bool) -> Download:
    address = safe_address(source)
    is_git = not source.startswith("http") or address.endswith(".git")
    name = "" if is_git else posixpath.basename(address)
    return Download(address, in_folder(place, name) if is_folder and name else place)


def _written(here: HereFile, place: str, *, is_folder: bool) -> InlineFile:
    path = in_folder(place, here.name) if is_folder else place
    return InlineFile(path, len(here.text.encode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class Mounts:
    """What mounts bring for one RUN: files, stages they are of, folders no layer gets."""

    copied: tuple[Copied, ...] = ()
    stages: tuple[int, ...] = ()
    apart: tuple[str, ...] = ()


def read_mounts(flags: tuple[str, ...], folder: str, line: int, find: FindOrigin) -> Mounts:
    """The mounts among the flags of a RUN, whose variables are replaced."""
    copied: list[Copied] = []
    stages: list[int] = []
    apart: list[str] = []
    if len(flags) > _MOST_FLAGS:
        raise fault(line, "RUN has more than 100 flags", "mount a folder in place of its files")
    for options in _mounts(flags):
        target = next((options[name] for name in _TARGETS if options.get(name)), "")
        if options.get("type", "bind") in _APART:
            apart.append(in_folder(folder, target))
        elif options.get("type", "bind") == "bind":
            source = next((options[name] for name in _SOURCES if options.get(name)), ".")
            origin = find(options["from"], line) if options.get("from") else Origin(None)
            stages += [] if origin.stage is None else [origin.stage]
            tells = origin.files is not None or not options.get("from")
            place = in_folder(folder, target or ".")
            came = source if origin.files else _in_context(source)
            copied += [Copied((came,), place, is_folder=False, files=origin.files)] if tells else []
    return Mounts(tuple(copied), tuple(stages), tuple(apart))


def _mounts(flags: tuple[str, ...]) -> Iterator[dict[str, str]]:
    for one in flags:
        if one.startswith("--mount="):
            parts = (part.partition("=") for part in one[len("--mount=") :].split(","))
            yield {name.strip().lower(): value.strip("\"'") for name, _, value in parts}
