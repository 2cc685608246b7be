"""What an image's own layers hold, as far as it matters on another base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.analysis.image_facts import BuildStep

_LONGEST_STEP = 100_000
# A value may be filled in as often as a text names it, so it has to be short.
_LONGEST_VALUE, _MOST_WORDS = 4000, 200
_SEPARATORS = frozenset({";", "&&", "||", "|", "(", ")", "{", "}", "then", "do", "else"})
_MANAGERS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("apt-get", "apt", "aptitude"), frozenset({"install", "build-dep"})),
    **dict.fromkeys(("yum", "dnf", "microdnf", "zypper"), frozenset({"install"})),
    "apk": frozenset({"add"}),
}
_NO_VERBS: frozenset[str] = frozenset()
_APT = frozenset({"apt-get", "apt", "aptitude"})
_REMOVALS = frozenset({"purge", "remove", "autoremove", "del", "erase"})
_BUILD_TOOLS = frozenset(
    {
        *("gcc", "g++", "make", "autoconf", "automake", "dpkg-dev", "build-essential"),
        *("pkg-config", "re2c", "libtool", "bison", "flex", "cmake", "clang"),
    }
)
APT_LISTS_BYTES = 14_670_000
"""Package lists of Debian 12 main, gzip -6 (OPTIMISATION.md section 4); Ubuntu's have more."""
_LISTS_SHARE_AT_MOST = 0.95


@dataclass(frozen=True, slots=True)
class OwnLayers:
    """Bytes of an image's own layers, by what made them; together all of them.

    `package_bytes`: packages that stay. `build_tool_bytes`: layers that mostly installed
    compilers and headers. `list_bytes`: package lists of apt left behind. `other_bytes`:
    copied, downloaded, built from source, or unknown.
    """

    package_bytes: int = 0
    build_tool_bytes: int = 0
    list_bytes: int = 0
    other_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """All of them."""
        return self.package_bytes + self.build_tool_bytes + self.list_bytes + self.other_bytes


@dataclass(frozen=True, slots=True)
class _Work:
    installed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    compiles: bool = False
    keeps_lists: bool = False


def own_layers(
    steps: Sequence[BuildStep], layer_sizes: Sequence[int], base_layers: int
) -> OwnLayers:
    """The layers above the lowest `base_layers`, sorted by what their steps say.

    Variables are filled in from ENV steps where a word is one. Mounts, scripts that were
    copied and COPY --from are not seen: such layers count as other. Linear in the texts.
    """
    by_layer = {step.layer: step for step in steps if step.layer is not None}
    values = _environment(steps)
    packages = tools = lists = other = 0
    for position in range(base_layers, len(layer_sizes)):
        size, step = layer_sizes[position], by_layer.get(position)
        work = _work(step.text[:_LONGEST_STEP], values) if step else _NOTHING
        kept = min(APT_LISTS_BYTES, int(size * _LISTS_SHARE_AT_MOST)) if work.keeps_lists else 0
        lists += kept
        stays = work.installed - work.removed
        if work.compiles or not stays:
            other += size - kept
        elif 2 * sum(map(_is_build_tool, stays)) >= len(stays):
            tools += size - kept
        else:
            packages += size - kept
    return OwnLayers(packages, tools, lists, other)


def _environment(steps: Iterable[BuildStep]) -> Mapping[str, Sequence[str]]:
    """Words of each variable, by the two ways of naming it."""
    values: dict[str, Sequence[str]] = {}
    for step in steps:
        for pair in step.arguments if step.instruction == "ENV" else ():
            name, _, value = pair.partition("=")
            words = value[:_LONGEST_VALUE].split()[:_MOST_WORDS]
            values[f"${name}"] = values[f"${{{name}}}"] = words
    return values


_NOTHING = _Work()


def _work(text: str, values: Mapping[str, Sequence[str]]) -> _Work:
    """What the simple commands of a script do together."""
    installed: set[str] = set()
    removed: set[str] = set()
    compiles = updates = False
    for words in _commands(text):
        compiles = compiles or words[0] == "make" or words[0].endswith("configure")
        verbs = _MANAGERS.get(words[0], _NO_VERBS)
        verb = next((word for word in words[1:] if not word.startswith("-")), "")
        updates = updates or (verb == "update" and words[0] in _APT)
        if verbs and (verb in verbs or verb in _REMOVALS):
            plain = (word for word in words[1:] if not word.startswith("-") and word != verb)
            named = {one.strip("'\"") for word in plain for one in values.get(word, (word,))}
            (installed if verb in verbs else removed).update(named)
    cleans = "/var/lib/apt" in text or "dist-clean" in text
    keeps_lists = updates and not cleans
    return _Work(frozenset(installed), frozenset(removed), compiles, keeps_lists)


def _commands(text: str) -> Iterator[Sequence[str]]:
    """Words of each simple command, told apart by what stands between commands."""
    words: list[str] = []
    for word in text.replace(";", " ; ").split():
        if word in _SEPARATORS:
            if words:
                yield words
            words = []
        elif words or not (word == "RUN" or _is_assignment(word)):
            words.append(word)
    if words:
        yield words


def _is_assignment(word: str) -> bool:
    """Whether the word stands before a command, as in `DEBIAN_FRONTEND=noninteractive apt-get`."""
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _is_build_tool(package: str) -> bool:
    name = package.partition("=")[0]
    return name in _BUILD_TOOLS or name.endswith(("-dev", "-devel"))
