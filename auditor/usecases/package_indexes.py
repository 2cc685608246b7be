"""Settings and the machine -> package indexes that the calculator can ask."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from auditor.domain.platform import Platform
from auditor.indexes.addresses import IndexAddresses
from auditor.indexes.apk_addresses import find_apk
from auditor.indexes.apt_addresses import find_apt
from auditor.indexes.cache import DiskCache
from auditor.indexes.fetching import IndexClient
from auditor.indexes.npm import NpmRegistry
from auditor.indexes.npm_addresses import find_npm
from auditor.indexes.opening import (
    client_for,
    open_alpine,
    open_debian,
    open_npm,
    open_python,
)
from auditor.indexes.options import ClientOptions, usual_cache_folder
from auditor.indexes.pip_addresses import find_pip
from auditor.indexes.python import SimpleIndex
from auditor.indexes.stanzas import SystemPackages
from auditor.indexes.surroundings import Surroundings, ask_tool, remembering
from auditor.settings import Settings

_HOUR_SECONDS = 3600


@dataclass(slots=True)
class PackageIndexes:
    """The indexes of one estimate; leave it by `with`, or close it.

    Opening one raises IndexFailureError where no index is known, and for Debian and Alpine
    where it cannot be read. `notes` are sentences for the reader of the estimate.
    """

    settings: Settings
    options: ClientOptions
    around: Surroundings
    _clients: list[IndexClient] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        while self._clients:
            self._clients.pop().close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or did not answer, each once, those of closed clients not."""
        all_notes = [*self._notes, *(note for one in self._clients for note in one.notes)]
        return tuple(dict.fromkeys(all_notes))

    def python(self) -> SimpleIndex:
        """Python's packages, as pip here would find them."""
        where = self.settings.estimate.indexes
        found = find_pip(where.pip, where.pip_extra, self.around)
        return open_python(found, self._client(found))

    def npm(self) -> NpmRegistry:
        """The packages of npm, as npm here would find them."""
        found = find_npm(self.settings.estimate.indexes.npm, self.around)
        return open_npm(found, self._client(found))

    def debian(self, release: str, platform: Platform) -> SystemPackages:
        """Debian's packages of a release such as "bookworm"."""
        found = find_apt(self.settings.estimate.indexes.debian, release, self.around)
        return open_debian(found, platform, self._client(found.addresses))

    def alpine(self, release: str, platform: Platform) -> SystemPackages:
        """Alpine's packages of a release such as "v3.20"."""
        found = find_apk(self.settings.estimate.indexes.alpine, release, self.around)
        return open_alpine(found, platform, self._client(found))

    def _client(self, found: IndexAddresses) -> IndexClient:
        self._notes.extend(found.notes)
        client = client_for(found, self.options)
        self._clients.append(client)
        return client


def open_package_indexes(
    settings: Settings,
    *,
    now: datetime,
    offline: bool = False,
    around: Surroundings | None = None,
) -> PackageIndexes:
    """Indexes as the settings and this machine have them; `offline` adds to the setting."""
    options = client_options(settings, now=now, offline=offline)
    if around is None:
        around = Surroundings(dict(os.environ), Path.home(), ask=_asker(options))
    return PackageIndexes(settings, options, around)


def client_options(settings: Settings, *, now: datetime, offline: bool = False) -> ClientOptions:
    """What the clients may spend, and where they keep what they read."""
    section = settings.estimate
    folder = section.cache_folder
    options = ClientOptions(
        now,
        cache_folder=Path(folder).expanduser() if folder else usual_cache_folder(),
        fresh_seconds=section.cache_hours * _HOUR_SECONDS,
        cache_max_bytes=section.cache_max_bytes,
        is_offline=offline or section.offline,
        timeout_seconds=section.timeout_seconds,
        file_hosts=section.indexes.file_hosts,
    )
    return replace(options, ca_files=(section.ca_file,)) if section.ca_file else options


def _asker(options: ClientOptions) -> Callable[..., str]:
    """How to ask tools where their indexes are, which takes each a second."""
    if options.cache_folder is None:
        return ask_tool
    cache = DiskCache(options.cache_folder, options.cache_max_bytes)
    return remembering(ask_tool, cache, now=options.now, fresh_seconds=options.fresh_seconds)
