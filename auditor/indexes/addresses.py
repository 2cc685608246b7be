"""Where the indexes of one ecosystem are, and who told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from auditor.domain.errors import IndexFailureError
from auditor.domain.text import clean_line
from auditor.indexes.origins import (
    Login,
    basic,
    login_in,
    origin_of,
    parse_address,
    without_login,
)
from auditor.indexes.surroundings import Surroundings, login_of

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class IndexAddresses:
    """Indexes without the logins that stood in their addresses; those are in `logins`.

    `indexes` come in the order they are asked. `scopes` are npm's "@scope" with its registry.
    `source` says who told ("estimate.indexes.pip", "PIP_INDEX_URL", "pip itself"). `ca_files`
    are certificates the tool is told to trust. `notes` are sentences about what was left out.
    """

    indexes: tuple[str, ...]
    source: str
    logins: tuple[Login, ...] = field(default=(), repr=False)
    scopes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    ca_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def all_indexes(self) -> tuple[str, ...]:
        """The indexes, and those of scopes."""
        return (*self.indexes, *self.scopes.values())


@dataclass(slots=True)
class Gathering:
    """Addresses as they are found: checked, parted from their logins, each once."""

    addresses: dict[str, None] = field(default_factory=dict)
    logins: list[Login] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, text: str, source: str) -> str | None:
        """Take an address; None, and a note, for one that is not on the web."""
        try:
            url = parse_address(text)
        except ValueError:
            scheme = clean_line(text.partition(":")[0], 20) if ":" in text else "no scheme"
            self.notes.append(f"An index of {source} is left out: it is not http ({scheme}).")
            return None
        if login := login_in(url):
            self.logins.append(login)
        address = str(without_login(url).copy_with(fragment=None))
        self.addresses.setdefault(address)
        return address

    def add_logins(self, find: Callable[[str], tuple[str, str] | None]) -> None:
        """Add what a login file has for the hosts of addresses that brought none themselves."""
        known = {login.origin for login in self.logins}
        for address in self.addresses:
            origin = origin_of(parse_address(address))
            if origin not in known and (found := find(origin.host)):
                known.add(origin)
                self.logins.append(Login(origin, basic(*found)))

    def from_netrc(self, around: Surroundings) -> None:
        """Add the logins of the user's netrc file."""
        self.add_logins(around.logins_for)

    def from_login_files(self, paths: Iterable[Path]) -> None:
        """Add the logins of other files of that form, such as apt's."""
        for path in paths:
            self.add_logins(lambda host, path=path: login_of(path, host))  # type: ignore[misc]


def unknown(what: str, setting: str, example: str, notes: Iterable[str] = ()) -> IndexFailureError:
    """The error for an ecosystem that nobody has an index of."""
    because = " ".join(notes)
    return IndexFailureError(
        f"no index of {what} is known here" + (f" ({because})" if because else ""),
        next_step=f"set {setting}, such as {example}",
    )
