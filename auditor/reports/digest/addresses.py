"""Addresses of the dashboard's views, for texts that leave the house.

Paths only; the tests ask the dashboard for every one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from auditor.domain.digest import Digest
from auditor.domain.text import is_clean_line

_LONGEST = 512  # as the dashboard has it for a text in an address


def overview() -> str:
    """The first page."""
    return "/"


def repositories(**arguments: str) -> str:
    """The table of repositories."""
    return _path("/repositories", arguments)


def changes(start: datetime, end: datetime, *, registry: str = "", team: str = "") -> str:
    """Why a registry, a team or the only registry stores other bytes."""
    dates = {"from": _moment(start), "to": _moment(end)}
    return _path("/changes", {"registry": registry, "team": team, **dates})


def repository(registry: str, name: str, start: datetime, end: datetime) -> str:
    """What changed in one repository between two moments."""
    dates = {"from": _moment(start), "to": _moment(end)}
    path = _path("/repository", {"registry": registry, "name": name, **dates})
    return f"{path}#changed" if path else ""


def image(registry: str, name: str, ref: str | Digest) -> str:
    """One image, layer by layer."""
    return _path("/image", {"registry": registry, "name": name, "ref": str(ref)})


def findings(**arguments: str) -> str:
    """The list of findings."""
    return _path("/findings", arguments)


def costs(month: str, team: str) -> str:
    """A month's costs, of a team its repositories'."""
    return _path("/costs", {"month": month, "team": team, "by": "repository" if team else ""})


def budgets() -> str:
    """The running month against budgets."""
    return "/budgets"


def unsubscribe(token: str) -> str:
    """Where one click ends a digest."""
    return _path("/unsubscribe", {"token": token})


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _path(path: str, arguments: dict[str, str]) -> str:
    """Without an address for what the dashboard would not take either."""
    given = {name: value for name, value in arguments.items() if value}
    if any(len(value) > _LONGEST or not is_clean_line(value) for value in given.values()):
        return ""
    return f"{path}?{urlencode(given)}" if given else path
