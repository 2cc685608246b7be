"""One analysis at work: repositories that are due, some at a time, until none is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from auditor.store.analyses import (
    ImageResult,
    KeptFinding,
    count_stale,
    due_images,
    forget_stale,
    forget_those_built_on,
    mark_stale,
    next_moved,
    next_stale,
    save_results,
    spread_moves,
)
from auditor.store.analysis_reads import RepositoryRead, load_repositories
from auditor.store.batches import chunks
from auditor.store.engine import Database
from auditor.store.finding_rows import RepositoryResult, refresh_savings, save_repositories
from auditor.usecases.judge_images import ImageJudge, JudgedImage
from auditor.usecases.judge_repository import Surroundings, judge_repository
from auditor.usecases.rule_choice import RuleChoice

_IMAGES_AT_ONCE = 250
"""How many images one transaction writes: others wait for it no longer than half a second."""
_REPOSITORIES_AT_ONCE = 50
_SAVED_AT_ONCE = 10
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
        moved makes due is made due before anything is looked at, so nothing is twice.
        """
        is_over = not self._count()
        if is_over:
            return
        while not is_over:
            before = self.repositories
            self.listener(before, self.known)
            self._spread()
            with self.database.reading() as connection:
                judge = ImageJudge.at(connection, self.choice, self.now, self.around.platform)
            for group in self._groups():
                if not self._group(judge, group):
                    is_over = True
                    break
            is_over = is_over or not self._count() or self.repositories == before
        with self.database.writing() as connection:
            refresh_savings(connection)

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
        last = 0
        while True:
            with self.database.reading() as connection:
                moved = next_moved(connection, last, _REPOSITORIES_AT_ONCE)
            if not moved:
                return
            with self.database.writing() as connection:
                spread_moves(connection, moved)
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
            done: list[tuple[RepositoryResult, int | None]] = []
            for key in some:
                is_stopped = is_stopped or self.is_stopped()
                if not is_stopped:
                    done.append(self._repository(judge, key, repositories.get(key), judged))
                    self.repositories += 1
                    self.listener(self.repositories, max(self.known, self.repositories))
            self._save(done)
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
                self._chunk(judge, dict(chunk), judged)
            if not any(is_new for _, is_new in due):
                return True

    def _chunk(
        self, judge: ImageJudge, due: Mapping[int, bool], judged: dict[int, JudgedImage]
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
    ) -> tuple[RepositoryResult, int | None]:
        """What is found in it, and the crawl it was read after; nothing where it is gone.

        In references nothing is: they are looked at for what is built on them.
        """
        if repository is None:
            return RepositoryResult(key, 0), None
        where = key, repository.registry_id
        if repository.is_reference:
            return RepositoryResult(*where), repository.last_crawl_id
        with self.database.reading() as connection:
            found = judge_repository(judge.on(connection), repository, self.around, judged)
        return RepositoryResult(*where, found.rows, found.potential), repository.last_crawl_id

    def _save(self, done: Sequence[tuple[RepositoryResult, int | None]]) -> None:
        if not done:
            return
        with self.database.writing() as connection:
            save_repositories(connection, [result for result, _ in done], self.now)
            forget_stale(connection, [(result.repository_id, crawl) for result, crawl in done])


def _result(judged: JudgedImage) -> ImageResult:
    return ImageResult(
        manifest_id=judged.read.manifest_id,
        base_id=judged.bases.base_id,
        base_layers=judged.facts.base_layers,
        findings=tuple(
            KeptFinding(one.rule, one.key, one.first_layer, one.claims) for one in judged.findings
        ),
    )
