"""What went wrong, in one line and one number."""

from __future__ import annotations

from enum import IntEnum

from auditor.domain.errors import (
    AuditorError,
    AuthenticationError,
    IndexFailureError,
    NotARegistryError,
    RegistryUnreachableError,
    UnknownReferenceError,
    UsageError,
)
from auditor.domain.observation import CrawlOutcome, CrawlReport
from auditor.domain.policy import CheckOutcome, CheckReport
from auditor.logs.redaction import KNOWN, redacted
from auditor.reports.safe_text import visible

_MOST_CANDIDATES = 10
_HOW_TO_SEE_MORE = "this is a defect; run again with AUDITOR_DEBUG=1 to see where"


class ExitCode(IntEnum):
    """What the process answers; the larger, the worse."""

    DONE = 0
    POLICY_FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    NO_ACCESS = 4
    INTERRUPTED = 130


_NO_ACCESS = (
    RegistryUnreachableError,
    AuthenticationError,
    NotARegistryError,
    IndexFailureError,
)


def exit_code_for(error: BaseException) -> ExitCode:
    """The exit code of an error that ended a command, expected or not."""
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, _NO_ACCESS):
        return ExitCode.NO_ACCESS
    return ExitCode.INCOMPLETE


def exit_code_of(report: CrawlReport) -> ExitCode:
    """The exit code of a crawl that came to an end.

    What the registry cannot list by its nature is no failure; what could not be read is,
    and so are removals held back.
    """
    if report.outcome is CrawlOutcome.INTERRUPTED:
        return ExitCode.INTERRUPTED
    if report.outcome is CrawlOutcome.COMPLETE and not report.guarded_tags:
        return ExitCode.DONE
    return ExitCode.INCOMPLETE


def exit_code_of_check(report: CheckReport) -> ExitCode:
    """The exit code of a verdict: what could not be judged is no pass."""
    outcome = report.outcome
    if outcome is CheckOutcome.FAILED:
        return ExitCode.POLICY_FAILED
    return ExitCode.INCOMPLETE if outcome is CheckOutcome.UNKNOWN else ExitCode.DONE


def describe(error: BaseException) -> str:
    """One line for people: what, then the next step; never a secret, never a traceback."""
    if not isinstance(error, AuditorError):
        detail = visible(redacted(str(error))) or "no details"
        return f"{type(error).__name__}: {detail}; {_HOW_TO_SEE_MORE}"
    line = visible(KNOWN.hide(str(error)))
    if isinstance(error, UnknownReferenceError) and error.candidates:
        return f"{line}; candidates: {_candidates(error.candidates)}"
    return line


def _candidates(names: tuple[str, ...]) -> str:
    shown = ", ".join(visible(name) for name in names[:_MOST_CANDIDATES])
    more = len(names) - _MOST_CANDIDATES
    return f"{shown} and {more:,} more" if more > 0 else shown
