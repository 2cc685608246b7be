"""Crawls of one or several registries, one after another, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import click

from auditor.commands.console import Console
from auditor.commands.failures import ExitCode, exit_code_for, exit_code_of
from auditor.commands.progress import crawl_progress
from auditor.commands.session import Session, report_failure
from auditor.domain.errors import AuditorError
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.reports.as_text.crawl import crawl_lines, guard_line

if TYPE_CHECKING:
    from auditor.domain.hints import DueRepositories
    from auditor.store.engine import Database
    from auditor.usecases.crawl_registry import CrawlTarget

_INTERRUPTED = "interrupted; what was read is kept; run the same command to continue"


@dataclass(slots=True)
class Crawls:
    """What became of several crawls; `code` is the worst of their exit codes."""

    reports: list[CrawlReport] = field(default_factory=list)
    failures: list[tuple[str, AuditorError]] = field(default_factory=list)
    code: ExitCode = ExitCode.DONE


def crawl_all(
    session: Session,
    targets: Sequence[CrawlTarget],
    *,
    accept_removals: bool,
    waits: bool = False,
    due: Mapping[str, DueRepositories] | None = None,
) -> Crawls:
    """Crawl each target; one that fails does not stop the others. `due`: only that of each.

    `waits`: for whoever crawls a registry already, instead of leaving it out.

    Ctrl-C, or a crawl that says it was interrupted, ends the command with exit code 130.
    """
    crawls = Crawls()
    for warning in dict.fromkeys(text for target in targets for text in target.warnings):
        session.console.warn(warning)
    database = session.use_cases.prepare_database(session.settings.database_url)
    try:
        for target in targets:
            _crawl(
                session,
                database,
                target,
                crawls,
                accept_removals=accept_removals,
                waits=waits,
                due=due[target.address.name] if due else None,
            )
    except KeyboardInterrupt:
        _stop(session)
    finally:
        database.dispose()
    return crawls


def crawl_what_was_hinted(
    session: Session, targets: Sequence[CrawlTarget], *, accept_removals: bool, waits: bool = False
) -> Crawls:
    """Crawl those repositories of each target that push events named; nothing where none did."""
    database = session.use_cases.prepare_database(session.settings.database_url)
    try:
        due = {one.registry: one for one in session.use_cases.due_hints(database)}
    finally:
        database.dispose()
    wanted = [target for target in targets if target.address.name in due]
    if not wanted:
        session.console.note("no push event waits")
        return Crawls()
    return crawl_all(session, wanted, accept_removals=accept_removals, waits=waits, due=due)


def tell(console: Console, report: CrawlReport) -> None:
    """Say on standard error how a crawl went."""
    for line in crawl_lines(report):
        console.note(line)


def _crawl(
    session: Session,
    database: Database,
    target: CrawlTarget,
    crawls: Crawls,
    *,
    accept_removals: bool,
    waits: bool,
    due: DueRepositories | None,
) -> None:
    try:
        with crawl_progress(session.console) as listener:
            report = session.use_cases.crawl(
                database,
                target,
                session.settings,
                listener,
                accept_removals=accept_removals,
                due=due,
                on_wait=_waiting(session.console) if waits else None,
            )
    except AuditorError as error:
        report_failure(session.console, error)
        crawls.failures.append((target.address.name, error))
        crawls.code = max(crawls.code, exit_code_for(error))
        return
    if report is None:
        return
    crawls.reports.append(report)
    crawls.code = max(crawls.code, exit_code_of(report))
    if report.guarded_tags:
        session.console.warn(guard_line(report))
    if report.outcome is CrawlOutcome.INTERRUPTED:
        for warning in report.warnings:
            session.console.warn(warning)
        _stop(session)


def _waiting(console: Console) -> Callable[[str], None]:
    return lambda sentence: console.note(f"{sentence}; waiting for it")


def _stop(session: Session) -> NoReturn:
    session.console.error(_INTERRUPTED)
    click.get_current_context().exit(ExitCode.INTERRUPTED)
