"""What works in this installation and what does not, for `auditor doctor`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

from auditor.domain.ledger import Period
from auditor.settings import LoadedSettings, Settings
from auditor.usecases.check_database import check_database
from auditor.usecases.check_mail import check_mail
from auditor.usecases.check_registry import check_registry
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from auditor.usecases.prices import Prices

_LEAST_PYTHON = (3, 11)
_PARTS = ("web/static/app.css", "web/templates", "migrations/versions", "auditor/sample/data")


def check_installation(loaded: LoadedSettings) -> tuple[Finding, ...]:
    """Every check in a fixed order; asks each configured registry whether it answers."""
    return tuple(_checks(loaded))


def _checks(loaded: LoadedSettings) -> Iterator[Finding]:
    yield _python()
    yield _parts()
    yield _configuration(loaded)
    settings = loaded.settings
    now = datetime.now(UTC)
    yield from check_database(settings, now)
    yield _prices(settings, now)
    if settings.mail.host:
        yield check_mail(settings.mail)
    for name, registry in settings.registries.items():
        yield check_registry(name, registry, settings)


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


def _prices(settings: Settings, now: datetime) -> Finding:
    """Whether a list price in use is too old to be charged by without a look at it."""
    names = [registry.address.name for registry in settings.registries.values()]
    old = Prices.from_settings(settings).old(names, Period.month_of(now))
    if old:
        return Finding(
            "prices", WARNING, "; ".join(old), "set what you pay: `registries.NAME.price`"
        )
    return Finding("prices", OK, "no list price in use is over 180 days old")
