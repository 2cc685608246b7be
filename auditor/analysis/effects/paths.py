"""Which files a step brings, and which it removes."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.analysis.effects.acts import Act, StepActs, absolute

_DOWNLOADERS = frozenset({"curl", "wget", "aria2c", "axel"})
# `-o` of wget names its log; curl's and aria2c's names the file.
_FILE_OPTIONS = {
    "curl": ("-o", "--output"),
    "wget": ("-O", "--output-document"),
    "aria2c": ("-o", "--out"),
    "axel": ("-o", "--output"),
}
_FOLDER_OPTIONS = {
    "curl": ("--output-dir",),
    "wget": ("-P", "--directory-prefix"),
    "aria2c": ("-d", "--dir"),
    "axel": (),
}
# Destination options of what unpacks or fetches into a folder.
_TARGET_OPTIONS = {
    "tar": ("-C", "--directory"),
    "bsdtar": ("-C", "--directory"),
    "unzip": ("-d",),
}


def option(arguments: tuple[str, ...], names: tuple[str, ...]) -> str:
    """The value behind one of the options, `-o X`, `-fsSLo X`, `--output=X`; empty for none.

    Short options may be glued to others before them (`-fsSLo`), the value stands next.
    """
    for word, value in zip(arguments, (*arguments, "")[1:], strict=True):
        if word in names:
            return value
        for name in names:
            if name.startswith("--") and word.startswith(f"{name}="):
                return word[len(name) + 1 :]
            if _is_glued(word, name):
                return value
    return ""


def _is_glued(word: str, name: str) -> bool:
    is_short = len(name) == len("-x") and word.startswith("-") and not word.startswith("--")
    return is_short and word.endswith(name[1]) and word[1:].isalpha()


def downloads(act: Act) -> Iterator[str]:
    """Absolute paths of the files that a `curl` or `wget` writes."""
    if act.name not in _DOWNLOADERS:
        return
    folder = absolute(act.folder, option(act.arguments, _FOLDER_OPTIONS[act.name]) or ".")
    named = option(act.arguments, _FILE_OPTIONS[act.name])
    redirected = [target for operator, target in act.redirects if operator.startswith((">", "1>"))]
    if named or redirected:
        for name in [named] if named else redirected:
            if name != "-" and not name.startswith("/dev/"):
                yield absolute(folder, name)
    elif act.name != "curl" or _keeps_remote_name(act.arguments):
        for word in act.operands:
            if "://" in word:
                yield absolute(folder, name_in_url(word))


def _keeps_remote_name(arguments: tuple[str, ...]) -> bool:
    return any(
        word == "--remote-name" or (word[:1] == "-" and word[1:2] != "-" and "O" in word)
        for word in arguments
    )


def name_in_url(url: str) -> str:
    """The last part of a URL's path, without query."""
    return url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]


def removed_paths(act: Act) -> Iterator[str]:
    """Absolute paths, or patterns of paths, that an `rm` takes away."""
    if act.name in ("rm", "unlink"):
        for word in act.operands:
            yield absolute(act.folder, word)


def swept_folders(act: Act) -> Iterator[str]:
    """Folders in which a `find` deletes something."""
    if act.name == "find" and ("-delete" in act.arguments or "rm" in act.arguments):
        for word in act.arguments:
            if word.startswith(("-", "(", "!")):
                return
            yield absolute(act.folder, word)


def covers(removed: str, path: str) -> bool:
    """Whether removing `removed` (a path, or one with `*`) takes `path` away with it."""
    if "*" not in removed:
        return path == removed or path.startswith(removed.rstrip("/") + "/")
    parts = removed.split("*")
    return len(path) >= len(parts[0]) and path.startswith(parts[0]) and path.endswith(parts[-1])


def written_folder(act: Act) -> str:
    """Where `tar`, `unzip` and `git clone` put what they bring; empty for other commands."""
    if act.name in _TARGET_OPTIONS:
        return absolute(act.folder, option(act.arguments, _TARGET_OPTIONS[act.name]) or ".")
    if act.name == "git" and "clone" in act.arguments:
        operands = act.operands[act.operands.index("clone") + 1 :]
        last = operands[-1] if operands else "."
        return absolute(act.folder, name_in_url(last).removesuffix(".git") if ":" in last else last)
    return ""


def copied_to(acts: StepActs) -> str:
    """The absolute destination of a COPY or ADD; empty for other steps.

    Of one file copied into a folder, the file's path where the source tells its name.
    """
    words = acts.step.arguments
    if acts.step.instruction not in ("COPY", "ADD") or len(words) < len(("source", "target")):
        return ""
    target = words[-1]
    if len(words) == len(("source", "target")) and (target.endswith("/") or target == "."):
        name = name_in_url(words[0])
        if _names_one_file(name):
            target = f"{target.rstrip('/')}/{name}"
    return absolute(acts.folder, target)


def _names_one_file(name: str) -> bool:
    """A name with an ending, so not a folder, a pattern, or the classic builder's `file:…`."""
    return "." in name.strip(".") and "*" not in name and ":" not in name
