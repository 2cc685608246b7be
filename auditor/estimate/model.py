"""From packages to the bytes of a layer: constants learned from layers that were really built.

Pure. Compressed bytes are a layer's tar deflated as by `gzip -6`, which is Docker's level, or by
zstd at level 3; unpacked bytes are the contents of its files. How good it is on packages it was
not fitted on: docs/reference/calculator-model.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.domain.build_plan import Leftover
from auditor.domain.estimates import Compression, Interval, Part, PartKind
from auditor.domain.packages import Closure, Ecosystem, SizedPackage
from auditor.domain.units import format_bytes
from auditor.estimate.constants import Habits, Line, load_model, spread_at

_MIXED_POWER = 0.7
"""An archive is packed by xz and a layer by gzip: the better xz did, the more gzip loses."""
_DOCUMENTS = re.compile(r".*-docs?(?:-.*)?|manpages.*")
"""Debian's packages of documents, which slim images do not unpack."""
_BYTES_PER_ZIPPED_FILE = 350
_LEAST_OF_A_ZIP = 0.4
"""A wheel packs each file by itself, with two headers, and a layer all of them together: so many
bytes of a wheel a file, and at most so much of it, are not in the layer."""
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "mixed": ("archive", "unpacked"),
    "shown": ("archive", "unpacked"),
    "solid": ("archive", "count"),
}
"""Which figures of a package a sum is made of, where that is not the one of its name."""
_NAMES_SHOWN = 3
_CACHES = {
    Ecosystem.APT: ("apt lists", "What apt-get update leaves in /var/lib/apt/lists"),
    Ecosystem.APK: ("apk index", "What apk leaves in /var/cache/apk without --no-cache"),
    Ecosystem.PIP: ("pip cache", "What pip keeps below ~/.cache/pip without --no-cache-dir"),
    Ecosystem.NPM: ("npm cache", "What npm keeps below ~/.npm unless its cache is cleaned"),
}
_LEFT = {
    Leftover.PYTHON_CODE: (
        *(PartKind.CACHE, "byte code of Python"),
        (
            "What the first run of pip compiles of Python's own library, as the base has no byte code "
            "of it; nothing where PYTHONDONTWRITEBYTECODE=1 is set"
        ),
    ),
    Leftover.PIP_CODE: (
        *(PartKind.CACHE, "byte code of pip"),
        (
            "What pip compiles of itself when it first runs; nothing where PYTHONDONTWRITEBYTECODE=1 "
            "is set"
        ),
    ),
    Leftover.ENVIRONMENT_PIP: (
        *(PartKind.PIP, "pip of the environment"),
        "What `python -m venv` puts into an environment; nothing with --without-pip",
    ),
    Leftover.ENVIRONMENT_SETUPTOOLS: (
        *(PartKind.PIP, "setuptools of the environment"),
        "What `python -m venv` puts into an environment before Python 3.12",
    ),
    Leftover.COPIED_PIP: (
        *(PartKind.PIP, "pip of the build stage"),
        (
            "What lies in site-packages of an image of Python, copied with the packages; nothing "
            "where they are installed with --target or --prefix"
        ),
    ),
    Leftover.COPIED_SETUPTOOLS: (
        *(PartKind.PIP, "setuptools of the build stage"),
        "What lies in site-packages of an image of Python before 3.12, copied with the packages",
    ),
    Leftover.NPM_CODE: (
        *(PartKind.CACHE, "npm's compile cache"),
        (
            "What Node keeps of npm in /tmp/node-compile-cache; nothing where that is removed or "
            "NODE_DISABLE_COMPILE_CACHE=1 is set"
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """How a layer is made.

    `is_byte_compiled`: pip writes .pyc files, as it does by itself. `is_slim_base`: the base
    keeps dpkg from unpacking documents and translations, as Docker's slim images do.
    """

    compression: Compression = Compression.GZIP
    is_byte_compiled: bool = True
    is_slim_base: bool = False


@dataclass(frozen=True, slots=True)
class KnownPackage:
    """A package with a figure for everything; `guesses` names those that are by habit."""

    name: str
    archive_bytes: float
    unpacked_bytes: float
    source_bytes: float
    file_count: float = 0
    guesses: frozenset[str] = frozenset()


def layer_part(closure: Closure, options: LayerOptions | None = None) -> Part:
    """The layer that installing these packages makes; no bytes where all are in the base.

    Packages of unknown size count as a usual one, and up to a big one in the interval.
    """
    options = options or LayerOptions()
    kind, name = PartKind(closure.ecosystem.value), f"{closure.ecosystem} packages"
    if not closure.packages:
        return _nothing(kind, name, "Nothing is installed that the base does not have.")
    lines, layer = load_model().lines, _layer(closure.ecosystem, options)
    habits = load_model().habits[closure.ecosystem]
    line = lines[f"{layer} {options.compression}"]
    return Part(
        kind=kind,
        name=name,
        compressed=predict(line, closure, habits),
        unpacked=predict(lines[f"{layer} unpacked"], closure, habits),
        packages=tuple(sorted(closure.packages, key=_biggest_first)),
        explanation=_explain(closure, line),
    )


def cache_part(closure: Closure, options: LayerOptions | None = None) -> Part:
    """What the tool leaves behind where nobody cleans up after it; no bytes for no packages."""
    options = options or LayerOptions()
    name, what = _CACHES[closure.ecosystem]
    if not closure.packages:
        return _nothing(PartKind.CACHE, name, "Nothing is installed.")
    lines, layer = load_model().lines, f"{closure.ecosystem} cache"
    habits = load_model().habits[closure.ecosystem]
    line = lines[f"{layer} {options.compression}"]
    return Part(
        kind=PartKind.CACHE,
        name=name,
        compressed=predict(line, closure, habits),
        unpacked=predict(lines[f"{layer} unpacked"], closure, habits),
        explanation=f"{what}. {_measured(line)}",
    )


def left_part(what: Leftover, compression: Compression = Compression.GZIP) -> Part:
    """What a package manager leaves of its own."""
    kind, name, explanation = _LEFT[what]
    lines = load_model().lines
    line = lines[f"{what} {compression}"]
    versions = "1 version" if line.rows == 1 else f"{line.rows:,} versions"
    return Part(
        kind=kind,
        name=name,
        compressed=_constant(line),
        unpacked=_constant(lines[f"{what} unpacked"]),
        explanation=f"{explanation}. Weighed in {versions}.",
    )


def predict(line: Line, closure: Closure, habits: Habits) -> Interval:
    """Bytes of a closure that is not empty; what no index says of it is as usual."""
    known = [complete(package, habits) for package in closure.packages]
    estimate = weigh_sums(line.weights, sums(known))
    low, high = _spread(line, known, estimate)
    unsized = sum(_is_unsized(package) for package in closure.packages)
    beyond = unsized * (habits.archive_bytes_ninth_decile - habits.archive_bytes_median)
    most = estimate * high + beyond * estimate / (sum(one.archive_bytes for one in known) or 1.0)
    return Interval(round(estimate), round(estimate * low), round(most))


def weigh_sums(weights: Mapping[str, float], known: Mapping[str, float]) -> float:
    """The weighted sum, in bytes."""
    return sum(weight * known[name] for name, weight in weights.items())


def sums(packages: Sequence[KnownPackage]) -> dict[str, float]:
    """What lines have weights for, by name: bytes, counts, and 1 for what is always there."""
    mixed = [(package.name, _mixed(package)) for package in packages]
    return {
        "constant": 1.0,
        "packages": float(len(packages)),
        "archive": sum(package.archive_bytes for package in packages),
        "unpacked": sum(package.unpacked_bytes for package in packages),
        "source": sum(package.source_bytes for package in packages),
        "mixed": sum(size for _, size in mixed),
        "shown": sum(size for name, size in mixed if not _DOCUMENTS.fullmatch(name)),
        "solid": sum(_solid(package) for package in packages),
    }


def complete(package: SizedPackage, habits: Habits) -> KnownPackage:
    """The package with what is usual in the place of what is unknown."""
    archive = package.archive_bytes
    if archive is None and package.unpacked_bytes is not None:
        archive = round(package.unpacked_bytes / habits.unpacked_per_archive)
    if archive is None:
        archive = habits.archive_bytes_median
    unpacked, source = package.unpacked_bytes, package.source_bytes
    count = package.file_count
    known = {
        "archive": package.archive_bytes,
        "unpacked": unpacked,
        "source": source,
        "count": count,
    }
    return KnownPackage(
        name=package.name,
        archive_bytes=archive,
        unpacked_bytes=archive * habits.unpacked_per_archive if unpacked is None else unpacked,
        source_bytes=archive * habits.source_per_archive if source is None else source,
        file_count=archive * habits.files_per_archive_byte if count is None else count,
        guesses=frozenset(name for name, value in known.items() if value is None),
    )


def _mixed(package: KnownPackage) -> float:
    return float(package.archive_bytes**_MIXED_POWER * package.unpacked_bytes ** (1 - _MIXED_POWER))


def _solid(package: KnownPackage) -> float:
    """What files packed one by one have when they are packed together."""
    saved = package.file_count * _BYTES_PER_ZIPPED_FILE
    return max(_LEAST_OF_A_ZIP * package.archive_bytes, package.archive_bytes - saved)


def _spread(line: Line, known: Sequence[KnownPackage], size_bytes: float) -> tuple[float, float]:
    """That of known packages and that of guesses, each for its share of the archives' bytes."""
    whole = sum(package.archive_bytes for package in known) or 1.0
    needed = frozenset(one for name in line.weights for one in _NEEDS.get(name, (name,)))
    guessed = sum(one.archive_bytes for one in known if one.guesses & needed) / whole
    sure, guess = (spread_at(each, size_bytes) for each in (line.spread, line.spread_of_guesses))
    low, high = (a + guessed * (b - a) for a, b in zip(sure, guess, strict=True))
    return min(low, 1.0), max(high, 1.0)


def _layer(ecosystem: Ecosystem, options: LayerOptions) -> str:
    """What lines of this layer are called."""
    if ecosystem is Ecosystem.APT:
        return "apt slim" if options.is_slim_base else "apt"
    if ecosystem is Ecosystem.PIP:
        return "pip compiled" if options.is_byte_compiled else "pip"
    return ecosystem.value


def _is_unsized(package: SizedPackage) -> bool:
    return package.archive_bytes is None and package.unpacked_bytes is None


def _biggest_first(package: SizedPackage) -> tuple[int, str]:
    return -(package.archive_bytes or 0), package.name


def _nothing(kind: PartKind, name: str, why: str) -> Part:
    return Part(kind, name, Interval.exactly(0), Interval.exactly(0), explanation=why)


def _explain(closure: Closure, line: Line) -> str:
    """`12 packages, 4.07 MB as archives. Eight of ten …`."""
    count = len(closure.packages)
    packages = "1 package" if count == 1 else f"{count:,} packages"
    said = [f"{packages}, {format_bytes(closure.archive_bytes)} as archives."]
    unsized = [package.name for package in closure.packages if _is_unsized(package)]
    if unsized:
        named = ", ".join(unsized[:_NAMES_SHOWN]) + ("…" if len(unsized) > _NAMES_SHOWN else "")
        said.append(f"No index gives a size of {len(unsized):,} of them: {named}.")
    return " ".join([*said, _measured(line)])


def _constant(line: Line) -> Interval:
    """The bytes of a line that depends on nothing."""
    size_bytes = line.weights["constant"]
    low, high = spread_at(line.spread, size_bytes)
    return Interval(round(size_bytes), round(size_bytes * low), round(size_bytes * high))


def _measured(line: Line) -> str:
    if not line.rows:
        return f"Not measured: {line.note}."
    layers = "1 layer that was" if line.rows == 1 else f"{line.rows:,} layers that were"
    return f"Learned from {layers} built and weighed."
