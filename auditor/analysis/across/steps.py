"""What a build step depends on, as far as its text tells: sources, a list, or nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from auditor.analysis.across.tag_lines import ANY
from auditor.analysis.remembered import remembered

_DIGITS = frozenset("0123456789")
_MOST_CHARACTERS = 4 * 2**20
_INSTALLERS: dict[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(("apt-get", "apt", "aptitude"), ("apt", frozenset({"install"}))),
    "apk": ("apk", frozenset({"add"})),
    **dict.fromkeys(("yum", "dnf", "microdnf", "tdnf", "zypper"), ("rpm", frozenset({"install"}))),
    **dict.fromkeys(("pip", "pip3"), ("pip", frozenset({"install"}))),
    "poetry": ("poetry", frozenset({"install"})),
    "uv": ("uv", frozenset({"sync"})),
    "npm": ("npm", frozenset({"ci", "install", "i"})),
    "yarn": ("yarn", frozenset({"install"})),
    "pnpm": ("pnpm", frozenset({"install", "i"})),
    "bundle": ("bundler", frozenset({"install"})),
    "gem": ("gem", frozenset({"install"})),
    "composer": ("composer", frozenset({"install"})),
    "go": ("go", frozenset({"mod"})),
    "cargo": ("cargo", frozenset({"fetch", "chef"})),
    **dict.fromkeys(("conda", "mamba", "micromamba"), ("conda", frozenset({"install", "env"}))),
    "dotnet": ("dotnet", frozenset({"restore"})),
    **dict.fromkeys(("curl", "wget"), ("download", frozenset())),
}
# Commands whose result depends on files that were copied before.
_READS_SOURCES = frozenset(
    {
        *("make", "cmake", "ninja", "meson", "bazel", "gcc", "g++", "cc", "javac", "rustc", "tsc"),
        *("webpack", "vite", "ng", "next", "gulp", "grunt", "esbuild", "rake", "ant", "sbt"),
        *("gradle", "gradlew", "mvn", "mvnw", "python", "python3", "node", "npx", "php", "ruby"),
        *("chown", "chmod", "cp", "mv", "sed", "tar", "unzip", "git", "find", "rsync", "ln"),
        *("msbuild", "swift", "mix", "stack", "cabal", "hugo", "jekyll", "sh", "bash"),
    }
)
_SOURCE_VERBS: dict[str, frozenset[str]] = {
    "go": frozenset({"build", "install", "generate", "test"}),
    "cargo": frozenset({"build", "install", "test"}),
    "dotnet": frozenset({"build", "publish", "pack", "test"}),
    **dict.fromkeys(("npm", "yarn", "pnpm"), frozenset({"run", "build", "test", "pack"})),
    "bundle": frozenset({"exec"}),
    "composer": frozenset({"dump-autoload", "run-script"}),
    "poetry": frozenset({"build", "run"}),
}
_MAVEN = frozenset({"mvn", "mvnw"})
_GRADLE = frozenset({"gradle", "gradlew"})
_LOCAL_PACKAGES = frozenset({".", "./", "-e", "--editable"})
_PREFIXES = frozenset({"sudo", "exec", "time", "nice", "env", "command", "then", "do", "!"})
_ENDS = ("&&", "||", ";", "|", "&", "(", ")", "{", "}")
# Files that say what to install: an installation behind them depends on them by right.
_MANIFESTS = frozenset(
    {
        *("package.json", "package-lock.json", "package*.json", "yarn.lock", "pnpm-lock.yaml"),
        *("npm-shrinkwrap.json", ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml"),
        *("requirements.txt", "pyproject.toml", "poetry.lock", "uv.lock", "pipfile"),
        *("pipfile.lock", "constraints.txt", "environment.yml", "go.mod", "go.sum", "go.*"),
        *("cargo.toml", "cargo.lock", "gemfile", "gemfile.lock", "gemfile*", "composer.json"),
        *("composer.lock", "composer.*", "pom.xml", "build.gradle", "build.gradle.kts"),
        *("settings.gradle", "settings.gradle.kts", "gradle.properties", "packages.config"),
    }
)
_MANIFEST_ENDINGS = (".csproj", ".fsproj", ".sln", ".lock", "requirements.txt")


class Reads(Enum):
    """What decides the contents of a step's layer.

    `COPIED`: files from outside (COPY, ADD). `SOURCES`: files copied before (a build).
    `NOTHING`: what its own words say, a list of dependencies at most.
    """

    COPIED = "copied"
    SOURCES = "sources"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class StepKind:
    """What a step reads, and which package manager it installs with (`npm`), or empty."""

    reads: Reads
    ecosystem: str = ""


@remembered(_MOST_CHARACTERS)
def kind_of(step: str) -> StepKind:
    """What the step's text says; linear in its length.

    A step that installs and builds (`npm ci && npm run build`) counts as a build: its
    bytes cannot be told apart. Scripts that are called by path count as builds.
    """
    words = step.split()
    instruction = words[0].upper() if words else ""
    if instruction in {"COPY", "ADD"}:
        return StepKind(Reads.COPIED)
    ecosystem = ""
    for command in _commands(words[1:] if instruction == "RUN" else words):
        if _is_build(command):
            return StepKind(Reads.SOURCES)
        ecosystem = _installs_with(command) or ecosystem
    return StepKind(Reads.NOTHING, ecosystem)


def copies_manifests_only(step: str) -> bool:
    """Whether a COPY or ADD brings only files that list dependencies (`package.json`)."""
    words = [word for word in step.split()[1:] if not word.startswith("--")]
    names = [word.strip('[",]').rpartition("/")[2].lower() for word in words[:-1]]
    return bool(names) and all(
        name in _MANIFESTS
        or name.endswith(_MANIFEST_ENDINGS)
        or (name.startswith("requirements") and name.endswith(".txt"))
        for name in names
    )


def names_contents(step: str) -> bool:
    """Whether a COPY or ADD names what it copied by hash (`COPY dir:4f5e… in /app`).

    The classic builder and buildah do; BuildKit and kaniko record the Dockerfile's words.
    """
    words = step.split()[1:]
    return any(word.startswith(("dir:", "file:", "multi:")) for word in words)


@remembered(_MOST_CHARACTERS)
def shape_of(step: str) -> str:
    """The step with each word that holds a digit as `#`: equal between releases."""
    return " ".join(ANY if _has_digit(word) else word for word in step.split())


def _has_digit(word: str) -> bool:
    return not _DIGITS.isdisjoint(word)


def _commands(words: list[str]) -> list[list[str]]:
    """The words of each simple command, roughly: quotes are not understood."""
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _ENDS:
            commands.append([])
            continue
        is_assignment = "=" in word and not word.startswith("-")
        bare = word.rstrip(";")
        if bare and (commands[-1] or not (is_assignment or bare in _PREFIXES or word[0] == "-")):
            commands[-1].append(bare)
        if word.endswith(";"):
            commands.append([])
    return [command for command in commands if command]


def _name(command: list[str]) -> str:
    return command[0].lstrip("({@").rpartition("/")[2]


def _is_build(command: list[str]) -> bool:
    name, arguments = _name(command), command[1:]
    if name in _MAVEN and any(word.startswith("dependency:") for word in arguments):
        return False
    if name in _GRADLE and "dependencies" in arguments:
        return False
    if name in {"pip", "pip3"} and not _LOCAL_PACKAGES.isdisjoint(arguments):
        return True
    if name in {"python", "python3"} and arguments[:2] == ["-m", "pip"]:
        return not _LOCAL_PACKAGES.isdisjoint(arguments)
    if command[0].startswith(("./", "/")) and name not in _INSTALLERS:
        return True
    return name in _READS_SOURCES or not _SOURCE_VERBS.get(name, frozenset()).isdisjoint(arguments)


def _installs_with(command: list[str]) -> str:
    name, arguments = _name(command), command[1:]
    if name in _MAVEN:
        return "maven"
    if name in _GRADLE:
        return "gradle"
    if name in {"python", "python3"}:
        return "pip"
    if name == "yarn" and all(word.startswith("-") for word in arguments):
        return "yarn"
    ecosystem, verbs = _INSTALLERS.get(name, ("", frozenset()))
    return ecosystem if not verbs or not verbs.isdisjoint(arguments) else ""
