"""`digest`: the weekly mail, its preview, and what became of each."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

from auditor.commands.failures import ExitCode
from auditor.commands.ranking import wanted_limit
from auditor.commands.session import (
    AuditorCommand,
    AuditorGroup,
    Format,
    Session,
    pass_session,
)
from auditor.reports import as_json, outbox_forms
from auditor.reports.as_text.outbox import mails_table, outbox_tables, plan_table
from auditor.reports.table import Table

if TYPE_CHECKING:
    from auditor.reports.digest.as_mail import DigestForms
    from auditor.usecases.send_digest import DigestReport

_FOLDER = Path("digest-preview")
_ONLY = "--to"


class PreviewCommand(AuditorCommand):
    """A command that writes a digest itself, not rows."""

    forms: ClassVar[tuple[Format, ...]] = (Format.TEXT, Format.HTML, Format.JSON)


@click.group(cls=AuditorGroup, short_help="Preview and send the weekly digest.")
def digest() -> None:
    """Preview and send the weekly digest, and see what became of each mail."""


@digest.command(
    "preview",
    cls=PreviewCommand,
    epilog="Example: auditor digest preview --team Payments --open",
    short_help="Write the digest as it would be sent now.",
)
@click.option("--team", default="", metavar="TEAM", help="The digest of this team.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help="Write both parts as files here.")  # fmt: skip
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
@pass_session
def preview(session: Session, *, team: str, output: Path | None, opens: bool) -> None:
    """Write the digest of the last seven days, without sending it or keeping anything.

    Prints the text, the HTML or both as JSON. With --output or --open, both parts are written
    as files instead, into digest-preview unless said otherwise.
    """
    forms = session.use_cases.digests.preview(session.settings, team)
    if not session.settings.web.url:
        session.console.note("links are left out: set web.url to the dashboard's address")
    if output is None and not opens:
        session.console.data([_printed(session.format, forms)])
        return
    page = _write(output or _FOLDER, forms)
    session.console.note(f"written: {page} and {page.with_suffix('.txt')}")
    if opens and not webbrowser.open(page.resolve().as_uri()):
        session.console.warn(f"no browser could be opened; look at {page}")


@digest.command(
    "send",
    cls=AuditorCommand,
    epilog="Example: auditor digest send --dry-run",
    short_help="Send the digest to everybody who has not got this week's.",
)
@click.option("--dry-run", is_flag=True, help="List recipients and subjects; send nothing.")
@click.option(_ONLY, "only", default="", metavar="ADDRESS",
              help="Only to this configured recipient, by address or name.")  # fmt: skip
@pass_session
def send(session: Session, *, dry_run: bool, only: str) -> None:
    """Send this week's digest, once per recipient however often it is called.

    Exit code 3 where a mail was refused, is unknown or waits for another attempt.
    """
    if dry_run:
        plan = session.use_cases.digests.plan(session.settings, only)
        _print(session, outbox_forms.plan_document(plan), outbox_forms.plan_lines(plan),
               [plan_table(plan)])  # fmt: skip
        return
    _tell(session, session.use_cases.digests.send(session.settings, only))


@digest.command(
    "resend",
    cls=AuditorCommand,
    epilog="Example: auditor digest resend ann@example.org --week 2026-W48",
    short_help="Send again what did not arrive, or may not have.",
)
@click.argument("address")
@click.option("--team", default="", metavar="TEAM", help="The digest of this team.")
@click.option("--week", required=True, metavar="WEEK", help="The ISO week, as 2026-W48.")
@pass_session
def resend(session: Session, *, address: str, team: str, week: str) -> None:
    """Send one digest again whose state is unknown, refused or skipped.

    It tells of the last seven days, as every digest does. One that is unknown may arrive twice.
    """
    _tell(session, session.use_cases.digests.send_again(session.settings, address, team, week))


@digest.command(
    "outbox",
    cls=AuditorCommand,
    epilog="Example: auditor digest outbox --format json",
    short_help="List what became of each mail, and who has left.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="The first N mails only.")
@pass_session
def outbox(session: Session, *, limit: int | None) -> None:
    """List mails, those that need a person first, then who wants no digest any more."""
    found = session.use_cases.digests.outbox(session.settings, wanted_limit(session, limit))
    gone = outbox_forms.unsubscribed_document(found.unsubscribed)
    document = outbox_forms.mails_document(found.mails) | gone
    tables = outbox_tables(found.mails, found.counts, found.unsubscribed)
    _print(session, document, outbox_forms.mail_lines(found.mails), tables)


@digest.command(
    "resubscribe",
    cls=AuditorCommand,
    epilog="Example: auditor digest resubscribe ann@example.org",
    short_help="Send digests again to somebody who had left.",
)
@click.argument("address")
@pass_session
def resubscribe(session: Session, *, address: str) -> None:
    """Send all digests again to an address that had unsubscribed."""
    count = session.use_cases.digests.resubscribe(session.settings, address)
    if count:
        session.console.note(f"{address} gets {count} digest{'s' * (count > 1)} again")
    else:
        session.console.note(f"{address} had not unsubscribed")


def _printed(form: Format, forms: DigestForms) -> str:
    if form is Format.JSON:
        html = forms.standalone_html
        return as_json.dump({"subject": forms.subject, "text": forms.text, "html": html})
    if form is Format.HTML:
        return forms.standalone_html
    return f"Subject: {forms.subject}\n\n{forms.text}"


def _write(folder: Path, forms: DigestForms) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "digest.html"
    page.write_text(forms.standalone_html, encoding="utf-8")
    text = f"Subject: {forms.subject}\n\n{forms.text}"
    page.with_suffix(".txt").write_text(text, encoding="utf-8")
    return page


def _tell(session: Session, report: DigestReport) -> None:
    if report.lost:
        session.console.warn(
            f"{report.lost} mails were being sent when the program ended, and may have arrived; "
            "see `auditor digest outbox`"
        )
    _print(session, outbox_forms.mails_document(report.mails),
           outbox_forms.mail_lines(report.mails), [mails_table(report.mails)])  # fmt: skip
    if report.failed or report.lost or report.given_up:
        click.get_current_context().exit(ExitCode.INCOMPLETE)


def _print(
    session: Session, document: dict[str, object], lines: Iterable[str], tables: Sequence[Table]
) -> None:
    if session.format is Format.JSON:
        session.console.data([as_json.dump(document)])
    elif session.format is Format.CSV:
        session.console.data(lines)
    else:
        session.console.tables(tables)
