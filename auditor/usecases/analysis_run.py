"""One analysis at work: repositories that are due, some at a time, until none is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.domain.digest import DiffId
from auditor.store.analyses import (
    ImageResult,
    KeptFinding,
    count_stale,
    due_images,
    forget_stale,
    forget_those_built_on,
    forget_those_with_bases_in,
    mark_stale,
    next_stale,
    save_results,
    take_moved,
)
from auditor.store.analysis_reads import (
    RepositoryRead,
    load_repositories,
    load_repository_name,
)
from auditor.store.base_plans import count_dirty_bases
from auditor.store.base_rows import KeptBase, mark_bases_told_by, save_repository_bases
from auditor.store.batches import chunks
from auditor.store.engine import Database
from auditor.store.finding_rows import RepositoryResult, refresh_savings, save_repositories
from auditor.store.same_contents import find_sharing_contents, save_layer_contents
from auditor.usecases.judge_images import ImageJudge, JudgedImage
from auditor.usecases.judge_repository import Surroundings, judge_repository
from auditor.usecases.plan_bases import family_of, plan_bases
from auditor.usecases.rule_choice import RuleChoice

_IMAGES_AT_ONCE = 250
"""How many images one transaction writes: others wait for it no longer than half a second."""
_REPOSITORIES_AT_ONCE = 50
_SAVED_AT_ONCE = 10
_SPREAD_AT_ONCE = 20
_MOST_KEPT = 1_000
"""Images that were judged and whose repositories come soon: kept, so they are not read twice."""

Listener = Callable[[int, int], None]
"""Told how many repositories are done and how many are known, done or due."""


@dataclass(slots=True)
class AnalysisRun:
    """An analysis; `repositories` and `images` count what was analysed."""

    database: Database
    choice: RuleChoice
    around: Surroundings
    ruleset: str
    now: datetime
    listener: Listener
    is_stopped: Callable[[], bool]
    repositories: int = 0
    images: int = 0
    known: int = 0
    met: set[int] = field(default_factory=set)

    def all(self) -> None:
        """Round after round, since what is found on the way makes others due.

        A round sees the bases and variants that there are when it begins. What a base that
        moved makes due is made due before anything is looked at, so nothing is twice. Bases
        are planned once every repository is done.
        """
        with self.database.reading() as connection:
            is_due = count_stale(connection) or count_dirty_bases(connection)
        if not is_due:
            return
        while True:
            before = self.repositories
            self._count()
            self.listener(before, self.known)
            self._spread()
            judge = self._judge()
            is_whole = all(self._group(judge, group) for group in self._groups())
            if not is_whole or self.repositories == before or not self._count():
                break
        if is_whole:
            plan_bases(self.database, judge, self.is_stopped)
        with self.database.writing() as connection:
            refresh_savings(connection)

    def _judge(self) -> ImageJudge:
        with self.database.reading() as connection:
            return ImageJudge.at(connection, self.choice, self.now, self.around.platform)

    def _groups(self) -> Iterator[tuple[int, ...]]:
        last = 0
        while True:
            with self.database.reading() as connection:
                stale = next_stale(connection, last, _REPOSITORIES_AT_ONCE)
            if not stale:
                return
            yield stale
            last = stale[-1]
            self._count()

    def _count(self) -> int:
        """How many repositories are due; counted now and then, not for each."""
        with self.database.reading() as connection:
            due = count_stale(connection)
        self.known = self.repositories + due
        return due

    def _spread(self) -> None:
        """Make due what repositories that moved, or are gone, say something about.

        That is what is built on their images, and what holds the same contents. It is kept,
        so a run that goes on where another was stopped does not do it again.
        """
        last = 0
        while not self.is_stopped():
            with self.database.writing() as connection:
                moved = take_moved(connection, last, _SPREAD_AT_ONCE)
                built = forget_those_with_bases_in(connection, moved, self.ruleset)
                mark_stale(connection, built)
                for key in moved:
                    mark_stale(connection, find_sharing_contents(connection, key))
                    family = family_of(*load_repository_name(connection, key))
                    mark_bases_told_by(connection, key, family)
            if not moved:
                return
            last = moved[-1]

    def _group(self, judge: ImageJudge, group: Sequence[int]) -> bool:
        """Analyse these repositories; whether nobody stopped it."""
        with self.database.reading() as connection:
            repositories = load_repositories(connection, group)
        judged: dict[int, JudgedImage] = {}
        if not self._judge_images(judge, group, judged):
            return False
        is_stopped = False
        for some in chunks(group, _SAVED_AT_ONCE):
            done: list[_Done] = []
            for key in some:
                is_stopped = is_stopped or self.is_stopped()
                if not is_stopped:
                    done.append(self._repository(judge, key, repositories.get(key), judged))
            self._save(done)
            for _ in done:
                self.repositories += 1
                self.listener(self.repositories, max(self.known, self.repositories))
        return not is_stopped

    def _judge_images(
        self, judge: ImageJudge, group: Sequence[int], judged: dict[int, JudgedImage]
    ) -> bool:
        """Judge what is due in these repositories, until nothing is; whether nobody stopped it.

        One image may have another one looked at again; an image new to this run does so once.
        """
        while True:
            with self.database.reading() as connection:
                due = due_images(connection, group, self.ruleset)
            for chunk in chunks(due, _IMAGES_AT_ONCE):
                if self.is_stopped():
                    return False
                self._chunk(judge, group, dict(chunk), judged)
            if not any(is_new for _, is_new in due):
                return True

    def _chunk(
        self,
        judge: ImageJudge,
        group: Sequence[int],
        due: Mapping[int, bool],
        judged: dict[int, JudgedImage],
    ) -> None:
        with self.database.reading() as connection:
            found = judge.on(connection).judge(due)
        self.images += len(found)
        for one in found:
            if one.read.manifest_id in judged or len(judged) < _MOST_KEPT:
                judged[one.read.manifest_id] = one
        new = self._new(key for key, is_new in due.items() if is_new)
        with self.database.writing() as connection:
            save_results(connection, self.ruleset, [_result(one) for one in found])
            mark_stale(connection, forget_those_built_on(connection, new))
            if save_layer_contents(connection, _contents(found)):
                for key in group:
                    mark_stale(connection, find_sharing_contents(connection, key))

    def _new(self, images: Iterable[int]) -> list[int]:
        """Images not met before in this run: others cannot have become a base meanwhile."""
        new = [one for one in images if one not in self.met]
        self.met.update(new)
        return new

    def _repository(
        self,
        judge: ImageJudge,
        key: int,
        repository: RepositoryRead | None,
        judged: Mapping[int, JudgedImage],
    ) -> _Done:
        """What is found in it; nothing where it is gone.

        In references nothing is either: they are looked at for what is built on them.
        """
        if repository is None:
            return _Done(RepositoryResult(key, 0), (), None)
        where, crawl = (key, repository.registry_id), repository.last_crawl_id
        if repository.is_reference:
            return _Done(RepositoryResult(*where), (), crawl)
        with self.database.reading() as connection:
            found = judge_repository(
                connection, judge.on(connection), repository, self.around, judged
            )
        return _Done(RepositoryResult(*where, found.rows, found.potential), found.bases, crawl)

    def _save(self, done: Sequence[_Done]) -> None:
        if not done:
            return
        with self.database.writing() as connection:
            save_repositories(connection, [one.result for one in done], self.now)
            forget_stale(connection, [(one.key, one.crawl_id) for one in done])
            for one in done:
                save_repository_bases(connection, one.key, one.result.registry_id, one.bases)


@dataclass(frozen=True, slots=True)
class _Done:
    """A repository that was looked at; `crawl_id` None where it is gone."""

    result: RepositoryResult
    bases: Sequence[KeptBase]
    crawl_id: int | None

    @property
    def key(self) -> int:
        return self.result.repository_id


def _contents(judged: Iterable[JudgedImage]) -> dict[int, DiffId]:
    """What content the layers of these images have, as far as their configs tell."""
    return {
        layer.blob: diff_id
        for one in judged
        if len(one.read.diff_ids) == len(one.read.layers)
        for layer, diff_id in zip(one.read.layers, one.read.diff_ids, strict=True)
    }


def _result(judged: JudgedImage) -> ImageResult:
    return ImageResult(
        manifest_id=judged.read.manifest_id,
        base_id=judged.bases.base_id,
        base_layers=judged.facts.base_layers,
        findings=tuple(
            KeptFinding(one.rule, one.key, one.first_layer, one.claims) for one in judged.findings
        ),
    )
