"""Dockerfiles that install packages in less usual ways, each with what it really leaves.

What a step leaves is known by construction: every way of installing and of cleaning says so
itself. How builders write a step down, with the lines of a long RUN joined as they stand:

- classic: `/bin/sh -c TEXT`, `|1 A=b /bin/sh -c TEXT` (moby
  builder/dockerfile/dispatchers.go); `#(nop) ` and two blanks before other instructions;
- BuildKit: `RUN |1 A=b /bin/sh -c TEXT # buildkit`, without mounts; of a here-document that
  stands alone its lines (BuildKit frontend/dockerfile/dockerfile2llb/convert.go,
  `dispatchRun`, `runCommandString`, `commitToHistory`);
- buildah: `/bin/sh -c ` and the line as written without `RUN `, flags too (buildah
  imagebuildah/stage_executor.go, `getCreatedBy`: `node.Original[4:]`);
- kaniko: the instruction as written (kaniko pkg/commands/run.go, `String`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

DIALECTS = (
    *("classic", "classic-arguments", "buildkit", "buildkit-arguments", "heredoc"),
    *("buildah", "kaniko"),
)
STYLES = ("and", "and", "semicolon", "braces", "branch", "bash")
_ARGUMENT = "VERSION=1.2"


@dataclass(frozen=True, slots=True)
class Case:
    """One Dockerfile. `runs`: commands of each RUN. `left`: rules that are right about it.

    `differs`: by rule, why hadolint judges otherwise. `settings`: ENV and ARG pairs, the
    latter marked `ARG `. `mount`: of the first RUN.
    """

    rule: str
    base: str
    runs: tuple[tuple[str, ...], ...]
    left: frozenset[str]
    differs: tuple[tuple[str, str], ...] = ()
    settings: tuple[str, ...] = ()
    mount: str = ""
    dialect: str = "classic"
    style: str = "and"
    name: str = ""

    @property
    def dockerfile(self) -> str:
        """What a linter reads."""
        lines = [f"FROM {self.base}"]
        if self.dialect.endswith("arguments"):
            lines.append(f"ARG {_ARGUMENT}")
        lines += [one if one.startswith("ARG ") else f"ENV {one}" for one in self.settings]
        for number, commands in enumerate(self.runs):
            flags = f"--mount={self.mount} " if self.mount and not number else ""
            if self.dialect == "heredoc":
                lines.append("\n".join((f"RUN {flags}<<EOF", "set -e", *commands, "EOF\n")))
            else:
                lines.append(f"RUN {flags}" + self._script(commands, " \\\n"))
        return "\n".join(lines) + "\n"

    @property
    def history(self) -> tuple[tuple[str, bool], ...]:
        """`created_by` behind the base, and whether it made a layer."""
        return (*self._settings(), *((self._run(*one), True) for one in enumerate(self.runs)))

    def _settings(self) -> list[tuple[str, bool]]:
        is_new = self.dialect in ("buildkit", "buildkit-arguments", "heredoc", "kaniko")
        head = "" if is_new else "/bin/sh -c #(nop)  "
        named = [one if one.startswith("ARG ") else f"ENV {one}" for one in self.settings]
        return [(head + one, False) for one in named]

    def _run(self, number: int, commands: tuple[str, ...]) -> str:
        text = self._script(commands, " ")
        flags = f"--mount={self.mount} " if self.mount and not number else ""
        if self.dialect == "kaniko":
            return f"RUN {flags}{text}"
        pairs = [one.removeprefix("ARG ") for one in self.settings if one.startswith("ARG ")]
        pairs += [_ARGUMENT] if self.dialect.endswith("arguments") else []
        told = f"|{len(pairs)} {' '.join(pairs)} " if pairs else ""
        if self.dialect == "heredoc":
            lines = "".join(f"{line}\n" for line in ("set -e", *commands))
            return f"RUN {told}/bin/sh -c {lines} # buildkit"
        if self.dialect.startswith("buildkit"):
            return f"RUN {told}/bin/sh -c {text} # buildkit"
        return f"{told}/bin/sh -c {flags if self.dialect == 'buildah' else ''}{text}"

    def _script(self, commands: tuple[str, ...], end_of_line: str) -> str:
        if self.style == "semicolon":
            return "set -eux;" + f";{end_of_line}    ".join(("", *commands)).removeprefix(";")
        if self.style == "braces":
            return "{ " + f";{end_of_line}    ".join(commands) + "; }"
        if self.style == "branch":
            return f"if test -e /etc/os-release; then {f';{end_of_line}    '.join(commands)}; fi"
        if self.style == "bash":
            return f"bash -c '{' && '.join(commands)}'"
        return f"{end_of_line}    && ".join(commands)


_BY_PATH = "hadolint knows no program by its path"
_ORDER = "hadolint does not look at the order"
_ANY_RM = "any `rm -rf` satisfies hadolint"
_RM_ALONE = "hadolint knows `rm` alone"
_SWITCH = "hadolint wants the switch"
UNRECORDED = "history records no mounts"
BASH = "hadolint does not read a script in quotes"
_LISTS = "/var/lib/apt/lists"
_UPDATES = ("apt-get update", "apt-get -qq update", "apt-get update -y", "/usr/bin/apt-get update")
# How lists are removed, and what is left behind when it runs last.
_CLEANS_LISTS = {
    f"rm -rf {_LISTS}/*": "",
    f"rm -fr {_LISTS}/*": "",
    f"rm -rf {_LISTS}": "",
    f"rm -r {_LISTS}": "hadolint wants the letters `-rf` or the path with `/*`",
    "rm -rf /var/lib/apt/*": "",
    f"rm -rf /tmp/* /var/tmp/* {_LISTS}/*": "",
    f"find {_LISTS} -type f -delete": _RM_ALONE,
    "apt-get dist-clean": _RM_ALONE,
}
_KEEPS_LISTS = {
    "apt-get clean": "",
    "apt-get autoremove -y": "",
    "rm -rf /tmp/build": _ANY_RM,
    "rm -rf /var/cache/apt/archives": _ANY_RM,
    "rm -f /etc/motd": "",
}
_LEAN = ("--no-install-recommends", "-o APT::Install-Recommends=false", "")


def _apt(chance: random.Random) -> Case:
    update = chance.choice(_UPDATES)
    lean = chance.choice(_LEAN)
    packages = " ".join(chance.sample(("curl", "git", "nginx", "libpq5"), 2))
    order = chance.choice((f"install -y {lean} {packages}", f"-y {lean} install {packages}"))
    install = f"apt-get {' '.join(order.split())}"
    kind = chance.choice(("cleaned", "cleaned", "kept", "kept", "before", "later", "mounted"))
    cleaning, why = chance.choice(
        tuple((_KEEPS_LISTS if kind == "kept" else _CLEANS_LISTS).items())
    )
    runs: tuple[tuple[str, ...], ...] = ((update, install, cleaning),)
    mount = ""
    if kind == "before":
        cleaning = f"rm -rf {_LISTS}/*"
        runs, why = ((cleaning, update, install),), _ORDER
    elif kind == "later":
        runs, why = ((update, install), (cleaning,)), ""
    elif kind == "mounted":
        runs, why = ((update, install),), UNRECORDED
        mount = f"type=cache,target={_LISTS}"
    why = why or (_BY_PATH if "/usr/bin" in update else "")
    left = set() if kind in ("cleaned", "mounted") else {"apt-lists-kept"}
    left |= set() if lean else {"apt-recommends"}
    differs = (("apt-lists-kept", why),) if why else ()
    return Case("apt", "debian:12", runs, frozenset(left), differs, mount=mount)


def _apk(chance: random.Random) -> Case:
    add = "apk add bash curl"
    cases = (
        ("apk add --no-cache bash curl", (), False, ""),
        ("apk --no-cache add bash curl", (), False, ""),
        ("apk add -U --no-cache --virtual .build gcc", ("apk del .build",), False, ""),
        (add, (), True, ""),
        ("apk add --update bash", (), True, ""),
        ("apk add -t .build gcc", ("apk del .build",), True, ""),
        (add, ("rm -rf /var/cache/apk/*",), False, _SWITCH),
        (add, ("rm -rf /var/cache/apk",), False, _SWITCH),
        (add, ("rm -rf /var/cache/*",), False, _SWITCH),
        (add, ("apk cache clean",), True, ""),
    )  # fmt: skip
    install, after, is_left, why = chance.choice(cases)
    return _simple("apk-cache-kept", "alpine:3.20", (install, *after), why, is_left=is_left)


def _rpm(chance: random.Random) -> Case:
    tool = chance.choice(("dnf", "yum", "microdnf"))
    install = chance.choice((f"{tool} install -y curl git", f"{tool} -y install curl git"))
    cases: list[tuple[tuple[str, ...], bool, str]] = [
        ((install,), True, ""),
        ((install, f"{tool} clean all"), False, ""),
        ((install, f"{tool} -y clean all"), False, ""),
        ((install, f"rm -rf /var/cache/{'yum' if tool == 'yum' else 'dnf'}"), False, ""),
        ((install, "rm -rf /tmp/build"), True, _ANY_RM),
        ((f"{tool} clean all", install), True, _ORDER),
        ((install, f"{tool} clean all", f"{tool} install -y tar"), True, _ORDER),
    ]
    if tool == "microdnf":
        cases = [one for one in cases if "rm -rf /var" not in one[0][-1]]
    commands, is_left, why = chance.choice(cases)
    return _simple("rpm-cache-kept", "fedora:40", commands, why, is_left=is_left)


def _zypper(chance: random.Random) -> Case:
    install = chance.choice(
        ("zypper install -y curl", "zypper -n in curl", "zypper --non-interactive install curl")
    )
    cases = (
        ((install,), True),
        ((install, "zypper clean"), False),
        ((install, "zypper clean --all"), False),
        ((install, "zypper cc -a"), False),
        (("zypper clean", install), True),
        ((install, "rm -rf /tmp/build"), True),
    )
    commands, is_left = chance.choice(cases)
    why = _ORDER if commands[-1] == install else _ANY_RM if "rm" in commands[-1] else ""
    return _simple("zypper-cache-kept", "opensuse/leap:15.6", commands, why, is_left=is_left)


def _pip(chance: random.Random) -> Case:
    tool = chance.choice(("pip", "pip3", "python3 -m pip", "python -m pip", "/opt/venv/bin/pip"))
    install = f"{tool} install flask==3.0.0"
    cases: tuple[tuple[tuple[str, ...], tuple[str, ...], bool, str], ...] = (
        ((install,), (), True, ""),
        ((f"{tool} install --no-cache-dir flask==3.0.0",), (), False, ""),
        ((f"{tool} --no-cache-dir install flask==3.0.0",), (), False, ""),
        ((install,), ("PIP_NO_CACHE_DIR=1",), False, ""),
        ((install,), ("PIP_NO_CACHE_DIR=true",), False, ""),
        ((install,), ("ARG PIP_NO_CACHE_DIR=1",), False, "hadolint reads ENV alone"),
        ((f"PIP_NO_CACHE_DIR=1 {install}",), (), False, "hadolint reads ENV alone"),
        (("export PIP_NO_CACHE_DIR=1", install), (), False, "hadolint reads ENV alone"),
        ((install, "rm -rf /root/.cache"), (), False, _SWITCH),
        ((install, "rm -rf ~/.cache/pip"), (), False, _SWITCH),
        ((install, f"{tool} cache purge"), (), False, _SWITCH),
        ((f"{tool} install --no-cache-dir wheel", install), (), True, ""),
        (("rm -rf /root/.cache", install), (), True, ""),
        ((f"{tool} freeze",), (), False, ""),
    )
    commands, settings, is_left, why = chance.choice(cases)
    why = why or (_BY_PATH if "/opt" in tool else "")
    made = _simple("pip-cache-kept", "python:3.12-slim", commands, why, is_left=is_left)
    return replace(made, settings=settings)


def _simple(rule: str, base: str, commands: tuple[str, ...], why: str, *, is_left: bool) -> Case:
    left = frozenset({rule}) if is_left else frozenset[str]()
    return Case(rule, base, (commands,), left, ((rule, why),) if why else ())


def cases(count: int = 420, seed: int = 20261127) -> tuple[Case, ...]:
    """So many Dockerfiles, always the same ones; all dialects and ways of writing."""
    chance = random.Random(seed)  # noqa: S311 - no secret, always the same
    kinds = (_apt, _apk, _rpm, _zypper, _pip, _apt)
    made = []
    for number in range(count):
        case = kinds[number % len(kinds)](chance)
        dialect = chance.choice(DIALECTS)
        style = chance.choice(STYLES)
        if dialect.startswith("classic") and case.mount:
            dialect = "buildah"  # the classic builder has no mounts
        made.append(replace(case, dialect=dialect, style=style, name=f"hard-{number:03}"))
    return tuple(made)
