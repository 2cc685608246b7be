"""Servers and databases for tests, and a world without the network or the user's own files."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from tests.servers import tools
from tests.servers.chromium import start_chromium
from tests.servers.docker_registry import RunningRegistry, start_docker_registry
from tests.servers.postgres import PostgresServer, start_postgres

settings.register_profile("tests", deadline=None, print_blob=True)
settings.load_profile("tests")

_LAWS = Path(__file__).parent / "laws"
_OURS = ("AUDITOR_", "DOCKER_", "XDG_", "REGISTRY_AUTH_FILE", "NO_COLOR", "FORCE_COLOR", "PORT")


def _refuse_other_machines(event: str, arguments: tuple[object, ...]) -> None:
    """Fail whatever connects to an address that is not on this machine."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple) or not isinstance(address[0], str):
        return  # a socket on disk
    host = address[0].partition("%")[0]
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        pytest.fail(f"a test connected to {host}, which is not this machine", pytrace=True)


sys.addaudithook(_refuse_other_machines)

# What a shell starts in the background ignores interrupts, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def home_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home: no test sees or changes the configuration of who runs it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        yield home


@pytest.fixture
def docker_registry(tmp_path: Path) -> Iterator[RunningRegistry]:
    """An empty docker-registry that allows deletion, without passwords or TLS."""
    with start_docker_registry(tmp_path / "docker-registry") as registry:
        yield registry


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One cluster for all tests."""
    with start_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'auditor.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for one module: Playwright holds the thread's event loop."""
    with start_chromium() as chromium:
        yield chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests over many generated examples are not measured: tracing takes longer than they do."""
    for item in items:
        if item.get_closest_marker("hypothesis") or _LAWS in item.path.parents:
            item.add_marker("no_cover")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the very end what could not be tested here."""
    if not tools.missing:
        return
    terminalreporter.section("TOOLS THAT ARE NOT INSTALLED", red=True, bold=True)
    for tool, remedy in sorted(tools.missing.items()):
        terminalreporter.line(f"{tool}: its tests did not run; {remedy}")
