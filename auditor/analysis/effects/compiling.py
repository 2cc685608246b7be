"""Which commands compile a program, and which fetch its dependencies."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.analysis.effects.acts import Act
from auditor.analysis.effects.packages import package_name

GO, RUST, C, JAVA, DOTNET = "Go", "Rust", "C", "Java", ".NET"

_GOALS = {
    "go": (GO, frozenset({"build", "install", "get"})),
    "cargo": (RUST, frozenset({"build", "install"})),
    "mvn": (JAVA, frozenset({"package", "install", "verify", "compile"})),
    "mvnw": (JAVA, frozenset({"package", "install", "verify", "compile"})),
    "gradle": (JAVA, frozenset({"build", "assemble", "jar", "bootJar", "shadowJar", "war"})),
    "gradlew": (JAVA, frozenset({"build", "assemble", "jar", "bootJar", "shadowJar", "war"})),
    "sbt": (JAVA, frozenset({"assembly", "stage", "dist", "package"})),
    "dotnet": (DOTNET, frozenset({"publish", "build"})),
}
_ALWAYS = {"rustc": RUST, "javac": JAVA, "ant": JAVA}
_ALWAYS |= dict.fromkeys(("gcc", "g++", "cc", "c++", "clang", "clang++", "make", "ninja"), C)
_FETCHES = {
    "npm": frozenset({"ci", "install", "i"}),
    "pnpm": frozenset({"install", "i"}),
    "yarn": frozenset({"install", ""}),
    "bundle": frozenset({"install"}),
    "composer": frozenset({"install"}),
    "poetry": frozenset({"install"}),
    "pipenv": frozenset({"install", "sync"}),
    "uv": frozenset({"sync"}),
    "go": frozenset({"mod"}),
    "cargo": frozenset({"fetch"}),
    "dotnet": frozenset({"restore"}),
    "pip": frozenset({"install"}),
    "pip3": frozenset({"install"}),
}
# Installing these prepares a machine, not a program.
_OWN_TOOLS = frozenset({"pip", "setuptools", "wheel", "virtualenv", "pipenv", "poetry", "uv"})
_OTHER_WISH = frozenset({"-g", "--global", "--version", "-v"})

_SCRIPT_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_STARTERS = frozenset({"npx", "pnpx", "bunx"})
_MAKES = re.compile(r"build|compile|bundle|dist|generate|export", re.IGNORECASE)
_BUNDLERS = frozenset({"tsc", "webpack", "rollup", "esbuild", "parcel", "sphinx-build", "hugo"})
# These do other things too, so the word must stand behind them.
_BUILDERS = frozenset(
    {
        *("vite", "next", "nuxt", "ng", "gatsby", "astro", "react-scripts", "vue-cli-service"),
        *("nest", "turbo", "nx", "jekyll", "mkdocs", "remix", "svelte-kit", "tsup", "swc", "ember"),
        "cmake",
    }
)


def compiled_language(act: Act) -> str | None:
    """The language whose compiler a command runs: `go build`, `mvn package`, `make`."""
    if act.name in _ALWAYS:
        asks = bool(act.arguments) and set(act.arguments) <= {"--version", "-v"}
        return None if asks else _ALWAYS[act.name]
    if act.name not in _GOALS:
        return None
    language, goals = _GOALS[act.name]
    return language if any(word.rpartition(":")[2] in goals for word in act.operands) else None


def fetches_dependencies(act: Act) -> bool:
    """A command that brings a program's libraries: `npm ci`, `pip install -r …`."""
    if act.name not in _FETCHES or not _OTHER_WISH.isdisjoint(act.arguments):
        return False
    operands = act.operands
    if next(iter(operands), "") not in _FETCHES[act.name]:
        return False
    wanted = {package_name(word).partition("[")[0] for word in operands[1:]}
    return not wanted or not wanted <= _OWN_TOOLS


def bundler(act: Act) -> str:
    """The tool that makes a web page, a bundle or a package of sources; empty for none.

    `npm run build`, `tsc`, `npx vite build`, `python -m build`.
    """
    words = act.operands
    if act.name in _SCRIPT_RUNNERS:
        script = words[1:2] if words[:1] in (("run",), ("run-script",)) else words[:1]
        is_script = words[:1] == ("run",) or words[:1] == ("run-script",) or act.name != "npm"
        return act.name if is_script and any(map(_MAKES.search, script)) else ""
    if act.name in _STARTERS and words:
        act = replace(act, name=words[0], arguments=words[1:])
        words = words[1:]
    if act.name in _BUNDLERS:
        return act.name
    if act.name in _BUILDERS:
        return act.name if any(map(_MAKES.search, act.arguments[:1] + words)) else ""
    is_package = act.arguments[:2] == ("-m", "build") or words[:1] == ("setup.py",)
    return "python" if is_package and act.name.startswith("python") else ""
