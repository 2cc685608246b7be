"""Documents, sizes and pieces, over real sockets."""

from __future__ import annotations

import gzip
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.indexes.fetching import Document, IndexClient, Kind
from auditor.indexes.options import ClientOptions
from auditor.indexes.origins import Login, basic, origin_of, parse_address
from tests.fakes.index_server import NOW, IndexServer, MakeClient, Page

PAGE = Kind("the page", 1000, "text/plain")
FILE = Kind("the file", 1000, is_packed=True)
FOREVER = Kind("the facts", 1000, is_fixed=True)
DAY = timedelta(days=1)


def body_of(document: Document | None) -> bytes:
    assert document is not None
    return document.body


def test_a_document_is_asked_for_once_a_day(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/a", "one", type="text/plain")
    found = client_of().get(f"{server.url}/a", PAGE)
    assert found == Document(b"one", "text/plain", f"{server.url}/a")
    assert client_of(now=NOW + 0.9 * DAY).get(f"{server.url}/a", PAGE) == found
    assert len(server.asked) == 1
    assert server.sent("user-agent") == ["registry-auditor"]
    assert server.sent("accept") == ["text/plain"]
    server.put("/a", "two")
    assert body_of(client_of(now=NOW + DAY).get(f"{server.url}/a", PAGE)) == b"two"


@pytest.mark.parametrize(
    "validator, header",
    [("etag", "if-none-match"), ("last_modified", "if-modified-since")],
)
def test_an_old_document_that_did_not_change_is_not_sent_again(
    server: IndexServer, client_of: MakeClient, validator: str, header: str
) -> None:
    server.put("/a", "one", **{validator: '"v1"'})
    client_of().get(f"{server.url}/a", PAGE)
    later = NOW + 2 * DAY
    assert body_of(client_of(now=later).get(f"{server.url}/a", PAGE)) == b"one"
    assert server.sent(header) == ['"v1"']
    assert body_of(client_of(now=later + 0.9 * DAY).get(f"{server.url}/a", PAGE)) == b"one"
    assert len(server.asked) == 2  # the 304 made it fresh again


def test_what_never_changes_is_kept_for_ever(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/a", "one")
    client_of().get(f"{server.url}/a", FOREVER)
    assert body_of(client_of(now=NOW + 999 * DAY).get(f"{server.url}/a", FOREVER)) == b"one"
    assert len(server.asked) == 1


def test_a_clock_that_was_set_back_does_not_keep_answers_for_years(
    server: IndexServer, client_of: MakeClient
) -> None:
    server.put("/a", "one")
    client_of(now=NOW + 400 * DAY).get(f"{server.url}/a", PAGE)
    client_of().get(f"{server.url}/a", PAGE)
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_nothing(
    server: IndexServer, client: IndexClient, status: int
) -> None:
    server.put("/a", "", status=status)
    assert client.get(f"{server.url}/a", PAGE) is None


def test_that_there_was_nothing_is_believed_offline_only(
    server: IndexServer, client_of: MakeClient
) -> None:
    assert client_of().get(f"{server.url}/a", PAGE) is None
    offline = client_of(is_offline=True)
    assert offline.get(f"{server.url}/a", PAGE) is None
    page = server.put("/a", "one")
    assert body_of(client_of().get(f"{server.url}/a", PAGE)) == b"one"
    assert body_of(offline.get(f"{server.url}/a", PAGE)) == b"one"
    page.status = 404
    client_of(now=NOW + 2 * DAY).get(f"{server.url}/a", PAGE)
    assert offline.get(f"{server.url}/a", PAGE) is None


def test_a_change_from_nothing_is_no_answer(server: IndexServer, client: IndexClient) -> None:
    server.put("/a", "", status=304)
    with pytest.raises(IndexFailureError, match="nothing changed"):
        client.get(f"{server.url}/a", PAGE)


@pytest.mark.parametrize(
    "status, words",
    [
        (401, "does not let us read the page"),
        (403, "does not let us read the page"),
        (418, "unexpected status 418"),
    ],
)
def test_a_refusal_says_what_to_do(
    server: IndexServer, client: IndexClient, status: int, words: str
) -> None:
    server.put("/a", "", status=status)
    with pytest.raises(IndexFailureError, match=words) as raised:
        client.get(f"{server.url}/a", PAGE)
    assert raised.value.next_step
    assert len(server.asked) == 1


def test_a_document_over_its_cap_is_an_error_and_not_a_part_of_it(
    server: IndexServer, client: IndexClient
) -> None:
    packed = Page(gzip.compress(b"x" * 1001), headers={"Content-Encoding": "gzip"})
    for page in (Page(b"x" * 1001), Page(b"x" * 1001, announces_length=False), packed):
        server.pages["/a"] = page
        with pytest.raises(IndexFailureError, match="more than 1,000 bytes"):
            client.get(f"{server.url}/a", PAGE)
    server.put("/b", b"x" * 1000, announces_length=False)
    assert len(body_of(client.get(f"{server.url}/b", PAGE))) == 1000


def test_a_bomb_stops_at_the_cap(server: IndexServer, client: IndexClient) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    server.put("/a", bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(IndexFailureError, match="more than 100,000 bytes"):
        client.get(f"{server.url}/a", Kind("the page", 100_000))


def test_a_packed_transfer_is_unpacked_and_a_packed_file_is_not(
    server: IndexServer, client: IndexClient
) -> None:
    packed = gzip.compress(b"one")
    server.put("/a", packed, headers={"Content-Encoding": "gzip"})
    assert body_of(client.get(f"{server.url}/a", PAGE)) == b"one"
    assert body_of(client.get(f"{server.url}/a", FILE)) == packed
    assert server.sent("accept-encoding") == ["gzip", "identity"]


@pytest.mark.parametrize(
    "encoding, body",
    [
        ("br", b"one"),
        ("gzip, gzip", b"one"),
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b"cut off")[:-4]),
        ("gzip", gzip.compress(b"one") + b"more"),
    ],
)
def test_a_transfer_packed_in_another_way_is_refused(
    server: IndexServer, client: IndexClient, encoding: str, body: bytes
) -> None:
    server.put("/a", body, headers={"Content-Encoding": encoding})
    with pytest.raises(IndexFailureError, match="packed in an unknown way"):
        client.get(f"{server.url}/a", PAGE)


def test_offline_nothing_is_asked(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/a", "one")
    offline = client_of(is_offline=True, now=NOW + 99 * DAY)
    for ask in (
        lambda: offline.get(f"{server.url}/a", PAGE),
        lambda: offline.size_bytes(f"{server.url}/a"),
        lambda: offline.piece(f"{server.url}/a", 0, 1),
    ):
        with pytest.raises(IndexFailureError, match="nothing is asked for offline") as raised:
            ask()
        assert f"127.0.0.1:{server.server_port}" in raised.value.message
        assert "estimate.offline" in raised.value.next_step
    assert server.asked == []
    online = client_of()
    online.get(f"{server.url}/a", PAGE)
    online.size_bytes(f"{server.url}/a")
    online.piece(f"{server.url}/a", 0, 1)
    assert body_of(offline.get(f"{server.url}/a", PAGE)) == b"one"
    assert offline.size_bytes(f"{server.url}/a") == 3
    assert offline.piece(f"{server.url}/a", 0, 1)
    assert len(server.asked) == 3


def test_an_index_that_fails_is_answered_for_by_what_it_said_earlier(
    server: IndexServer, client_of: MakeClient
) -> None:
    page = server.put("/a", "one")
    client_of().get(f"{server.url}/a", PAGE)
    page.status = 503
    later = client_of(now=NOW + 2 * DAY)
    assert body_of(later.get(f"{server.url}/a", PAGE)) == b"one"
    assert ["did not answer, so what it said earlier is used" in one for one in later.notes] == [
        True
    ]
    page.status = 403
    with pytest.raises(IndexFailureError, match="does not let us"):
        client_of(now=NOW + 2 * DAY).get(f"{server.url}/a", PAGE)


def test_a_size_is_asked_for_by_head_and_kept(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/f.tgz", b"x" * 777)
    assert client_of().size_bytes(f"{server.url}/f.tgz") == 777
    assert client_of(now=NOW + 999 * DAY).size_bytes(f"{server.url}/f.tgz") == 777
    assert [(one.method, one.path) for one in server.asked] == [("HEAD", "/f.tgz")]


def test_where_head_is_refused_one_byte_tells_the_size(
    server: IndexServer, client: IndexClient
) -> None:
    server.put("/f.tgz", b"x" * 777, has_head=False)
    assert client.size_bytes(f"{server.url}/f.tgz") == 777
    assert server.sent("range") == ["bytes=0-0"]
    server.put("/g.tgz", b"x" * 778, has_head=False, has_ranges=False)
    assert client.size_bytes(f"{server.url}/g.tgz") == 778  # announced, and not read


@pytest.mark.parametrize(
    "more",
    [
        {"announces_length": False, "has_ranges": False},
        {"status": 404},
        {"status": 206, "headers": {"Content-Range": "bytes 0-0/*"}},
        {"headers": {"Content-Encoding": "gzip"}, "has_ranges": False},
    ],
)
def test_a_size_that_nobody_says_is_unknown(
    server: IndexServer, client: IndexClient, more: dict[str, object]
) -> None:
    server.put("/f.tgz", b"x", **more)
    assert client.size_bytes(f"{server.url}/f.tgz") is None


def test_pieces_of_a_file(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/w", b"0123456789")
    client = client_of()
    end = client.piece(f"{server.url}/w", None, 4)
    assert end
    assert (end.start, end.body, end.total_bytes) == (6, b"6789", 10)
    middle = client.piece(f"{server.url}/w", 2, 3)
    assert middle
    assert (middle.start, middle.body) == (2, b"234")
    assert client_of().piece(f"{server.url}/w", None, 4) == end
    assert server.sent("range") == ["bytes=-4", "bytes=2-4"]


def test_a_server_that_sends_the_whole_file_is_not_listened_to_and_not_asked_again(
    server: IndexServer, client: IndexClient
) -> None:
    server.put("/w", b"x" * 5_000_000, has_ranges=False)
    assert client.piece(f"{server.url}/w", None, 4) is None
    assert client.piece(f"{server.url}/w", 0, 4) is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "place", ["bytes 0-3/10", "bytes 0-1/1", "bytes 0-1/*", "characters 0-1/10", ""]
)
def test_a_piece_that_is_another_one_is_none(
    server: IndexServer, client: IndexClient, place: str
) -> None:
    server.put("/w", b"ab", status=206, headers={"Content-Range": place})
    assert client.piece(f"{server.url}/w", 0, 2) is None


def test_a_longer_piece_than_asked_for_is_none(server: IndexServer, client: IndexClient) -> None:
    server.put("/w", b"abcdef", status=206, headers={"Content-Range": "bytes 0-5/10"})
    assert client.piece(f"{server.url}/w", 0, 2) is None


CANARY = "s3cret-canary"


def everything_kept(folder: Path) -> str:
    parts = []
    for top, _, names in os.walk(folder):
        for name in names:
            path = Path(top, name)
            parts += [str(path), path.read_bytes().decode(errors="replace")]
    return "\n".join(parts)


def test_a_login_goes_to_its_own_host_and_nowhere_else(
    server: IndexServer,
    other: IndexServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"http://ann:{CANARY}@127.0.0.1:{server.server_port}/simple"
    server.put("/simple/a/", "one")
    server.redirect("/simple/b/", f"{other.url}/b/?signature={CANARY}")
    other.put(f"/b/?signature={CANARY}", "two")
    options = ClientOptions(
        NOW, cache_folder=tmp_path / "cache", file_hosts=("127.0.0.2",), attempts=1
    )
    with IndexClient(options, [address]) as client:
        assert client.get(f"{address}/a/", PAGE)
        assert client.get(f"{server.url}/simple/b/", PAGE)
        assert client.get(f"{other.url}/b/", PAGE) is None
        server.put("/simple/c/", CANARY, status=403)
        with pytest.raises(IndexFailureError) as raised:
            client.get(f"{address}/c/", PAGE)
    assert set(server.sent("authorization")) == {basic("ann", CANARY)}
    assert other.sent("authorization") == []
    shown = [str(raised.value), repr(client.options), repr(raised.value.__cause__)]
    ours = [one.getMessage() for one in caplog.records if one.name.startswith("auditor")]
    for text in (*shown, *ours, everything_kept(tmp_path)):
        assert CANARY not in text


def test_of_two_logins_the_closest_path_counts(server: IndexServer, client_of: MakeClient) -> None:
    origin = origin_of(parse_address(server.url))
    client = client_of(Login(origin, "all"), Login(origin, "ours", "/npm/ours/"))
    for path in ("/npm/ours/x", "/npm/oursx", "/npm/ours/../x"):
        client.get(f"{server.url}{path}", PAGE)
    assert server.sent("authorization") == ["ours", "all", "all"]


def test_a_file_on_a_strangers_private_address_is_refused_unless_it_is_named(
    server: IndexServer, other: IndexServer, client_of: MakeClient
) -> None:
    other.put("/f", b"x")
    with pytest.raises(IndexFailureError, match="inside a network") as raised:
        client_of().size_bytes(f"{other.url}/f")
    assert "estimate.indexes.file_hosts" in raised.value.next_step
    assert other.asked == []
    assert client_of(trusted=(other.url,)).size_bytes(f"{other.url}/f") == 1


@pytest.mark.parametrize("address", ["ftp://h.example/x", "file:///etc/passwd", "no address", ""])
def test_only_the_web_is_asked(client: IndexClient, address: str) -> None:
    asks: list[Callable[[], object]] = [
        lambda: client.get(address, PAGE),
        lambda: client.size_bytes(address),
        lambda: client.piece(address, 0, 1),
    ]
    for ask in asks:
        with pytest.raises(IndexFailureError, match="no address"):
            ask()


def test_without_a_folder_nothing_is_kept(server: IndexServer, client_of: MakeClient) -> None:
    server.put("/a", "one")
    client = client_of(cache_folder=None)
    client.get(f"{server.url}/a", PAGE)
    client.get(f"{server.url}/a", PAGE)
    client.piece(f"{server.url}/a", 0, 1)
    assert len(server.asked) == 3


def test_a_validator_that_fits_no_header_is_not_sent_back(
    server: IndexServer, client_of: MakeClient
) -> None:
    server.put("/a", "one", etag='"' + "x" * 2000 + '"')
    client_of().get(f"{server.url}/a", PAGE)
    client_of(now=NOW + 2 * DAY).get(f"{server.url}/a", PAGE)
    assert server.sent("if-none-match") == []
