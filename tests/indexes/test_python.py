"""A simple repository over real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import PythonFile, PythonMetadata, WheelContents
from auditor.indexes.fetching import IndexClient
from auditor.indexes.python import SimpleIndex
from tests.fakes.index_server import IndexServer, MakeClient
from tests.indexes.test_wheels import METADATA, SMALL, wheel_of

JSON = "application/vnd.pypi.simple.v1+json"
WHEEL = "a-1-py3-none-any.whl"


def put_project(
    server: IndexServer, name: str, *files: Mapping[str, object], index: str = ""
) -> None:
    server.put(f"{index}/simple/{name}/", json.dumps({"files": files}), type=JSON)


def file_of(server: IndexServer, name: str = WHEEL, **more: object) -> PythonFile:
    return PythonFile(name, f"{server.url}/f/{name}", **more)  # type: ignore[arg-type]


@pytest.fixture
def index(server: IndexServer, client: IndexClient) -> SimpleIndex:
    return SimpleIndex([f"{server.url}/simple/"], client)


def test_names_are_normalised_and_asked_for_once(server: IndexServer, index: SimpleIndex) -> None:
    put_project(server, "flask-login", {"filename": "x.whl", "url": "/f/x.whl", "size": 7})
    for name in ("Flask_Login", "flask.login", "FLASK-LOGIN"):
        assert index.files(name) == (PythonFile("x.whl", f"{server.url}/f/x.whl", size_bytes=7),)
    assert server.paths() == ["/simple/flask-login/"]
    assert "vnd.pypi.simple.v1+json" in server.sent("accept")[0]
    assert "text/html" in server.sent("accept")[0]


@pytest.mark.parametrize("name", ["", "../../etc", "a/b", "a b", "é", "a%2fb", "a?b", "x" * 999])
def test_what_is_no_name_is_no_project_and_nobody_is_asked(
    server: IndexServer, index: SimpleIndex, name: str
) -> None:
    assert index.files(name) == ()
    assert server.asked == []


def test_an_index_that_knows_html_only_serves_too(server: IndexServer, index: SimpleIndex) -> None:
    server.put("/simple/a/", '<html><a href="../../f/a-1.tar.gz">a</a>', type="text/html")
    assert [one.address for one in index.files("a")] == [f"{server.url}/f/a-1.tar.gz"]


def test_a_project_that_nobody_has_is_empty_and_a_broken_page_is_told(
    server: IndexServer, index: SimpleIndex
) -> None:
    assert index.files("absent") == ()
    server.put("/simple/broken/", "{", type=JSON)
    with pytest.raises(IndexFailureError, match=r"page of a project of 127\.0\.0\.1:.* not usable"):
        index.files("broken")


def test_files_of_all_indexes_come_together(server: IndexServer, client: IndexClient) -> None:
    one = {"filename": "a-1.whl", "url": "/one/a-1.whl"}
    two = {"filename": "a-1.whl", "url": "/two/a-1.whl"}
    put_project(server, "a", one)
    put_project(server, "a", two, {"filename": "a-2.whl", "url": "/two/a-2.whl"}, index="/more")
    index = SimpleIndex([f"{server.url}/simple", f"{server.url}/more/simple"], client)
    assert [one.address.removeprefix(server.url) for one in index.files("a")] == [
        "/one/a-1.whl",
        "/two/a-2.whl",
    ]


def test_metadata_lie_beside_the_file_where_the_index_says_so(
    server: IndexServer, index: SimpleIndex
) -> None:
    server.put(f"/f/{WHEEL}.metadata?x=1", METADATA)
    file = replace(file_of(server, has_metadata=True), address=f"{server.url}/f/{WHEEL}?x=1")
    assert index.metadata(file) == PythonMetadata(("b>=1",), "")
    assert server.paths() == [f"/f/{WHEEL}.metadata?x=1"]


@pytest.mark.parametrize("has_metadata", [True, False])
def test_else_they_are_read_from_the_end_of_the_wheel(
    server: IndexServer, index: SimpleIndex, has_metadata: bool
) -> None:
    server.put(f"/f/{WHEEL}", wheel_of(SMALL))
    file = file_of(server, has_metadata=has_metadata)
    assert index.metadata(file) == PythonMetadata(("b>=1",), "")
    assert index.contents(file) == WheelContents(600 + 1000 + len(METADATA), 600, 3)
    assert server.paths().count(f"/f/{WHEEL}") == 1


def test_where_no_pieces_are_served_nothing_is_known_and_nothing_fetched(
    server: IndexServer, index: SimpleIndex
) -> None:
    server.put(f"/f/{WHEEL}", wheel_of(SMALL), has_ranges=False)
    assert index.metadata(file_of(server)) is None
    assert index.contents(file_of(server)) is None


def test_a_source_distribution_vouches_for_itself_or_says_nothing(
    server: IndexServer, index: SimpleIndex
) -> None:
    name = "a-1.tar.gz"
    file = file_of(server, name, has_metadata=True)
    assert index.contents(file) is None
    assert index.metadata(file_of(server, name)) is None
    for number, text in enumerate(
        (
            METADATA,
            METADATA.replace(b"2.1", b"2.2"),
            METADATA.replace(b"2.1", b"2.2\nDynamic: Requires-Dist"),
            METADATA.replace(b"2.1", b"odd"),
        )
    ):
        server.put(f"/f/{number}/{name}.metadata", text)
    found = [
        index.metadata(replace(file, address=f"{server.url}/f/{number}/{name}"))
        for number in range(4)
    ]
    assert found == [None, PythonMetadata(("b>=1",)), None, None]


def test_metadata_of_nothing_are_none(server: IndexServer, index: SimpleIndex) -> None:
    server.put(f"/f/{WHEEL}.metadata", b"\xff\xfe nothing")
    assert index.metadata(file_of(server, has_metadata=True)) is None


def test_a_size_is_the_indexs_or_asked_for(server: IndexServer, index: SimpleIndex) -> None:
    assert index.size_bytes(file_of(server, size_bytes=7)) == 7
    assert server.asked == []
    server.put(f"/f/{WHEEL}", b"x" * 70)
    assert index.size_bytes(file_of(server)) == 70


def test_looking_ahead_reads_side_by_side_and_raises_nothing(
    server: IndexServer, client_of: MakeClient
) -> None:
    index = SimpleIndex([f"{server.url}/simple"], client_of(cache_folder=None))
    for name in ("a", "b", "c"):
        put_project(server, name, {"filename": "x.whl", "url": "x"})
    server.put("/simple/broken/", "{", type=JSON)
    index.look_ahead(["a", "b", "broken", "c", "absent", "a", "../x"])
    assert len(server.asked) == 5
    assert index.files("b")
    assert len(server.asked) == 5
    assert index.notes == ()
