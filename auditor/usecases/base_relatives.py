"""Images of the database and the catalogue as bases to change to: store -> analysis."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.bases.names import BaseKind, kind_of, split_name
from auditor.analysis.build_step import take_apart
from auditor.catalogue.known_bases import load_catalogue
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.platform import Platform
from auditor.store.analysis_reads import (
    ImageRead,
    find_repository_ids,
    list_repository_names,
    load_images,
    load_repository,
    load_tagged,
)
from auditor.store.engine import Connection

_LIBRARY = "library"
_CRAWLED = "crawled"


def all_public_bases(
    connection: Connection, platform: Platform, now: datetime
) -> tuple[KnownBase, ...]:
    """The catalogue, and all that was crawled of repositories named as public bases are."""
    public = _public_repositories(connection)
    return (*load_catalogue().bases, *_crawled_bases(connection, public, platform, now))


def relatives_of(
    connection: Connection | None, names: Collection[str], platform: Platform, now: datetime
) -> tuple[KnownBase, ...]:
    """The same of these repositories alone; `names` are their last segments ("python").

    Without a connection those of the catalogue.
    """
    shipped = tuple(
        base
        for base in load_catalogue().bases
        if any(split_name(name)[0].rpartition("/")[2] in names for name in base.names)
    )
    if connection is None:
        return shipped
    wanted = [(last, name) for last in names for name in (last, f"{_LIBRARY}/{last}")]
    public = [
        (one, name)
        for last, name in wanted
        if kind_of([last]) is not BaseKind.OTHER
        for one in find_repository_ids(connection, name)
    ]
    return (*shipped, *_crawled_bases(connection, public, platform, now))


def known_base(image: ImageRead, names: tuple[str, ...], now: datetime) -> KnownBase:
    """An image of the database as a base to change to."""
    sizes = [layer.size_bytes for layer in image.layers]
    layers = tuple(BaseLayer(layer.digest, layer.size_bytes) for layer in image.layers)
    return KnownBase(
        names=names,
        platform=image.platform or Platform("", ""),
        size_bytes=sum({layer.digest: layer.size_bytes for layer in layers}.values()),
        as_of=now.date(),
        source=_CRAWLED,
        digest=image.digest,
        layers=layers,
        diff_ids=image.diff_ids,
        distribution=distribution_of(take_apart(image.history, sizes)),
    )


def _public_repositories(connection: Connection) -> Iterator[tuple[int, str]]:
    """Repositories that have a public base's name, as the library names it."""
    for repository_id, name in list_repository_names(connection):
        folder, _, last = name.rpartition("/")
        is_public = folder in ("", _LIBRARY) or folder.endswith(f"/{_LIBRARY}")
        if is_public and kind_of([last]) is not BaseKind.OTHER:
            yield repository_id, name


def _crawled_bases(
    connection: Connection,
    repositories: Iterable[tuple[int, str]],
    platform: Platform,
    now: datetime,
) -> Iterator[KnownBase]:
    """The tagged images of these repositories."""
    for repository_id, name in repositories:
        repository = load_repository(connection, repository_id)
        tagged = load_tagged(connection, repository_id, platform)
        names: dict[int, list[str]] = {}
        for one in tagged:
            where = f"{repository.registry}/{name}" if repository else name
            names.setdefault(one.manifest_id, []).append(f"{where}:{one.tag}")
        for image in load_images(connection, names):
            yield known_base(image, tuple(names[image.manifest_id]), now)
