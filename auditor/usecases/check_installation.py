"""What works in this installation and what does not, for `auditor doctor`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from auditor.domain.errors import AuditorError
from auditor.registry.opening import open_source
from auditor.settings import LoadedSettings, RegistrySettings, Settings
from auditor.usecases.audit_registry import target_for
from auditor.usecases.kept_past import horizon_in
from auditor.usecases.prepare_database import database_status

OK, WARNING, FAILED = "ok", "warning", "failed"
_LEAST_PYTHON = (3, 11)
_PARTS = ("web/static/app.css", "web/templates", "migrations/versions", "auditor/sample/data")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `state` is ok, warning or failed; `next_step` is empty when it is ok."""

    name: str
    state: str
    message: str
    next_step: str = ""


def check_installation(loaded: LoadedSettings) -> tuple[Finding, ...]:
    """Every check in a fixed order; asks each configured registry whether it answers."""
    return tuple(_checks(loaded))


def _checks(loaded: LoadedSettings) -> Iterator[Finding]:
    yield _python()
    yield _parts()
    yield _configuration(loaded)
    database = _database(loaded.settings.database_url)
    yield database
    if database.state == OK:
        yield _history(loaded.settings)
    for name, registry in loaded.settings.registries.items():
        yield _registry(name, registry, loaded.settings)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < _LEAST_PYTHON:
        return Finding("python", FAILED, f"Python {version}", "use Python 3.11 or newer")
    return Finding("python", OK, f"Python {version}")


def _parts() -> Finding:
    missing = [part for part in _PARTS if not _is_there(part)]
    if missing:
        return Finding(
            "program", FAILED, f"parts are missing: {', '.join(missing)}", "install it again"
        )
    return Finding("program", OK, "pages, migrations and sample data are there")


def _is_there(part: str) -> bool:
    package, _, inner = part.partition("/")
    found = files(package).joinpath(inner)
    return found.is_file() or found.is_dir()


def _configuration(loaded: LoadedSettings) -> Finding:
    if loaded.config_file is None:
        return Finding("configuration", OK, "no file; defaults and environment count")
    count = len(loaded.settings.registries)
    return Finding("configuration", OK, f"{loaded.config_file} names {count} registries")


def _database(url: str) -> Finding:
    try:
        status = database_status(url)
    except AuditorError as error:
        return Finding("database", FAILED, error.message, error.next_step)
    if not status.revision:
        return Finding(
            "database",
            WARNING,
            f"{status.url_redacted} is not there yet",
            "the first crawl makes it, or `auditor db upgrade`",
        )
    if not status.is_current:
        return Finding(
            "database",
            WARNING,
            f"schema revision {status.revision}, this release has {status.head}",
            "run `auditor db upgrade`",
        )
    return Finding("database", OK, f"{status.url_redacted}, schema revision {status.revision}")


def _history(settings: Settings) -> Finding:
    months = settings.history.keep_months
    horizon = horizon_in(settings.database_url)
    wanted = (
        f"the running month and {months} before it are kept"
        if months
        else "nothing is removed by itself"
    )
    removed = f"; removed up to {horizon:%Y-%m-%d}" if horizon else ""
    return Finding("history", OK, f"{wanted}{removed}")


def _registry(name: str, registry: RegistrySettings, settings: Settings) -> Finding:
    target = target_for(name, settings, environment=os.environ)

    async def check() -> None:
        async with open_source(target.address, target.credential, target.options) as source:
            await source.check()

    try:
        asyncio.run(check())
    except AuditorError as error:
        return Finding(f"registry {name}", FAILED, error.message, error.next_step)
    found = target.credential.source if target.credential else "no credential"
    message = f"{registry.address.name} answers ({found})"
    if target.warnings:
        return Finding(
            f"registry {name}",
            WARNING,
            f"{message}; {'; '.join(target.warnings)}",
            "mend the file or the helper",
        )
    return Finding(f"registry {name}", OK, message)
