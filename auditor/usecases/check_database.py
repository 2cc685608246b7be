"""Checks around the database: schema, size and room, clock, who may read its files."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from auditor.domain.errors import AuditorError
from auditor.domain.units import format_bytes
from auditor.settings import Settings
from auditor.store.health import Health, read_health
from auditor.usecases.check_schedules import check_schedules
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from auditor.usecases.kept_past import horizon_in
from auditor.usecases.prepare_database import database_status, opened
from auditor.usecases.web_key import key_file, load_web_key

LITTLE_ROOM_BYTES = 1_000_000_000
NO_ROOM_BYTES = 100_000_000
CLOCK_TOLERANCE = timedelta(minutes=2)


def check_database(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Schema first; the rest only where there is a database to ask."""
    schema = _schema(settings.database_url)
    yield schema
    if schema.state == OK:
        yield _history(settings)
        with opened(settings.database_url) as database:
            health = read_health(database)
            schedules = check_schedules(database, now)
        yield _room(health)
        yield _clock(health, now)
        yield schedules
        if health.file:
            yield _file_access(health.file)
    yield _key(settings)


def _schema(url: str) -> Finding:
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


def _room(health: Health) -> Finding:
    """A SQLite file needs room beside it to grow, and as much again to be compacted."""
    size = f"the database holds {format_bytes(health.used_bytes)}"
    if health.file is None:
        return Finding("room", OK, f"{size}; its disk is the server's")
    free_bytes = shutil.disk_usage(health.file.parent).free
    message = f"{size}, {format_bytes(free_bytes)} are free beside it"
    if free_bytes < NO_ROOM_BYTES:
        return Finding("room", FAILED, message, "make room, or the next crawl cannot be kept")
    if free_bytes < max(LITTLE_ROOM_BYTES, health.used_bytes):
        return Finding(
            "room",
            WARNING,
            message,
            "make room; `auditor history prune` removes old history",
        )
    return Finding("room", OK, message)


def _clock(health: Health, now: datetime) -> Finding:
    """Crawls are dated by the clock of who crawls: one that goes wrong bends every history."""
    if health.clock is not None and abs(health.clock - now) > CLOCK_TOLERANCE:
        seconds = (now - health.clock).total_seconds()
        words = (
            f"this clock is {abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'}"
        )
        return Finding("clock", WARNING, f"{words} the database's", "set both by NTP")
    if health.last_crawl_at is not None and health.last_crawl_at - now > CLOCK_TOLERANCE:
        return Finding(
            "clock",
            WARNING,
            f"the last crawl began at {health.last_crawl_at:%Y-%m-%dT%H:%MZ}, which is to come",
            "set this clock, and that of whoever crawled, by NTP",
        )
    return Finding("clock", OK, f"{now:%Y-%m-%dT%H:%MZ}, in order with what the database says")


def _file_access(file: Path) -> Finding:
    others = [one for one in (file, file.parent) if one.stat().st_mode & stat.S_IWOTH]
    if others:
        names = " and ".join(map(str, others))
        return Finding(
            "file access", WARNING, f"everybody may write to {names}", f"chmod o-w {names}"
        )
    if not os.access(file, os.W_OK):
        return Finding(
            "file access", WARNING, f"{file} is read-only for this user", "see who owns it"
        )
    return Finding("file access", OK, f"only who may write to {file} can change figures")


def _key(settings: Settings) -> Finding:
    is_given = bool(settings.web.secret_key.get_secret_value())
    file = None if is_given else key_file(settings)
    if file is not None and not file.exists():
        return Finding("key", OK, f"{file} is made when it is first needed")
    try:
        load_web_key(settings)
    except AuditorError as error:
        state = FAILED if is_given or file else WARNING
        return Finding("key", state, error.message, error.next_step)
    if file is None:
        return Finding("key", OK, "web.secret_key is long enough")
    if file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        return Finding("key", WARNING, f"everybody may read {file}", f"chmod o-rwx {file}")
    return Finding("key", OK, f"{file} is long enough, and others may not read it")
