"""The end of a crawl: what it costs to bring figures up to date, by what was touched."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest, ManifestKind
from auditor.domain.observation import CrawlOutcome, RegistryCapabilities, RepositoryObservation
from auditor.domain.platform import DEFAULT_PLATFORM
from auditor.store.batches import chunks
from auditor.store.crawls import CrawlEnd, begin_crawl, finish_crawl
from auditor.store.engine import Database
from auditor.store.recall import known_repository
from auditor.store.state import CrawlMark, save_repositories
from benchmarks.ledger_rows import END, MEDIA_TYPES, REGISTRIES

_NAME, _SCOPE = REGISTRIES[0]
_LAYER_TYPE = MEDIA_TYPES[-1]
_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Touch:
    """One crawl that found new images in a share of the repositories.

    `held` counts pairs of a touched blob and a repository that holds it, `sharers` the
    repositories whose figures follow.
    """

    held: int
    sharers: int
    save_seconds: float
    finish_seconds: float

    @property
    def work(self) -> int:
        """Rows touched plus the repositories that share a touched blob."""
        return self.held + self.sharers


@dataclass(slots=True)
class Crawls:
    """Crawls of the largest registry, a day after one another; `seed` chooses repositories."""

    database: Database
    seed: int = 1
    day: int = 0
    names: Sequence[str] = ()
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a choice, not a secret
        with self.database.reading() as connection:
            names = connection.execute(_NAMES, {"registry": _NAME}).scalars()
            self.names = tuple(names)

    def touch(self, ratio: float, *, moves: bool) -> Touch:
        """New images in this share of the repositories.

        With `moves`, every tenth of them (one at least) also takes the base layers of
        another repository, which those share who stand on the same base.
        """
        self.day += 1
        now = END + timedelta(days=self.day)
        with self.database.writing() as connection:
            mark = begin_crawl(connection, _NAME, scope=_SCOPE, platform=DEFAULT_PLATFORM, now=now)
        count = max(1, round(ratio * len(self.names))) if ratio else 0
        chosen = self.chance.sample(self.names, count)
        started = time.perf_counter()
        for together in chunks(enumerate(chosen), _TOGETHER):
            with self.database.writing() as connection:
                seen = [
                    self._push(connection, mark, name, moves=moves and number % 10 == 0)
                    for number, name in together
                ]
                save_repositories(connection, mark, seen)
        save_seconds = time.perf_counter() - started
        held, sharers = self._visit_the_rest(mark)
        return Touch(held, sharers, save_seconds, self._finish(mark))

    def _push(
        self, connection: Connection, mark: CrawlMark, name: str, *, moves: bool
    ) -> RepositoryObservation:
        known = known_repository(
            connection, mark.registry_id, name, now=mark.now, recheck_after=timedelta(days=999)
        )
        layers = _layers_of(connection, name)[:-2]
        if moves:
            layers = [*_layers_of(connection, self.chance.choice(self.names))[:5], *layers[5:]]
        image, config = self._image(layers, mark.now)
        tags = {**known.tags, f"2.{self.day}": image.digest, "latest": image.digest}
        reached = frozenset(digest for digest in tags.values() if digest is not None)
        return RepositoryObservation(name, tags, reached, (image,), (config,))

    def _image(
        self, layers: Sequence[Descriptor], created_at: datetime
    ) -> tuple[Manifest, ImageConfig]:
        own = [Descriptor(_LAYER_TYPE, self._digest(), 5_000_000) for _ in range(2)]
        config = ImageConfig(self._digest(), 4_000, DEFAULT_PLATFORM, created_at)
        image = Manifest(
            digest=self._digest(),
            media_type=media_types.OCI_MANIFEST,
            size_bytes=2_000,
            kind=ManifestKind.IMAGE,
            config=Descriptor(media_types.OCI_CONFIG, config.digest, config.size_bytes),
            layers=(*layers, *own),
        )
        return image, config

    def _digest(self) -> Digest:
        return Digest.of(self.chance.randbytes(32))

    def _visit_the_rest(self, mark: CrawlMark) -> tuple[int, int]:
        """As if every other repository had been found unchanged; counts what is touched."""
        values = {"registry": mark.registry_id, "crawl": mark.crawl_id}
        with self.database.writing() as connection:
            connection.execute(_VISITED, values)
            held = connection.execute(_HELD).scalar_one()
            sharers = connection.execute(_SHARERS).scalar_one()
        return held, sharers

    def _finish(self, mark: CrawlMark) -> float:
        end = CrawlEnd(
            outcome=CrawlOutcome.COMPLETE,
            finished_at=mark.now,
            saw_all=True,
            lists_repositories=True,
            capabilities=RegistryCapabilities(lists_untagged=True),
            platform=DEFAULT_PLATFORM,
            repositories=len(self.names),
            tags=0,
            requests=0,
            bytes_fetched=0,
            problems=(),
            guard_ratio=0.2,
            accept_removals=False,
        )
        started = time.perf_counter()
        with self.database.writing() as connection:
            finish_crawl(connection, mark, end)
        return time.perf_counter() - started


def _layers_of(connection: Connection, repository: str) -> list[Descriptor]:
    """The layers of the first image a repository held, base first."""
    rows = connection.execute(_LAYERS, {"registry": _NAME, "repository": repository})
    return [Descriptor(_LAYER_TYPE, Digest.from_bytes(row.digest), row.size_bytes) for row in rows]


_NAMES = text(
    "SELECT name FROM repository WHERE removed_at IS NULL AND registry_id = "
    "(SELECT id FROM registry WHERE name = :registry) ORDER BY name"
)
_LAYERS = text(
    """
    SELECT b.digest, b.size_bytes
    FROM manifest_blob AS mb JOIN blob AS b ON b.id = mb.blob_id
    WHERE mb.role = 2 AND mb.manifest_id = (
      SELECT MIN(p.manifest_id) FROM presence AS p
      JOIN manifest AS m ON m.id = p.manifest_id AND m.kind = 'image'
      JOIN repository AS r ON r.id = p.repository_id
      JOIN registry AS g ON g.id = r.registry_id
      WHERE g.name = :registry AND r.name = :repository AND p.until IS NULL)
    ORDER BY mb.position
    """
)
_VISITED = text("UPDATE repository SET last_crawl_id = :crawl WHERE registry_id = :registry")
_HELD = text(
    "SELECT COUNT(*) FROM dirty_blob AS d JOIN repository_blob AS rb "
    "ON rb.scope_id = d.scope_id AND rb.blob_id = d.blob_id"
)
_SHARERS = text(
    "SELECT COUNT(*) FROM (SELECT repository_id FROM dirty_repository UNION "
    "SELECT rb.repository_id FROM dirty_blob AS d JOIN repository_blob AS rb "
    "ON rb.scope_id = d.scope_id AND rb.blob_id = d.blob_id) AS touched"
)
