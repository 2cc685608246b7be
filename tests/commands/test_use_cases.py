"""The real use cases behind the commands, as far as no registry is needed."""

from __future__ import annotations

import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest

from auditor.commands.use_cases import UseCases
from auditor.domain.errors import UsageError
from auditor.domain.views import RankQuery
from auditor.settings import LoadedSettings


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedSettings:
    overrides = {"database_url": f"sqlite:///{tmp_path / 'folder' / 'auditor.db'}"}
    return UseCases().load_settings(None, overrides)


def test_flags_come_before_everything_and_are_named_as_the_source(loaded: LoadedSettings) -> None:
    rows = {row.key: row for row in UseCases().render_settings(loaded)}
    assert rows["database_url"].value.endswith("/folder/auditor.db")
    assert rows["database_url"].origin == "flag"


def test_a_database_is_made_where_there_is_none(loaded: LoadedSettings) -> None:
    url = loaded.settings.database_url
    assert not UseCases().database_status(url).is_current
    UseCases().upgrade_database(url)
    assert UseCases().database_status(url).is_current
    UseCases().prepare_database(url).dispose()
    browse = UseCases().open_browse(loaded.settings)
    assert browse.rank(RankQuery()).rows == ()


@dataclass(frozen=True)
class Site:
    """A dashboard that runs until the test process ends."""

    address: str

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rpartition(":")[2])


@pytest.fixture
def site(loaded: LoadedSettings) -> Site:
    addresses: Queue[str] = Queue()
    arguments = (loaded.settings, "127.0.0.1", 0, addresses.put)
    threading.Thread(target=UseCases().serve, args=arguments, daemon=True).start()
    return Site(addresses.get(timeout=30))


def test_the_dashboard_answers_at_the_address_it_announced(site: Site) -> None:
    with urllib.request.urlopen(f"{site.address}api/v1/rank", timeout=30) as answer:
        assert answer.status == 200


def test_a_port_that_is_taken_is_said_in_one_line(site: Site, loaded: LoadedSettings) -> None:
    with pytest.raises(UsageError, match=f"port {site.port}: Address already in use; choose"):
        UseCases().serve(loaded.settings, "127.0.0.1", site.port, print)


def test_a_name_that_is_no_address_is_said_in_one_line(loaded: LoadedSettings) -> None:
    with pytest.raises(UsageError, match=r"cannot listen on no-such-host\.invalid port 1"):
        UseCases().serve(loaded.settings, "no-such-host.invalid", 1, print)
