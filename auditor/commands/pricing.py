"""`prices`: what registries are charged by, and what they were."""

from __future__ import annotations

import click

from auditor.commands.ranking import registry_called
from auditor.commands.session import AuditorCommand, AuditorGroup, Format, Session, pass_session
from auditor.domain.errors import UsageError
from auditor.reports import as_json, price_forms

_registry_option = click.option("--registry", default="", metavar="NAME", help="Only this one.")


@click.group(cls=AuditorGroup, short_help="Show prices; charge past months by today's.")
def prices() -> None:
    """What registries are charged by.

    A month that is over keeps the price it had when it was crawled: a new list price, or
    a change of the settings, counts from the running month on.
    """


@prices.command(
    "show",
    cls=AuditorCommand,
    epilog="Example: auditor prices show --format csv",
    short_help="The price of every registry, now and in the past.",
)
@pass_session
def show_prices(session: Session) -> None:
    """Show the price of every registry: the configured one, and those of past months."""
    history = session.use_cases.open_price_history(session.settings)
    registries, today = history.registries(), history.clock().date()
    if session.format is Format.JSON:
        document = price_forms.price_document(registries, today)
        session.console.data([as_json.dump(document)])
    elif session.format is Format.CSV:
        session.console.data(price_forms.price_lines(registries, today))
    else:
        session.console.tables([price_forms.price_table(registries, today)])


@prices.command(
    "apply",
    cls=AuditorCommand,
    epilog="Example: auditor prices apply --since 2026-10 --dry-run",
    short_help="Charge past months by today's prices.",
)
@click.option("--since", required=True, metavar="MONTH", help="The first month, 2026-10.")
@_registry_option
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
@pass_session
def apply_prices(session: Session, *, since: str, registry: str, dry_run: bool) -> None:
    """Charge months from --since on by the prices configured today, and say what changed.

    For a price that was wrong, or came late. Bytes do not change, only what they cost.
    """
    if session.format is Format.CSV:
        raise UsageError("what changes is a table or JSON", next_step="leave --format csv out")
    history = session.use_cases.open_price_history(session.settings)
    where = registry_called(session, registry) if registry else ""
    changes = history.apply(since, where, is_trial=dry_run)
    if session.format is Format.JSON:
        document = price_forms.repricing_document(changes, is_trial=dry_run)
        session.console.data([as_json.dump(document)])
    else:
        session.console.tables([price_forms.repricing_table(changes, is_trial=dry_run)])
