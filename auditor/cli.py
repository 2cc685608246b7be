"""The command line: `auditor COMMAND`, its version and its list of commands."""

from __future__ import annotations

import click

from auditor.commands.alerting import alerts
from auditor.commands.auditing import audit, crawl
from auditor.commands.basing import bases
from auditor.commands.budgeting import budgets
from auditor.commands.changing import changes
from auditor.commands.checking import check
from auditor.commands.comparing import diff
from auditor.commands.crawl_status import crawls
from auditor.commands.digesting import digest
from auditor.commands.estimating import estimate
from auditor.commands.exporting import export
from auditor.commands.finding import findings
from auditor.commands.growing import anomalies
from auditor.commands.keeping import history
from auditor.commands.operations import config, db, doctor
from auditor.commands.pricing import prices
from auditor.commands.ranking import rank, show
from auditor.commands.reconciling import reconcile
from auditor.commands.scheduling import scheduler, schedules, worker
from auditor.commands.service import demo, serve
from auditor.commands.session import RootGroup
from auditor.commands.version import program_version


def _print_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    click.echo(f"auditor {program_version()}")
    context.exit()


@click.group(
    cls=RootGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: auditor audit localhost:5000",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def auditor() -> None:
    """Audit every image of an organisation, in any OCI registry, without changing any."""


_COMMANDS = (
    audit, crawl, crawls, rank, show, diff, check, findings, bases, estimate, changes, anomalies,
    budgets, alerts, prices, export, reconcile, history, digest, schedules, serve, scheduler, worker,
    demo, doctor, config, db,
)  # fmt: skip
for _command in _COMMANDS:
    auditor.add_command(_command)
