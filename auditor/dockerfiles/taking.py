"""What a `COPY --from` takes of a stage: by the path, which deeds' bytes come along."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from auditor.dockerfiles.contents import Contents, Item
from auditor.dockerfiles.files import is_folder, is_match
from auditor.dockerfiles.places import PYTHON, STANDARD_LIBRARY, below, moved, plain
from auditor.dockerfiles.python import PACKAGES
from auditor.dockerfiles.words import names_of
from auditor.domain.build_plan import (
    BaseFiles,
    BaseKind,
    Compile,
    Copy,
    CopyFrom,
    Download,
    Folder,
    IndexKept,
    InlineFile,
    Install,
    LeftBehind,
    Leftover,
    Other,
    Stage,
    Unknown,
    Unpack,
)

# What a builder makes of sources, by the names that tools give it.
_OUTPUTS = names_of(
    """dist build out output target bin release public-build .next .output .nuxt .svelte-kit _site
    site publish standalone lib-dist www storybook-static htmlcov wheelhouse"""
)
# Folders in which a base image has files of its own.
_OF_BASES = names_of(
    """/usr /usr/local /usr/lib /usr/local/lib /usr/bin /usr/local/bin /bin /lib /etc /usr/share
    /usr/local/share"""
)
_PLACED = (
    *(Copy, CopyFrom, InlineFile, IndexKept, LeftBehind, Folder, Unpack, Compile, Other, Unknown),
)
_COPIED = (Leftover.COPIED_PIP, Leftover.COPIED_SETUPTOOLS)
_STARTS_OF_BASES = ("/usr", "/bin", "/lib", "/etc", "/var", "/opt", "/sbin")
_MOST_STEPS, _MOST_SOURCES = 64, 64
_WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """A stage to take from: what lies in it, and the stage on whose image it is built."""

    stage: Stage
    contents: Contents
    bottom: Stage

    @property
    def image(self) -> str:
        """The image below it; empty for scratch."""
        return self.bottom.base.name if self.bottom.base.kind is BaseKind.IMAGE else ""


def taken(path: str, destination: str, source: Source, line: int) -> list[Item]:
    """What lies at the path of a stage and comes to the destination, at its place there.

    All that lies below the path; of what lies around it, the files of the build context it
    names; else an unknown part.
    """
    folder, pattern = _split(plain(path))
    path, key = posixpath.join(folder, pattern).rstrip("/") or "/", (source.stage.number, -1, -1)
    found = [item for item in source.contents.within(folder, line) if _fits(item, folder, pattern)]
    items = [_moved(one, folder, destination) for one in found if not isinstance(one.deed, Folder)]
    if path == PYTHON and _is_python(source.image):
        items += (Item(LeftBehind(one, destination), destination, key) for one in _COPIED)
    if source.image and path == "/":
        return [Item(BaseFiles(source.image), destination, key), *items]
    around = source.contents.around(path, line)
    narrowed = None if _is_installed(path, found) else _narrowed(path, destination, around)
    if narrowed is not None:
        return [narrowed, *items]
    if not items or path in _OF_BASES or path == STANDARD_LIBRARY:
        made_by = "" if items else _maker(path, around, source.stage)
        if not (items or made_by) and any(item.place == path for item in found):
            return [Item(Folder(destination), destination, key)]
        image = source.image if path.startswith(_STARTS_OF_BASES) else ""
        items.append(Item(Unknown(destination, made_by or image), destination, key))
    return items


def _is_python(image: str) -> bool:
    """Whether the image is one of Python, by its name: pip lies beside what is installed."""
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0] == "python"


def _is_installed(path: str, found: list[Item]) -> bool:
    """Whether the path is a folder that an install fills: node_modules, an environment."""
    places = (path, f"{path}/{PACKAGES}")
    return any(isinstance(item.deed, Install) and item.place in places for item in found)


def _split(path: str) -> tuple[str, str]:
    """A folder, and the pattern for names in it; no pattern for a path without one, or for `*`."""
    folder, last = posixpath.split(path)
    if _WILD.isdisjoint(last) or not _WILD.isdisjoint(folder):
        return path, ""
    return folder, last.strip("*") and last


def _fits(item: Item, folder: str, pattern: str) -> bool:
    """Whether the item's name in the folder is of the pattern, or what fills the folder has it."""
    if not pattern:
        return True
    name = below(item.place, folder).partition("/")[0]
    if name:
        return is_match(name, pattern)
    if isinstance(item.deed, Install):
        return item.deed.are_archives
    return isinstance(item.deed, Compile) and _is_output(folder)


def _moved(item: Item, path: str, destination: str) -> Item:
    place = moved(item.place, path, destination)
    deed = item.deed
    if isinstance(deed, Install):
        is_cached = deed.keeps_cache and path in ("/", "/root")
        deed = replace(deed, place=place, keeps_cache=is_cached)
    elif isinstance(deed, Download):
        deed = replace(deed, place=place, unpacked_to=place if deed.unpacked_to else "")
    elif isinstance(deed, _PLACED):
        deed = replace(deed, place=place)
    return replace(item, deed=deed, place=place)


def _narrowed(path: str, destination: str, around: list[Item]) -> Item | None:
    """The part of what was copied that the path names, unless a command rather made it."""
    if _is_made(path, around):
        return None
    for item in around:
        if isinstance(item.deed, Copy):
            rest = below(path, item.place)
            found = (_inner(source, rest) for source in item.deed.sources[:_MOST_SOURCES])
            if inner := next(filter(None, found), ""):
                deed = replace(item.deed, sources=(inner,), place=destination)
                return replace(item, deed=deed, place=destination)
    return None


def _inner(source: str, rest: str) -> str:
    """The file of the context that lies at `rest` below what was copied; empty for none."""
    folder, last = posixpath.split(source)
    if is_folder(source):
        return posixpath.normpath(posixpath.join(source, rest))
    first = rest.partition("/")[0]
    is_it = last == first or is_match(first, last) or is_match(last, first)
    return posixpath.join(folder, last if is_match(last, first) else first) if is_it else ""


def _is_made(path: str, around: list[Item]) -> bool:
    """Whether a compiler ran around the path, and its name is what such tools make."""
    return _is_output(path) and any(isinstance(item.deed, Compile | Other) for item in around)


def _is_output(path: str) -> bool:
    return not _OUTPUTS.isdisjoint(path.split("/")[-3:])


def _maker(path: str, around: list[Item], stage: Stage) -> str:
    """The step that may have made what lies at the path, in words; empty for none."""
    for item in around:
        if isinstance(item.deed, Compile | Other):
            return item.deed.text
        if isinstance(item.deed, Unpack):
            return item.deed.archive
        if isinstance(item.deed, Download):
            return item.deed.address
        if isinstance(item.deed, CopyFrom):
            return item.deed.image
    latest = stage.steps[: -_MOST_STEPS - 1 : -1]
    named = (step.text for step in latest if step.instruction == "RUN" and path in step.text)
    return next((text for text in named if f"mkdir {path}" not in text), "")
