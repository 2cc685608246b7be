"""What was read of one repository, saved in parts while more is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from auditor.crawler.limits import LANES, Room
from auditor.crawler.plan import config_to_read
from auditor.crawler.ports import CrawlSink, ManifestSource
from auditor.crawler.problems import Problems
from auditor.crawler.progress import WalkCounts
from auditor.crawler.side_by_side import side_by_side
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from auditor.domain.observation import Problem, RepositoryObservation


@dataclass(slots=True)
class Parts:
    """Manifests and configs that wait to be saved, and what was seen of the repository.

    `tags` and `reached` are the walk's own and grow while it goes on. `unread_configs`: by
    image, configs of earlier crawls that were not readable then.
    """

    name: str
    source: ManifestSource
    sink: CrawlSink
    room: Room
    counts: WalkCounts
    watch: Callable[[], None]
    problems: Problems
    tags: dict[str, Digest | None] = field(default_factory=dict)
    reached: set[Digest] = field(default_factory=set)
    unread_configs: dict[Digest, Descriptor] = field(default_factory=dict)
    _unsaved: list[Manifest] = field(default_factory=list)
    _unsaved_bytes: int = 0
    _configs: list[ImageConfig] = field(default_factory=list)
    _config_bytes: int = 0
    _configs_asked: set[Digest] = field(default_factory=set)

    def keep(self, manifest: Manifest) -> None:
        """Have a new manifest saved with the next part."""
        self._unsaved.append(manifest)
        self._unsaved_bytes += manifest.size_bytes
        self.room.unsaved_bytes += manifest.size_bytes

    async def save_if_due(self) -> None:
        """Save what waits, once it is much; their configs are read first."""
        if not self._is_due():
            return
        manifests, weight = self._unsaved, self._unsaved_bytes
        self._unsaved, self._unsaved_bytes = [], 0
        try:
            await self._read_configs(manifests)
            await self._save_some(manifests)
        except BaseException:
            self._unsaved += manifests
            self._unsaved_bytes += weight
            raise
        self.room.unsaved_bytes -= weight

    def _is_due(self) -> bool:
        """Whether there is much to save here, or much everywhere and something here."""
        limits = self.room.limits
        return (
            len(self._unsaved) >= limits.part_manifests
            or self._unsaved_bytes >= limits.part_bytes
            or (
                self.room.unsaved_bytes >= limits.unsaved_bytes
                and self._unsaved_bytes >= limits.part_bytes // 4
            )
        )

    async def save_whole(
        self,
        *,
        is_complete: bool,
        is_limited: bool,
        still_there: set[Digest],
        gone: set[Digest],
    ) -> None:
        """Save the end of a walk, which says what is there and what is not."""
        await self._read_configs(self._unsaved)
        await self.sink.save_repository(
            RepositoryObservation(
                repository=self.name,
                tags=self.tags,
                reached=frozenset(self.reached),
                manifests=tuple(self._unsaved),
                configs=tuple(self._configs),
                still_there=frozenset(still_there),
                gone=frozenset(gone),
                problems=tuple(self.problems.all()),
                is_complete=is_complete,
                is_limited=is_limited,
            )
        )

    async def save_what_was_read(self) -> None:
        """Keep what a walk saw that cannot go on, its problems too; says nothing is absent."""
        problems = self.problems.all()
        if self._unsaved or problems:
            await self._save_some(self._unsaved, problems)

    def forget(self) -> None:
        """Make room: the walk is over, whatever became of it."""
        self.room.unsaved_bytes -= self._unsaved_bytes
        self._unsaved_bytes = 0

    async def _read_configs(self, manifests: Iterable[Manifest]) -> None:
        """Configs of these images, and of known ones whose config was not readable before.

        They wait to be saved with the manifests, or are saved at once where they are large.
        """
        earlier = (self.unread_configs[d] for d in self.unread_configs.keys() & self.reached)
        wanted = {
            config.digest: config
            for config in (*map(config_to_read, manifests), *earlier)
            if config is not None
        }
        missing = await self.sink.missing_configs(wanted.keys() - self._configs_asked)
        self._configs_asked |= missing

        async def read(digest: Digest) -> None:
            async with self.room.configs:
                await self.problems.guarded(digest.text, self._read_config(wanted[digest]))

        await side_by_side(read, sorted(missing), at_once=LANES)

    async def _read_config(self, descriptor: Descriptor) -> None:
        config = await self.source.get_config(self.name, descriptor)
        self._configs.append(config)
        self._config_bytes += config.size_bytes
        self.counts.configs += 1
        self.watch()
        if self._config_bytes >= self.room.limits.config_bytes:
            await self._save_some(())

    async def _save_some(
        self, manifests: Sequence[Manifest], problems: Sequence[Problem] = ()
    ) -> None:
        kept = {manifest.digest for manifest in manifests}
        configs, self._configs, self._config_bytes = self._configs, [], 0
        await self.sink.save_repository(
            RepositoryObservation(
                repository=self.name,
                tags={tag: digest for tag, digest in self.tags.items() if digest in kept},
                reached=frozenset(kept),
                manifests=tuple(manifests),
                configs=tuple(configs),
                problems=tuple(problems),
                is_complete=False,
            )
        )
