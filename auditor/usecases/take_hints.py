"""Takes what registries say of pushes, and says which repositories are due for a crawl."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import groupby

from auditor.domain.errors import RegistryError, UsageError
from auditor.domain.globs import matches
from auditor.domain.hints import (
    DueHint,
    DueRepositories,
    Hint,
    PushAnswer,
    PushKind,
    PushRequest,
    PushSource,
)
from auditor.domain.observation import CrawlReport
from auditor.registry.push.events import WITHOUT_IDENTITY, confirmation_address, read_hints
from auditor.registry.push.senders import is_authentic
from auditor.settings import Settings
from auditor.store import hints as kept
from auditor.store.engine import Database
from auditor.usecases.crawl_alone import USUAL_TURN, Turn, crawl_alone
from auditor.usecases.crawl_registry import CrawlLimits, CrawlTarget, Listener
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.shared_clock import Clock, shared_clock

_log = logging.getLogger(__name__)
SETTLE = timedelta(seconds=15)
"""A push is many events: a repository waits until none came for so long,"""
MOST_WAIT = timedelta(minutes=2)
"""but never longer than that, however often it is pushed to."""
_REMEMBER_EVENTS = timedelta(days=2)
_NOBODY = PushSource("", PushKind.GENERIC, "", secret="")
_REFUSED = PushAnswer(HTTPStatus.UNAUTHORIZED, "the secret or the signature is missing or wrong")


@dataclass(frozen=True, slots=True)
class PushReceiver:
    """Takes events of configured sources into one database; no request goes out.

    `clock`: the one that crawls go by, or what was pushed after one began might be forgotten.
    """

    database: Database
    sources: Mapping[str, PushSource]
    clock: Clock

    def receive(self, name: str, request: PushRequest) -> PushAnswer:
        """Make due what an authentic event names, and say so.

        401 where it is not authentic, also for a name that is not configured; 400 for what
        its source does not send; else 202, also for what is of no interest or known already.
        Raises StoreError where it cannot be kept: the sender is to try again.
        """
        source = self.sources.get(name, _NOBODY)
        if not is_authentic(source.kind, source.secret, request):
            _log.warning("push refused source_known=%s", name in self.sources)
            return _REFUSED
        try:
            hints = read_hints(source.kind, request.body)
        except UsageError as error:
            return PushAnswer(HTTPStatus.BAD_REQUEST, str(error))
        _tell_confirmation(source, request.body)
        wanted = [one for one in hints if _is_allowed(source, one)]
        return PushAnswer(HTTPStatus.ACCEPTED, "taken", self._keep(source, wanted, request.body))

    def _keep(self, source: PushSource, hints: list[Hint], body: bytes) -> int:
        if not hints:
            return 0
        now = self.clock()
        with self.database.writing() as connection:
            is_new = source.kind in WITHOUT_IDENTITY or kept.note_event(
                connection, source.name, body, now
            )
            return kept.merge_hints(connection, source.registry, hints, now) if is_new else 0


def open_receiver(settings: Settings) -> PushReceiver:
    """The configured sources over the configured database. Raises StoreError."""
    database = prepare_database(settings.database_url)
    return PushReceiver(database, push_sources(settings), shared_clock(database))


def push_sources(settings: Settings) -> Mapping[str, PushSource]:
    """Every `[push.NAME]`, with the registry that it speaks of."""
    return {
        name: PushSource(
            name=name,
            kind=one.kind,
            registry=_registry_name(settings, one.registry),
            secret=one.secret.get_secret_value(),
            repositories=one.repositories,
        )
        for name, one in settings.push.items()
    }


def due_hints(
    database: Database, now: datetime, *, settle: timedelta = SETTLE
) -> tuple[DueRepositories, ...]:
    """Repositories that registries hinted at, those that still settle left out.

    One entry per registry, by name. What is due stays so until `crawl_hinted` has looked.
    """
    with database.reading() as connection:
        waiting = [one for one in kept.list_hints(connection) if _is_due(one, now, settle)]
    return tuple(
        _together(registry, tuple(group))
        for registry, group in groupby(waiting, key=lambda one: one.registry)
    )


async def crawl_hinted(
    database: Database,
    target: CrawlTarget,
    due: DueRepositories,
    limits: CrawlLimits,
    *,
    listener: Listener,
    accept_removals: bool = False,
    now: datetime | None = None,
    turn: Turn = USUAL_TURN,
) -> CrawlReport | None:
    """Crawl the due repositories of `target`, and forget what was hinted before that began.

    What arrives while it runs stays due. A repository that is outside what the registry is
    configured to crawl is not asked for; None where there is no other. Raises as
    `crawl_alone`; the hints stay where the same may work next time, and only there.
    """
    clock = turn.clock
    if clock is None:
        clock = await asyncio.to_thread(shared_clock, database)
    began = now or clock()
    named = tuple(one for one in due.repositories if one in (target.repositories or (one,)))
    part = replace(target, repositories=named, is_part=True)
    report = None
    try:
        if named:
            report = await crawl_alone(
                database,
                part,
                limits,
                listener=listener,
                accept_removals=accept_removals,
                now=now,
                turn=turn,
            )
    except RegistryError as error:
        if not error.is_transient:  # asking again would get the same answer, for ever
            forget_hints(database, due, began)
        raise
    forget_hints(database, due, began)
    return report


def forget_hints(database: Database, due: DueRepositories, until: datetime) -> None:
    """Let go of these hints as far as they came until then, and of events long past."""
    with database.writing() as connection:
        kept.forget_hints(connection, due.registry, due.repositories, until)
        kept.forget_events(connection, until - _REMEMBER_EVENTS)


def _registry_name(settings: Settings, text: str) -> str:
    """The registry's name in the database; `text` is that, or its name in the settings."""
    configured = settings.registries.get(text)
    return configured.address.name if configured else text


def _together(registry: str, hints: Sequence[DueHint]) -> DueRepositories:
    names = tuple(one.repository for one in hints)
    return DueRepositories(registry, names, max(one.last_at for one in hints))


def _is_due(hint: DueHint, now: datetime, settle: timedelta) -> bool:
    return hint.last_at <= now - settle or hint.first_at <= now - MOST_WAIT


def _is_allowed(source: PushSource, hint: Hint) -> bool:
    return not source.repositories or any(
        matches(pattern, hint.repository) for pattern in source.repositories
    )


def _tell_confirmation(source: PushSource, body: bytes) -> None:
    """Nobody but the operator may open it: what a body names is never fetched."""
    if source.kind is PushKind.ECR and (address := confirmation_address(body)):
        _log.warning("push subscription_to_confirm source=%s address=%s", source.name, address)
