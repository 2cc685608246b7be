"""`doctor`, `config` and `db`: keeping an installation in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.commands.failures import ExitCode
from auditor.commands.session import AuditorCommand, AuditorGroup, Format, Session, pass_session
from auditor.reports import as_csv, as_json
from auditor.reports.safe_text import visible
from auditor.reports.table import Column, Cut, Table

if TYPE_CHECKING:
    from auditor.usecases.back_up import BackUp

_FAILED = "failed"
_file_type = click.Path(dir_okay=False, path_type=Path)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor doctor --format json",
    short_help="Check this installation.",
)
@pass_session
def doctor(session: Session) -> None:
    """Check settings, database, credentials and tools, and say what to do about each.

    Exit code 3 where a check failed; warnings are no failure.
    """
    findings = session.use_cases.check_installation(session.loaded)
    rows = [
        (finding.name, finding.state, finding.message, finding.next_step) for finding in findings
    ]
    _print_rows(session, "checks", ("name", "state", "message", "next_step"), rows)
    if any(finding.state == _FAILED for finding in findings):
        click.get_current_context().exit(ExitCode.INCOMPLETE)


@click.group(cls=AuditorGroup, short_help="Show the settings.")
def config() -> None:
    """Show the settings and where they come from."""


@config.command("show", epilog="Example: auditor config show --config auditor.toml")
@pass_session
def config_show(session: Session) -> None:
    """Print each setting with its source; secrets are hidden."""
    rows = session.use_cases.render_settings(session.loaded)
    _print_rows(session, "settings", ("key", "value", "origin"), rows)


@click.group(cls=AuditorGroup, short_help="Look after the database.")
def db() -> None:
    """Look after the database's schema."""


@db.command("upgrade", epilog="Example: auditor db upgrade --database sqlite:///auditor.db")
@pass_session
def db_upgrade(session: Session) -> None:
    """Bring the database to this release's schema; does nothing where it has it."""
    session.use_cases.upgrade_database(session.settings.database_url)
    _print_status(session)


@db.command("status", epilog="Example: auditor db status")
@pass_session
def db_status(session: Session) -> None:
    """Print which schema revision the database has and which this release needs."""
    _print_status(session)


@db.command("wait", epilog="Example: auditor db wait --timeout 300")
@click.option(
    "--timeout", type=click.FloatRange(0, 86_400), default=300, metavar="SECONDS",
    show_default=True, help="Give up after so long.",
)  # fmt: skip
@pass_session
def db_wait(session: Session, timeout: float) -> None:
    """Wait until somebody has brought the database to this release's schema; changes nothing."""
    session.use_cases.wait_for_schema(session.settings.database_url, timeout)
    _print_status(session)


@db.command("backup", epilog="Example: auditor db backup auditor-2026-11-26.db")
@click.argument("file", type=_file_type)
@pass_session
def db_backup(session: Session, file: Path) -> None:
    """Copy the SQLite database to the new FILE, checked, while crawls may go on writing."""
    done = session.use_cases.back_up_database(session.settings.database_url, file)
    _print_backup(session, done)


@db.command("restore", epilog="Example: auditor db restore auditor-2026-11-26.db --replace")
@click.argument("file", type=_file_type)
@click.option("--replace", is_flag=True, help="Also where a database is there; it is lost.")
@pass_session
def db_restore(session: Session, file: Path, replace: bool) -> None:
    """Make the SQLite database what the backup FILE holds. Stop what uses it first."""
    url = session.settings.database_url
    _print_backup(session, session.use_cases.restore_database(url, file, replaces=replace))


def _print_backup(session: Session, done: BackUp) -> None:
    row = (str(done.file), done.size_bytes, done.revision)
    _print_rows(session, "backups", ("file", "size_bytes", "revision"), [row])


def _print_status(session: Session) -> None:
    status = session.use_cases.database_status(session.settings.database_url)
    row = (status.url_redacted, status.revision, status.head, status.is_current)
    _print_rows(session, "databases", ("url", "revision", "head", "is_current"), [row])
    if not status.is_current:
        session.console.note("the schema is not this release's; run `auditor db upgrade`")


def _print_rows(
    session: Session,
    plural: str,
    names: Sequence[str],
    rows: Sequence[Sequence[str | bool | int | None]],
) -> None:
    if session.format is Format.JSON:
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        document = {"schema_version": as_json.SCHEMA_VERSION, plural: objects}
        session.console.data([as_json.dump(document)])
    elif session.format is Format.CSV:
        session.console.data(as_csv.csv_lines(names, rows))
    else:
        columns = [Column(name.replace("_", " ")) for name in names[:-1]]
        columns.append(Column(names[-1].replace("_", " "), cut=Cut.END))
        cells = tuple(tuple(_cell(value) for value in row) for row in rows)
        session.console.tables([Table(columns=tuple(columns), rows=cells)])


def _cell(value: str | bool | int | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else visible(str(value))
