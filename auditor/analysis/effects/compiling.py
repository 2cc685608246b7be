"""Which commands compile a program, and which fetch its dependencies."""

from __future__ import annotations

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
