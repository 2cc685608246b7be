"""Build steps in our own short form: what a step did, never how its author wrote it.

Used by convert_sample.py alone. `restate("RUN apt-get update && apt-get install -y git")`
is `RUN apt-get update && apt-get install -y [1 package]`: instruction, package manager,
flags that change the size, counts, what was fetched, built and cleaned. Package names,
values, addresses, keys and checksums are left out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping

LONGEST_STEP = 400
_SEPARATORS = re.compile(r"[();|&]+")
_REDIRECTION = re.compile(r"\d?[<>&]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)
_KEYWORDS = frozenset({"if", "then", "else", "elif", "fi", "do", "done", "{", "}", "!", "while",
                       "until", "time", "exec", "sudo", "command", "..."})  # fmt: skip
_BUILD_PACKAGE = re.compile(
    r".*-dev(el)?|gcc.*|g\+\+|make|cmake|automake|autoconf|build-essential|bison|flex|libtool"
    r"|patch|pkg-?config|pkgconf|dpkg-dev|re2c|linux-headers|llvm|rustc|cargo"
)
_SIMPLE_PATH = re.compile(r"/[\w./+-]{0,60}")
_ARCHIVE = re.compile(r".*\.(tar(\.\w+)?|t[gbx]z\d?|zip|asc|gz|bz2|xz|deb|rpm|war|bin|sig)\*?")
_CACHE = re.compile(r".*(\.cache|\.npm|/root/\.|\.gem|/var/cache|\.composer|\.pearrc|/tmp/pear).*")
_SOURCES = re.compile(r".*(/usr/src|/tmp/build|-src|source).*")
_GROUP = re.compile(r"\.[\w-]{1,30}")
_KEPT_PATHS = ("/var/lib/apt/lists/*", "/var/cache/apk/*", "/tmp/*", "/var/tmp/*")  # noqa: S108 - names to look for

Variables = dict[str, str]


def restate(command: str) -> str:
    """One line of at most LONGEST_STEP characters, instruction first."""
    text = command.removesuffix("# buildkit").strip()
    instruction, _, rest = text.partition(" ")
    if instruction == "ONBUILD":
        return f"ONBUILD {restate(rest)}"
    if text.startswith("RUN # debian.sh"):
        suite = re.search(r"out/ '(\w+)'", text)
        return f"RUN # debian.sh {suite[1] if suite else ''}".strip()
    if instruction == "RUN":
        return f"RUN {restate_shell(rest)}"
    return f"{instruction} {_METADATA[instruction](rest.strip())}".strip()


def build_arguments(command: str) -> str:
    """`|2 NAME= OTHER=` for the source's `# ARGS: NAME=… OTHER=…`, values left out."""
    names = re.findall(r"(?:^|\s)([A-Za-z_]\w*)=", command.removeprefix("# ARGS:"))
    return " ".join((f"|{len(names)}", *(f"{name}=" for name in names)))


def restate_shell(script: str) -> str:
    """Restated simple commands of a shell script, joined by `&&`, repetitions dropped."""
    variables: Variables = {}
    parts: list[str] = []
    for words in _simple_commands(script):
        command = _without_assignments(words, variables)
        part = _restate_command(command, variables) if command else ""
        if part in parts and part.startswith("rm "):  # what counts is the last cleaning
            parts.remove(part)
        if part and part not in parts:
            parts.append(part)
    return _shortened(parts) or "[shell commands]"


def _shortened(parts: list[str]) -> str:
    """The parts joined; the least telling ones are dropped until the text is short enough."""
    kept = list(parts)
    for part in sorted(parts, key=_telling):
        if len(" && ".join(kept)) <= LONGEST_STEP - 20:
            break
        kept.remove(part)
    return " && ".join(kept)


def _telling(part: str) -> int:
    """0 for housekeeping, 2 for package managers and their cleaning, 1 for the rest."""
    if part.split(maxsplit=1)[0] in _LESSER:
        return 0
    return 2 if part.split(maxsplit=1)[0] in _MANAGERS or "/var/" in part else 1


def _simple_commands(script: str) -> Iterable[list[str]]:
    lexer = shlex.shlex(script, posix=True, punctuation_chars="();<>|&")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for token in lexer:
            if _SEPARATORS.fullmatch(token):
                yield words
                words = []
            else:
                words.append(token)
    except ValueError:  # an unbalanced quote: the source cut the text
        pass
    yield words


def _without_assignments(words: list[str], variables: dict[str, str]) -> list[str]:
    """The command's own words; remembers `name='a b'`, which later counts packages."""
    rest = list(words)
    while rest:
        assignment = _ASSIGNMENT.fullmatch(rest[0])
        if assignment:
            variables[assignment[1]] = assignment[2]
        elif rest[0] == "gosu":  # gosu USER command
            del rest[0]
        elif rest[0] not in _KEYWORDS:
            break
        del rest[:1]
    redirection = next((at for at, word in enumerate(rest) if _REDIRECTION.fullmatch(word)), None)
    return rest if redirection is None else rest[:redirection]


def _restate_command(words: list[str], variables: Variables) -> str:
    head = words[0].rpartition("/")[2]
    restater = _COMMANDS.get(head)
    return restater(head, words[1:], variables) if restater else ""


def _counted(words: Iterable[str], variables: Variables, noun: str) -> str:
    """`[3 packages]`; `or more` where a variable or an ellipsis hides some."""
    names: list[str] = []
    is_open = False
    for word in words:
        variable = re.fullmatch(r"\$\{?(\w+).*", word, re.DOTALL)
        value = variables.get(variable[1], "") if variable else word
        is_open |= "$" in value or value in {"", "..."}
        names += [name for name in value.split() if name[0].isalnum() or name[0] == "@"]
    building = sum(bool(_BUILD_PACKAGE.fullmatch(re.split("[=<>]", name)[0])) for name in names)
    if not names:
        return f"[{noun}s]"
    more = " or more" if is_open else ""
    plural = "" if len(names) == 1 and not is_open else "s"
    dev = f", {building} to build" if building and noun == "package" else ""
    return f"[{len(names)}{more} {noun}{plural}{dev}]"


def _packages(
    actions: Mapping[str, str], flags: frozenset[str], noun: str = "package"
) -> Callable[[str, list[str], Variables], str]:
    """A restater for `manager [flags] action [flags] names`."""

    def restater(head: str, words: list[str], variables: Variables) -> str:
        action = next((word for word in words if word in actions), "")
        if not action:
            return ""
        kept = list(dict.fromkeys(word for word in words if word in flags))
        text = " ".join((head, action, *kept))
        if actions[action] == "":
            return text
        names = [word for word in words[words.index(action) + 1 :] if word[:1] != "-"]
        return f"{text} {_counted(names, variables, noun)}"

    return restater


def _apk(head: str, words: list[str], variables: Variables) -> str:
    action = next((word for word in words if word in {"add", "del", "update", "upgrade"}), "")
    rest = words[words.index(action) + 1 :] if action else []
    text = f"{head} {action}" + (" --no-cache" if "--no-cache" in words else "")
    if action == "add" and ("--virtual" in rest or "-t" in rest):
        at = rest.index("--virtual" if "--virtual" in rest else "-t")
        group = _group(rest[at + 1 :])
        variables[f"group {group}"] = group
        text += f" --virtual {group}"
        rest = rest[:at] + rest[at + 2 :]
    groups = [word for word in rest if f"group {word}" in variables or _GROUP.fullmatch(word)]
    if action == "del" and groups:
        return " ".join((text, *groups))
    if action in {"add", "del"}:
        names = [word for word in rest if word[:1] != "-"]
        return f"{text} {_counted(names, variables, 'package')}"
    return text if action else ""


def _group(words: list[str]) -> str:
    return words[0] if words and re.fullmatch(r"\.?[\w-]{1,30}", words[0]) else "[group]"


def _remove(head: str, words: list[str], _variables: Variables) -> str:
    flags = [word for word in words if re.fullmatch(r"-[rRf]+", word)]
    flag = " -rf" if any("r" in word.lower() for word in flags) else ""
    targets = [word for word in words if word[:1] != "-"]
    kept = [path for path in _KEPT_PATHS if any(path.rstrip("/*") == _bare(t) for t in targets)]
    if kept:
        return f"{head}{flag} {' '.join(kept)}"
    for noun, pattern in (("archive", _ARCHIVE), ("caches", _CACHE), ("sources", _SOURCES)):
        if any(pattern.fullmatch(target) for target in targets):
            return f"{head}{flag} [{noun}]"
    return f"{head}{flag} [files]" if targets else ""


def _bare(target: str) -> str:
    return target.rstrip("/*")


def _recursive(head: str, words: list[str], _variables: Variables) -> str:
    is_recursive = any(re.fullmatch(r"-\w*R\w*|--recursive", word) for word in words)
    return f"{head} -R [directory]" if is_recursive else f"{head} [files]"


def _fixed(text: str) -> Callable[[str, list[str], Variables], str]:
    return lambda _head, _words, _variables: text


def _only_when(word: str, text: str) -> Callable[[str, list[str], Variables], str]:
    return lambda _head, words, _variables: text if word in words else ""


def _find(_head: str, words: list[str], _variables: Variables) -> str:
    deletes = "-delete" in words or ("-exec" in words and "rm" in words)
    return "find [files] -delete" if deletes else ""


def _make(head: str, words: list[str], _variables: Variables) -> str:
    return f"{head} install" if any(word.startswith("install") for word in words) else head


def _tar(head: str, words: list[str], _variables: Variables) -> str:
    extracts = any(re.fullmatch(r"-{0,1}\w*x\w*|--extract", word) for word in words)
    return f"{head} -x [archive]" if extracts else ""


def _npm(head: str, words: list[str], variables: Variables) -> str:
    if "cache" in words:
        return f"{head} cache clean" + (" --force" if "--force" in words else "")
    action = next((word for word in words if word in {"install", "ci", "i"}), "")
    flags = [word for word in words if word in {"-g", "--global", "--production"}]
    names = [word for word in words if word != action and word[:1] != "-"]
    found = [_counted(names, variables, "package")] if names else []
    return " ".join((head, action, *flags, *found)) if action else ""


_APT_FLAGS = frozenset({"-y", "-qq", "--no-install-recommends", "--auto-remove", "--purge"})
_APT = _packages(
    {"update": "", "clean": "", "dist-clean": "", "upgrade": "", "dist-upgrade": "",
     "autoremove": "", "install": "names", "purge": "names", "remove": "names",
     "build-dep": "names", "source": "names"},
    _APT_FLAGS,
)  # fmt: skip
_YUM = _packages(
    {"update": "", "clean": "", "upgrade": "", "install": "names", "remove": "names"},
    frozenset({"-y", "all", "--setopt=tsflags=nodocs"}),
)
_PIP = _packages({"install": "names", "download": "names"}, frozenset({"--no-cache-dir", "-r"}))
_GEM = _packages({"install": "names", "update": "", "uninstall": "names"}, frozenset())

_COMMANDS: Mapping[str, Callable[[str, list[str], Variables], str]] = {
    "apt-get": _APT, "apt": _APT, "aptitude": _APT, "apk": _apk,
    "yum": _YUM, "dnf": _YUM, "microdnf": _YUM, "zypper": _YUM,
    "pip": _PIP, "pip2": _PIP, "pip3": _PIP, "gem": _GEM, "npm": _npm,
    "bundle": _only_when("install", "bundle install"), "yarn": _fixed("yarn [packages]"),
    "composer": _fixed("composer [packages]"), "pecl": _only_when("install", "pecl install"),
    "docker-php-ext-install": lambda head, words, variables: (
        f"{head} {_counted([w for w in words if w[:2] != '-j'], variables, 'extension')}"
    ),
    "curl": _fixed("curl [download]"), "wget": _fixed("wget [download]"),
    "git": _only_when("clone", "git clone [sources]"), "tar": _tar,
    "unzip": _fixed("unzip [archive]"), "gpg": _fixed("gpg [signature check]"),
    "sha1sum": _fixed("[checksum check]"), "sha256sum": _fixed("[checksum check]"),
    "sha512sum": _fixed("[checksum check]"), "md5sum": _fixed("[checksum check]"),
    "configure": _fixed("configure [sources]"), "Configure": _fixed("configure [sources]"),
    "cmake": _fixed("cmake [sources]"), "make": _make, "go": _fixed("go [build]"),
    "mvn": _fixed("mvn [build]"), "gradle": _fixed("gradle [build]"),
    "strip": _fixed("strip [binaries]"), "dpkg": _only_when("-i", "dpkg -i [package]"),
    "rpm": _fixed("rpm [package]"), "rm": _remove, "find": _find,
    "chown": _recursive, "chmod": _recursive, "mkdir": _fixed("mkdir [directories]"),
    "cp": _fixed("cp [files]"), "mv": _fixed("mv [files]"), "ln": _fixed("ln -s [links]"),
    "sed": _fixed("sed [configuration]"), "echo": _fixed("echo [configuration]"),
    "umoci": _fixed("umoci [root file system]"), "ldconfig": _fixed("ldconfig"),
    "useradd": _fixed("useradd [user]"), "adduser": _fixed("adduser [user]"),
    "groupadd": _fixed("groupadd [group]"), "addgroup": _fixed("addgroup [group]"),
    "install_addin": _fixed("[install add-ins]"), "installUtility": _fixed("[install features]"),
    "apt-key": _fixed("apt-key [keys]"), "go-wrapper": _fixed("go-wrapper [build]"),
    "a2enmod": _fixed("a2enmod [modules]"), "localedef": _fixed("localedef [locale]"),
    "update-alternatives": _fixed("update-alternatives"), "java": _fixed("java [program]"),
    "python": _fixed("python [script]"), "python3": _fixed("python3 [script]"),
}  # fmt: skip
_LESSER = frozenset({"echo", "sed", "mkdir", "cp", "mv", "ln", "ldconfig", "[checksum", "gpg",
                     "update-alternatives", "strip", "useradd", "groupadd", "adduser", "addgroup",
                     "find", "a2enmod", "python", "python3", "java"})  # fmt: skip


def _arguments(noun: str) -> Callable[[str], str]:
    """A restater for `["a", "b"]` or `[a b]`: how many there are."""

    def restater(text: str) -> str:
        quoted = re.findall(r'"(?:[^"\\]|\\.)*"', text)
        count = len(quoted) or len(text.strip("[]").split())
        return f"[{count} {noun}{'' if count == 1 else 's'}]"

    return restater


def _destination(text: str) -> str:
    """`file in /path/` for `file:… in /path/` and for `source /path/`."""
    words = [word for word in text.split() if not word.startswith("--")]
    what = {"multi": "files", "dir": "directory"}.get(words[0].partition(":")[0], "file")
    if words[0] in {".", "/target/"}:
        what = "directory"
    where = words[-1] if _SIMPLE_PATH.fullmatch(words[-1]) else "[path]"
    return f"{what} in {where}"


def _names(text: str) -> str:
    """Variable names without their values: `PHP_URL PHP_MD5`."""
    found = re.findall(r"(?:^|\s)([A-Za-z_]\w*)=", text) or [text.split(maxsplit=1)[0]]
    return " ".join(dict.fromkeys(found))[:120]


def _path(text: str) -> str:
    return text if _SIMPLE_PATH.fullmatch(text) else "[path]"


def _short_word(text: str) -> str:
    word = text.strip("[]")
    return word if re.fullmatch(r"[\w.-]{1,20}", word) else "[name]"


_MANAGERS = frozenset({"apt-get", "apk", "yum", "pip", "npm", "gem"})

_METADATA: Mapping[str, Callable[[str], str]] = {
    "CMD": _arguments("argument"), "ENTRYPOINT": _arguments("argument"),
    "VOLUME": _arguments("path"), "COPY": _destination, "ADD": _destination,
    "ENV": _names, "ARG": _names, "WORKDIR": _path, "USER": _short_word,
    "STOPSIGNAL": _short_word, "EXPOSE": lambda text: " ".join(re.findall(r"\d+/\w{3}", text)),
    "LABEL": lambda text: f"[{max(1, text.count('='))} labels]",
    "MAINTAINER": lambda _text: "[name left out]",
}  # fmt: skip
