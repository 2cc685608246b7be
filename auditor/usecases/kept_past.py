"""Which moments of the past can still be asked for."""

from __future__ import annotations

from datetime import datetime

from auditor.domain.errors import UsageError
from auditor.store.engine import Connection, open_database
from auditor.store.kept import load_horizons


def kept_from(connection: Connection, registry: str = "") -> datetime | None:
    """From when on the past of a registry, or of all of them, can be asked for.

    None where all of it can.
    """
    horizons = load_horizons(connection, registry)
    return horizons[0][1] if horizons else None


def horizon_in(url: str) -> datetime | None:
    """The latest horizon in the database at `url`, None where nothing was removed."""
    database = open_database(url)
    try:
        with database.reading() as connection:
            return kept_from(connection)
    finally:
        database.dispose()


def check_kept(connection: Connection, at: datetime | None, registry: str = "") -> None:
    """Raise UsageError for a moment of which the history was removed, in any registry or in one.

    None, which stands for now, is always there.
    """
    horizons = load_horizons(connection, registry) if at is not None else ()
    if at is not None and horizons and at < horizons[0][1]:
        name, horizon = horizons[0]
        raise UsageError(
            f"nothing is kept of {name} on {at:%Y-%m-%d %H:%M} UTC: its history begins on "
            f"{horizon:%Y-%m-%d}, what was before was removed (history.keep_months)",
            next_step=f"choose {horizon:%Y-%m-%d} or later; costs of earlier months are kept",
        )
