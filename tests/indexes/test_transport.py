"""Where connections go: vetted when they are made."""

from __future__ import annotations

import socket
from pathlib import Path

import httpcore
import pytest

from auditor.domain.errors import IndexFailureError, SettingsError
from auditor.indexes.fetching import IndexClient, Kind
from auditor.indexes.options import ClientOptions
from auditor.indexes.transport import VettingBackend, tls_context
from tests.fakes.index_server import NOW, IndexServer

Answers = dict[str, list[str]]
PAGE = Kind("the page", 1000)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What names mean: each time they are asked for, the next of these addresses."""
    meanings: Answers = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: object, *rest: object, **more: object) -> object:
        if host not in meanings:
            return real(host, port, *rest, **more)  # type: ignore[arg-type]
        if not meanings[host]:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        address = meanings[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in address.split()]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return meanings


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a connection was tried to; none of them answers."""
    found: list[str] = []

    def connect(place: tuple[str, int], *_: object, **__: object) -> socket.socket:
        found.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return found


def test_a_name_is_looked_up_once_and_what_it_meant_then_is_connected_to(
    names: Answers, tried: list[str]
) -> None:
    names["files.example"] = ["93.184.216.34", "127.0.0.1", "127.0.0.1"]
    with pytest.raises(httpcore.ConnectError):
        VettingBackend(()).connect_tcp("files.example", 80)
    assert tried == ["93.184.216.34"]
    assert names["files.example"] == ["127.0.0.1", "127.0.0.1"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1"])
def test_a_strangers_private_address_is_not_connected_to(
    names: Answers, tried: list[str], address: str
) -> None:
    names["files.example"] = [address]
    with pytest.raises(httpcore.ConnectError, match="refused"):
        VettingBackend(("index.example",)).connect_tcp("files.example", 80)
    assert tried == []


def test_of_several_addresses_those_that_pass_are_tried_in_order(
    names: Answers, tried: list[str]
) -> None:
    names["files.example"] = ["10.0.0.1 93.184.216.34 93.184.216.35 93.184.216.34"]
    with pytest.raises(httpcore.ConnectError):
        VettingBackend(()).connect_tcp("files.example", 80)
    assert tried == ["93.184.216.34", "93.184.216.35"]


def test_an_index_of_ours_may_be_at_a_private_address_and_not_at_a_clouds_metadata(
    names: Answers, tried: list[str]
) -> None:
    names["index.example"] = ["10.0.0.1", "169.254.169.254"]
    backend = VettingBackend(("index.example",))
    for _ in range(2):
        with pytest.raises(httpcore.ConnectError):
            backend.connect_tcp("index.example", 80)
    assert tried == ["10.0.0.1"]


def test_a_name_that_nobody_knows_is_told(names: Answers) -> None:
    names["index.example"] = []
    with (
        IndexClient(ClientOptions(NOW, attempts=1), ["http://index.example/"]) as client,
        pytest.raises(IndexFailureError, match=r"no host is called index.example"),
    ):
        client.get("http://index.example/a", PAGE)


def test_a_redirect_to_a_name_inside_is_refused_at_the_socket(
    names: Answers, server: IndexServer
) -> None:
    names["inside.example"] = ["127.0.0.1"]
    server.redirect("/a", f"http://inside.example:{server.server_port}/b")
    server.put("/b", "one")
    with (
        IndexClient(ClientOptions(NOW, attempts=1), [server.url]) as client,
        pytest.raises(IndexFailureError, match=r"inside.example:.* leads to an address inside"),
    ):
        client.get(f"{server.url}/a", PAGE)
    assert server.paths() == ["/a"]


def test_a_server_without_tls_is_told_apart(server: IndexServer) -> None:
    address = server.url.replace("http:", "https:")
    with (
        IndexClient(ClientOptions(NOW), [address]) as client,
        pytest.raises(IndexFailureError, match="no trusted TLS connection"),
    ):
        client.get(f"{address}/a", PAGE)


def test_certificates_come_from_files_that_hold_some(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "absent.pem"):
        with pytest.raises(SettingsError, match="no certificates"):
            tls_context([str(tmp_path / name)])
