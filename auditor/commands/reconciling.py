"""`reconcile`: what should be stored against what is billed or held."""

from __future__ import annotations

from decimal import Decimal

import click

from auditor.commands.failures import ExitCode
from auditor.commands.ranking import registry_called
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.errors import UsageError
from auditor.domain.holdings import Folder, Inventory, Source
from auditor.domain.ledger import Period
from auditor.domain.reconciliation import Bill, Reconciliation
from auditor.domain.units import parse_amount, parse_bytes
from auditor.reports import as_json, reconciliation_forms
from auditor.reports.as_text.reconciliation import reconciliation_table
from auditor.reports.phrases import count_text

_UNREAD_TOLD = 5


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor reconcile localhost:5000 --storage /var/lib/docker-registry",
    short_help="Compare what should be stored with a bill or a storage.",
)
@click.argument("registry", metavar="REGISTRY")
@click.option("--billed-bytes", default="", metavar="N", help="Bytes billed: N, 1.5GB or 3GiB.")
@click.option("--invoice", default="", metavar="AMOUNT", help="Money billed for a month.")
@click.option("--currency", default="", metavar="CUR", help="The invoice's currency, as USD.")
@click.option("--month", default="", metavar="MONTH", help="The bill is for it: 2026-11.")
@click.option(
    "--storage",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="Root of the registry's filesystem storage; only read.",
)
@click.option(
    "--inventory",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="List of a bucket's keys, as CSV.",
)
@click.option("--inventory-columns", default="", metavar="NAMES", help="'Bucket, Key, Size'.")
@click.option("--inventory-prefix", metavar="PREFIX", help="What stands before docker/registry.")
@pass_session
def reconcile(  # noqa: PLR0913 - one for each option
    session: Session,
    *,
    registry: str,
    billed_bytes: str,
    invoice: str,
    currency: str,
    month: str,
    storage: str | None,
    inventory: str | None,
    inventory_columns: str,
    inventory_prefix: str | None,
) -> None:
    """Compare what REGISTRY should store with what is billed or held, and name the difference.

    REGISTRY is a name, an address or a name in the settings, audited before. The rows add
    up exactly; what has no name is "unattributed". A difference is no failure.
    """
    bill = _bill(billed_bytes, invoice, currency, month)
    source = _source(storage, inventory, inventory_columns, inventory_prefix)
    name = registry_called(session, registry)
    found = session.use_cases.reconcile(session.settings, name, bill, source)
    _print(session, found)
    if found.unread_count:
        click.get_current_context().exit(ExitCode.INCOMPLETE)


def _bill(billed_bytes: str, invoice: str, currency: str, month: str) -> Bill:
    if currency and not invoice:
        raise UsageError("a currency without an amount", next_step="give --invoice too")
    amount: Decimal | None = parse_amount(invoice) if invoice else None
    return Bill(
        billed_bytes=parse_bytes(billed_bytes) if billed_bytes else None,
        amount=amount,
        currency=currency.strip().upper(),
        month=Period.month(month) if month else None,
    )


def _source(
    storage: str | None, inventory: str | None, columns: str, prefix: str | None
) -> Source | None:
    if storage and inventory:
        raise UsageError(
            "a folder and an inventory are two storages", next_step="compare one at a time"
        )
    if (columns or prefix is not None) and not inventory:
        raise UsageError(
            "columns and prefix belong to an inventory", next_step="give --inventory too"
        )
    if inventory:
        return Inventory(inventory, columns, prefix)
    return Folder(storage) if storage else None


def _print(session: Session, found: Reconciliation) -> None:
    if session.format is Format.JSON:
        document = reconciliation_forms.reconciliation_document(found)
        session.console.data([as_json.dump(document)])
    elif session.format is Format.CSV:
        session.console.data(reconciliation_forms.reconciliation_lines(found))
    else:
        session.console.tables([reconciliation_table(found)])
    for unread in found.unread[:_UNREAD_TOLD]:
        session.console.warn(f"not read: {unread.where}: {unread.reason}")
    if found.unread_count > _UNREAD_TOLD:
        more = count_text(found.unread_count - _UNREAD_TOLD, "more place", "more places")
        session.console.warn(f"not read: {more}")
