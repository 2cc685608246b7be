"""What is to be built: the TOML files of `bases/` and `recipes/`, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DAYS_BETWEEN_RELEASES = 14
REGISTRY = "registry.example.com"
"""What Dockerfiles call the registry; the builder leads the name to loopback."""


class RecipeError(ValueError):
    """A recipe that cannot be built; the message names the file."""


@dataclass(frozen=True, slots=True)
class Made:
    """Contents of the build context that are made: `kind` is a maker of contexts.py.

    `bytes` is what each of `files` files holds. `changes`: other contents at each release.
    """

    path: str
    kind: str
    files: int = 1
    bytes: int = 1000
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """A build context: `texts` by path (`@RELEASE@` is the release's number), then `made`.

    `served` is made too, and served by the loopback server of downloads.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    made: tuple[Made, ...] = ()
    served: tuple[Made, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One side of a pair: an image for each tag, two weeks apart.

    `ignore`: lines of .dockerignore. `compression`: gzip, zstd or none
    for every layer, the base's among them; by itself gzip. `also`: further
    repositories that get the same images.
    """

    role: str
    repository: str
    tags: tuple[str, ...]
    dockerfile: str
    ignore: tuple[str, ...] = ()
    compression: str = ""
    also: tuple[str, ...] = ()

    @property
    def base(self) -> str | None:
        """`platform/debian:12-slim`: what the last stage is built on; None for scratch."""
        last = [line.split() for line in self.dockerfile.splitlines() if line.startswith("FROM ")]
        name = last[-1][1]
        return None if name == "scratch" else name.removeprefix(f"{REGISTRY}/")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A pair, or a base (`variants` then holds one).

    `shows`: rules that should find the difference, none where no rule looks for it. `differs`:
    it in a sentence. `root`: for a base made of Debian packages, which root file system.
    `measures`: whether the pair is about a cold `pull`, about the image's `own` layers only,
    about what a further `release` stores, or about `nothing` that can be measured between the
    two. `packages`: Python packages that a loopback index serves with caching headers.
    """

    name: str
    shows: tuple[str, ...]
    differs: str
    released: date
    variants: tuple[Variant, ...]
    context: Context
    root: str = ""
    measures: str = "pull"
    packages: tuple[str, ...] = ()

    @property
    def image_names(self) -> tuple[str, ...]:
        """`shop/search:2.3.1`, for every image that is pushed."""
        return tuple(
            f"{repository}:{tag}"
            for variant in self.variants
            for tag in variant.tags
            for repository in (variant.repository, *variant.also)
        )

    def built_at(self, release: int) -> datetime:
        """The date that an image of this release states."""
        day = self.released + timedelta(days=DAYS_BETWEEN_RELEASES * release)
        return datetime.combine(day, time(9), UTC)


def load_bases() -> tuple[Recipe, ...]:
    """Bases, in an order in which they can be built."""
    return tuple(_load(FOLDER / "bases"))


def load_pairs() -> tuple[Recipe, ...]:
    """Pairs, in order of name."""
    return tuple(_load(FOLDER / "recipes"))


def _load(folder: Path) -> Iterator[Recipe]:
    for path in sorted(folder.glob("*.toml")):
        raw = tomllib.loads(path.read_text())
        try:
            yield _recipe(path.stem, raw)
        except (KeyError, TypeError) as error:
            raise RecipeError(f"{path.name}: {error!r}") from error


def _recipe(name: str, raw: dict[str, Any]) -> Recipe:
    roles = [role for role in ("base", "wasteful", "lean") if role in raw]
    wasteful = raw.get("wasteful", {})
    return Recipe(
        name=name,
        shows=tuple(raw.get("shows", ())),
        differs=raw["differs"],
        released=raw["released"],
        variants=tuple(_variant(role, {**wasteful, **raw[role]}, raw) for role in roles),
        context=_context(raw.get("context", {})),
        root=raw.get("root", ""),
        measures=raw.get("measures", "pull"),
        packages=tuple(raw.get("packages", ())),
    )


def _variant(role: str, raw: dict[str, Any], recipe: dict[str, Any]) -> Variant:
    """The lean side inherits what it does not say, its tags with `-lean` behind them."""
    own = recipe[role]
    tags = [f"{tag}-lean" if role == "lean" and "tags" not in own else tag for tag in raw["tags"]]
    return Variant(
        role=role,
        repository=raw["repository"],
        tags=tuple(tags),
        dockerfile=raw["dockerfile"].lstrip(),
        ignore=tuple(own.get("ignore", ())),
        compression=own.get("compression", ""),
        also=tuple(own.get("also", ())),
    )


def _context(raw: dict[str, Any]) -> Context:
    def made(key: str) -> tuple[Made, ...]:
        return tuple(Made(path, **values) for path, values in raw.get(key, {}).items())

    return Context(dict(raw.get("files", {})), made("made"), made("served"))
