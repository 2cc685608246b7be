"""What each kind of run does: kind -> job. A new kind is a line here, in `Kind` and the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from auditor.domain.observation import CrawlReport
from auditor.domain.schedules import Kind, Trigger
from auditor.reports.phrases import count_text
from auditor.usecases.analyse import analyse
from auditor.usecases.check_prices import check_prices
from auditor.usecases.crawl_limits import analysis_of
from auditor.usecases.perform_run import Job, JobAgainError, JobContext, JobStoppedError
from auditor.usecases.prune_history import prune_history
from auditor.usecases.raise_alerts import raise_alerts
from auditor.usecases.scheduled_crawl import crawl_for_run, crawl_hinted_for_run
from auditor.usecases.send_digest import send_digests

_SOON = timedelta(seconds=5)


def _crawl(context: JobContext) -> str:
    if context.run.trigger is Trigger.HINT:
        hinted = crawl_hinted_for_run(context)
        return _words(hinted) if hinted else "what was hinted at was read already"
    report = crawl_for_run(context)
    if report is None:  # what comes after a crawl may not have
        return f"its crawl had ended already; {_analysis(context)}"
    return _words(report)


def _words(report: CrawlReport) -> str:
    counts = f"{_repositories(report.repositories)} and {count_text(report.tags, 'tag')} read"
    notes = [
        f"{len(report.problems):,} problems" if report.problems else "",
        f"{report.guarded_tags:,} removals held back" if report.guarded_tags else "",
        *report.warnings,
    ]
    return "; ".join((counts, *(note for note in notes if note)))


def _analysis(context: JobContext) -> str:
    analysis = analysis_of(context.settings)
    if analysis is None:
        return "switched off by analysis.enabled"
    done = analyse(context.database, analysis, now=context.now, is_stopped=context.is_stopped)
    if context.is_stopped():
        raise JobStoppedError
    return f"{count_text(done.images, 'image')} of {_repositories(done.repositories)} looked at"


def _repositories(count: int) -> str:
    return count_text(count, "repository", "repositories")


def _digest(context: JobContext) -> str:
    report = send_digests(context.database, context.settings, context.now)
    counts = Counter(mail.state for mail in report.mails)
    words = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "no mail was due"
    if report.next_attempt_at is not None:
        wait = max(report.next_attempt_at - context.clock(), _SOON)
        raise JobAgainError(f"{words}; tried again {report.next_attempt_at:%H:%M} UTC", wait)
    return words


def _alerts(context: JobContext) -> str:
    report = raise_alerts(context.database, context.settings, context.now)
    counts = f"{report.firing:,} firing, {len(report.began):,} new; {report.sent:,} messages sent"
    return "; ".join((counts, *report.failures))


def _prices(context: JobContext) -> str:
    old = check_prices(context.database, context.settings, now=context.now)
    return "; ".join(old) or "no price in use is over 180 days old"


def _retention(context: JobContext) -> str:
    months = context.settings.history.keep_months
    if months is None:
        return "history is kept for ever"
    done = prune_history(context.database, months, now=context.now)
    rows = sum(registry.rows for registry in done.registries)
    return f"{rows:,} rows of history older than {months} months removed"


JOBS: Mapping[Kind, Job] = MappingProxyType(
    {
        Kind.CRAWL: _crawl,
        Kind.ANALYSIS: _analysis,
        Kind.DIGEST: _digest,
        Kind.ALERTS: _alerts,
        Kind.PRICES: _prices,
        Kind.RETENTION: _retention,
    }
)
