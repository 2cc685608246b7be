"""What a command fetches, unpacks or compiles, and where that ends up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.archives import unpacked
from auditor.analysis.effects.compiling import bundler, compiled_language
from auditor.analysis.effects.paths import downloads, option, written_folder
from auditor.dockerfiles.options import read_options
from auditor.dockerfiles.places import in_folder
from auditor.domain.build_plan import Compile, Download, Folder, Rewrite, Unpack
from auditor.domain.text import clean_line

_OUTPUTS = ("-o", "--output", "--out-dir", "--outDir", "--outfile", "--outdir", "--target-dir")
_LONGEST_TEXT = 120
_DOWNLOADERS = frozenset({"curl", "wget", "aria2c", "axel"})
_PREFIXES = ("PREFIX=", "prefix=", "DESTDIR=")


def downloaded(act: Act, after: Act | None) -> Iterator[Download]:
    """What curl, wget or git fetches; of a pipe into `tar`, what that unpacks (`after`)."""
    if act.name == "git" and "clone" in act.arguments:
        yield Download(address_of(act), in_folder(act.folder, written_folder(act)))
    elif act.name in _DOWNLOADERS:
        paths = tuple(in_folder("/", path) for path in downloads(act))
        for path in paths:
            yield Download(address_of(act), path)
        if not paths and after is not None and (folder := written_folder(after)):
            place = in_folder(after.folder, folder)
            yield Download(address_of(act), place, is_kept=False, unpacked_to=place)


def address_of(act: Act) -> str:
    """The address a command is given, safe to show."""
    words = [word for word in act.operands if "://" in word or word.startswith("$")]
    return safe_address(words[0]) if words else ""


def safe_address(text: str) -> str:
    """An address without credentials, query and fragment, on one line."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return clean_line(text.partition("://")[0] + "://…")
    host = parts.netloc.rpartition("@")[2]
    sign = "://" if parts.netloc else ""
    return clean_line(f"{parts.scheme}{sign}{host}{parts.path}")


def unpacking(act: Act) -> Iterator[Unpack]:
    """Archives that the command unpacks, into which folder."""
    folder = written_folder(act)
    if act.name == "git" or not folder or not _extracts(act):
        return
    for archive in unpacked(act):
        yield Unpack(in_folder("/", archive), in_folder("/", folder))


def _extracts(act: Act) -> bool:
    if act.name == "unzip":
        return True
    flags = [word for word in act.arguments if word.startswith("-") and word[1:2] != "-"]
    first = act.arguments[:1]
    is_long = not {"--extract", "--get"}.isdisjoint(act.arguments)
    return is_long or any("x" in word for word in (*flags, *first) if "/" not in word)


def compiling(act: Act) -> Compile | None:
    """A compiler's or bundler's command, and where its result lies as far as it says."""
    tool = compiled_language(act) or bundler(act)
    if not tool:
        return None
    text = clean_line(" ".join((act.name, *act.arguments[:20])), _LONGEST_TEXT)
    return Compile(act.name, text, in_folder(act.folder, _result(act)))


def _result(act: Act) -> str:
    """The path that a compiler writes to, as written; `.` where it does not say."""
    names = (*_OUTPUTS, "-d") if act.name == "javac" else _OUTPUTS
    if output := option(act.arguments, names):
        return output
    folder = option(act.arguments, ("-C", "--directory", "--manifest-path", "-f")) or "."
    place = _RESULTS.get(act.name)
    return in_folder(in_folder(act.folder, folder), place(act)) if place else folder


def _of_make(act: Act) -> str:
    if "install" not in act.operands:
        return "."
    named = [word.partition("=")[2] for word in act.operands if word.startswith(_PREFIXES)]
    return named[-1] if named else "/usr/local"


def _of_cargo(act: Act) -> str:
    if "install" in act.operands:
        return option(act.arguments, ("--root",)) or "/usr/local/cargo/bin"
    return "target"


def _of_go(act: Act) -> str:
    return "/go/bin" if "install" in act.operands[:1] else "."


_RESULTS: dict[str, Callable[[Act], str]] = {
    "make": _of_make,
    "ninja": _of_make,
    "cargo": _of_cargo,
    "go": _of_go,
    "mvn": lambda _: "target",
    "mvnw": lambda _: "target",
    "gradle": lambda _: "build",
    "gradlew": lambda _: "build",
    "cmake": lambda act: "/usr/local" if "--install" in act.arguments else ".",
}


def folders_made(act: Act) -> Iterator[Folder]:
    """Folders that a `mkdir` makes."""
    if act.name == "mkdir":
        options = read_options(act.arguments, frozenset({"-m", "--mode"}))
        for word in options.operands:
            yield Folder(in_folder(act.folder, word))


def rewriting(act: Act) -> Iterator[Rewrite]:
    """Folders of which a `chown -R` or `chmod -R` rewrites all files."""
    if act.name not in ("chown", "chmod", "chgrp"):
        return
    flags = [word for word in act.arguments if word.startswith("-")]
    if any(word == "--recursive" or (word[1:2] != "-" and "R" in word) for word in flags):
        for word in act.operands[1:]:
            yield Rewrite(in_folder(act.folder, word))
