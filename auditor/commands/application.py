"""The dashboard put together: use cases -> pages, API and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from auditor.commands.use_cases import UseCases
    from auditor.settings import Settings

_BYTES_PER_MBIT = 125_000


def make_app(use_cases: UseCases, settings: Settings, host: str = "") -> Flask:
    """The dashboard as a WSGI application, without an open connection. Raises StoreError.

    `host` is where it will listen. Where only this machine is to reach it, it answers to no
    names but those of this machine and of `web.url`.
    """
    from urllib.parse import urlsplit

    from auditor.commands.listening import is_loopback
    from auditor.commands.version import program_version
    from auditor.domain.estimates import EstimateRequest, Usage
    from auditor.usecases.configure_logs import start_telemetry
    from auditor.usecases.metrics import metrics_reader
    from auditor.usecases.outlook import Outlook
    from auditor.usecases.take_hints import open_receiver
    from auditor.usecases.unsubscribing import Unsubscribing
    from auditor.usecases.web_key import load_web_key
    from web.app import create_app

    use_cases.configure_logs(settings, is_service=True)
    browse, ledger = use_cases.open_browse(settings), use_cases.open_ledger(settings)
    schedules, calculator = use_cases.open_schedules(settings), use_cases.open_calculator(settings)
    pushes = open_receiver(settings) if settings.push else None
    # Whoever forks after this would share the connections that looked at the schema.
    for one in (browse, ledger, schedules, calculator, *((pushes,) if pushes else ())):
        one.database.dispose()
    link = settings.analysis.pull.bandwidth_mbit_per_second * _BYTES_PER_MBIT
    version = program_version()
    app = create_app(
        browse,
        ledger,
        Outlook.over(ledger, settings),
        schedules,
        calculator,
        version=version,
        unsubscribing=Unsubscribing(ledger.database, lambda: load_web_key(settings)),
        read_metrics=metrics_reader(browse, ledger, settings, version).read,
        pushes=pushes,
        usual_estimate=EstimateRequest(
            platform=settings.platform, usage=Usage(link_bytes_per_second=link)
        ),
        host_names=(urlsplit(settings.web.url).hostname or "",) if is_loopback(host) else None,
    )
    start_telemetry(settings, app, release=version)
    return app
