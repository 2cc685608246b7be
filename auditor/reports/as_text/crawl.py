"""One crawl in words: what was read, what was not, what to do about it."""

from __future__ import annotations

from auditor.domain.observation import CrawlOutcome, CrawlReport, Problem
from auditor.domain.units import format_bytes
from auditor.reports.phrases import count_text
from auditor.reports.safe_text import visible

_MOST_PROBLEMS = 20
_OUTCOMES = {
    CrawlOutcome.RUNNING: "is still being crawled",
    CrawlOutcome.COMPLETE: "was crawled completely",
    CrawlOutcome.PARTIAL: "was crawled, but not all of it could be read",
    CrawlOutcome.INTERRUPTED: "was crawled in part: the crawl was interrupted",
    CrawlOutcome.FAILED: "could not be crawled",
}
_NEXT_STEPS = {
    "UNAUTHORIZED": "give credentials that may read it (`docker login`, or --username)",
    "DENIED": "give credentials that may read it (`docker login`, or --username)",
    "TOOMANYREQUESTS": "crawl again later; what is known is not asked for again",
    "NAME_UNKNOWN": "it is listed but absent: crawl again, or tell who runs the registry",
    "MANIFEST_UNKNOWN": "the tag points at nothing: push it again or delete it",
}
_NEXT_STEP = "crawl again; if it stays, tell who runs the registry"


def crawl_lines(report: CrawlReport) -> tuple[str, ...]:
    """A paragraph, then one line per problem and warning."""
    shown = report.problems[:_MOST_PROBLEMS]
    lines = [crawl_summary(report), *(problem_line(problem) for problem in shown)]
    more = len(report.problems) - len(shown)
    if more > 0:
        lines.append(f"{count_text(more, 'more problem')}: --format json lists them all.")
    lines += [f"warning: {visible(warning)}" for warning in report.warnings]
    return tuple(lines)


def crawl_summary(report: CrawlReport) -> str:
    """What happened, in one paragraph of plain sentences."""
    seconds = (report.finished_at - report.started_at).total_seconds()
    repositories = count_text(report.repositories, "repository", "repositories")
    manifests = count_text(report.manifests_fetched, "new manifest")
    configs = count_text(report.configs_fetched, "image config")
    sentences = [
        f"{visible(report.registry)} {_OUTCOMES[report.outcome]}:",
        f"{repositories}, {count_text(report.tags, 'tag')} in {seconds:.1f} s.",
        f"{count_text(report.requests, 'request')} fetched {manifests} and {configs}",
        f"({format_bytes(report.bytes_fetched)}).",
    ]
    if report.removed_tags or report.removed_repositories:
        sentences.append(
            f"Gone since earlier crawls: {count_text(report.removed_tags, 'tag')}, "
            f"{count_text(report.removed_repositories, 'repository', 'repositories')}."
        )
    if report.is_reference:
        sentences.append("A reference: its images serve as bases and are not counted.")
    if report.problems:
        sentences.append(f"{count_text(len(report.problems), 'problem')}.")
    return " ".join(sentences)


def problem_line(problem: Problem) -> str:
    """What could not be read and the next step, in one line."""
    mark = "@" if ":" in problem.reference else ":"
    name = problem.repository + (f"{mark}{problem.reference}" if problem.reference else "")
    message = visible(problem.message)
    if "; " in message:
        return f"not read: {visible(name)}: {message}"
    return f"not read: {visible(name)}: {message}; {_NEXT_STEPS.get(problem.code, _NEXT_STEP)}"


def guard_line(report: CrawlReport) -> str:
    """Why nothing was removed, and how to accept the removals."""
    return (
        f"{count_text(report.guarded_tags, 'tag')} known before did not appear in "
        f"{visible(report.registry)}: too many to believe, so nothing was changed; if they "
        "were really deleted, run the same command with --accept-removals"
    )
