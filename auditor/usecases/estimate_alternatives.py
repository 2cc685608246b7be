"""The same image built otherwise: which recipes are worth a look, and what each takes or breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from auditor.analysis.bases.variants import Change
from auditor.domain.estimates import Choice, Compression, EstimateOptions
from auditor.domain.packages import Ecosystem
from auditor.usecases.estimate_base import EstimateBase
from auditor.usecases.estimate_recipe import BYTE_CODE, Recipe

_WORDS_OF_CHANGE: dict[Change, str] = {
    Change.SAME_RELEASE: "It has no compilers and few libraries: what the program takes from the "
    "full image must be installed.",
    Change.OTHER_RELEASE: "It is another release of the system: versions of libraries differ.",
    Change.MUSL: "It has musl instead of glibc: programs and wheels built for glibc do not run on "
    "it, and what has no musl wheel is compiled.",
    Change.DISTROLESS: "It has no shell and no package manager: everything is built in an earlier "
    "stage and copied.",
}
_DEBIAN_ON_MUSL = (
    "Debian's packages have other names on Alpine: their sizes here are those of Debian."
)
_COPIED = "Debian's packages cannot be installed in it: counted as if their files were copied."
_WHICH_DEV = "Tests, linters and compilers among them cannot run in the image."
_WITHOUT_RECOMMENDED = "Some programs miss what they only recommend: try it."
_CACHES = "They speed up nothing in an image that is built anew."
_ZSTD = (
    "Pulled by containerd 1.5, Docker 23, Podman 3 and newer; layers shared with gzip images are "
    "stored twice."
)
_BYTE_CODE = "Python compiles what it imports at every start instead, unless it may write it."


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One other way: `base` and `recipe` to weigh anew, and how to name and explain it."""

    choice: Choice
    name: str
    recipe: Recipe
    base: EstimateBase | None
    caveats: tuple[str, ...] = ()


def rebuilds(
    recipe: Recipe,
    base: EstimateBase | None,
    slimmer: Iterable[tuple[EstimateBase, Change]],
    options: EstimateOptions,
) -> Iterator[Rebuilt]:
    """Other bases, then other options, each by itself; only those that change something."""
    for other, change in slimmer:
        caveats = (_WORDS_OF_CHANGE[change], *_of_packages(recipe, change))
        yield Rebuilt(Choice.BASE, f"on {other.used.name}", recipe, other, caveats)
    if recipe.has_dev:
        yield _with_dev(recipe, base)
    yield from _of_debian(recipe, base)
    yield from _of_caches(recipe, base)
    yield from _of_python(recipe, base)
    if options.compression is not Compression.ZSTD and recipe.packages:
        changed = recipe.built_with(lambda one: replace(one, compression=Compression.ZSTD))
        yield Rebuilt(Choice.ZSTD, "compressed with zstd", changed, base, (_ZSTD,))


def _of_packages(recipe: Recipe, change: Change) -> Iterator[str]:
    if not any(one.ecosystem is Ecosystem.APT for one in recipe.packages):
        return
    if change is Change.MUSL:
        yield _DEBIAN_ON_MUSL
    elif change is Change.DISTROLESS:
        yield _COPIED


def _with_dev(recipe: Recipe, base: EstimateBase | None) -> Rebuilt:
    if any(one.options.dev for one in recipe.packages):
        changed = recipe.built_with(lambda one: replace(one, dev=False))
        name = "without development dependencies"
        return Rebuilt(Choice.PRODUCTION, name, changed, base, (_WHICH_DEV,))
    changed = recipe.built_with(lambda one: replace(one, dev=True))
    return Rebuilt(Choice.DEVELOPMENT, "with development dependencies", changed, base)


def _of_debian(recipe: Recipe, base: EstimateBase | None) -> Iterator[Rebuilt]:
    debian = [one for one in recipe.packages if one.ecosystem is Ecosystem.APT]
    if not debian:
        return
    if any(one.options.recommends for one in debian):
        changed = recipe.built_with(lambda one: replace(one, recommends=False))
        caveats = (_WITHOUT_RECOMMENDED,)
        yield Rebuilt(Choice.RECOMMENDS, "without recommended packages", changed, base, caveats)
    else:
        changed = recipe.built_with(lambda one: replace(one, recommends=True))
        yield Rebuilt(Choice.RECOMMENDS, "with recommended packages", changed, base)


def _of_caches(recipe: Recipe, base: EstimateBase | None) -> Iterator[Rebuilt]:
    kept = tuple(dict.fromkeys(one.ecosystem for one in recipe.packages))
    if recipe.caches:
        changed = replace(
            recipe.built_with(lambda one: replace(one, keeps_caches=False)), caches=()
        )
        yield Rebuilt(Choice.CACHES, "without package managers' caches", changed, base)
    elif kept:
        changed = replace(
            recipe.built_with(lambda one: replace(one, keeps_caches=True)), caches=kept
        )
        yield Rebuilt(Choice.CACHES, "with package managers' caches", changed, base, (_CACHES,))


def _of_python(recipe: Recipe, base: EstimateBase | None) -> Iterator[Rebuilt]:
    python = [one for one in recipe.packages if one.ecosystem is Ecosystem.PIP]
    if any(one.options.is_compiled for one in python):
        changed = recipe.built_with(lambda one: replace(one, is_compiled=False))
        left = tuple(one for one in recipe.left_behind if one not in BYTE_CODE)
        changed = replace(changed, left_behind=left)
        name = "without byte code (pip --no-compile, PYTHONDONTWRITEBYTECODE=1)"
        yield Rebuilt(Choice.BYTE_CODE, name, changed, base, (_BYTE_CODE,))
