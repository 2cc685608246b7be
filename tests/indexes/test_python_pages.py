"""Pages of simple repositories, as PEP 503 and 691 write them, and as nobody should."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from auditor.domain.package_facts import PythonFile
from auditor.indexes.python_pages import files_of_page
from auditor.indexes.unpacking import UnusableError

BASE = "https://h.example/simple/flask/"
JSON = "application/vnd.pypi.simple.v1+json"


def of_json(*files: object, **more: object) -> tuple[PythonFile, ...]:
    return files_of_page(json.dumps({"files": files, **more}).encode(), JSON, BASE)


def of_html(text: str) -> tuple[PythonFile, ...]:
    return files_of_page(text.encode(), "text/html; charset=utf-8", BASE)


def test_a_json_page() -> None:
    found = of_json(
        {
            "filename": "flask-3.0-py3-none-any.whl",
            "url": "https://files.example/f/flask-3.0-py3-none-any.whl#sha256=1",
            "size": 101,
            "requires-python": ">=3.8",
            "core-metadata": {"sha256": "2"},
            "upload-time": "2023-09-30T14:36:12.918900Z",
            "yanked": False,
            "hashes": {"sha256": "1"},
        },
        {"filename": "flask-2.0.tar.gz", "url": "../../f/flask-2.0.tar.gz", "yanked": "broken"},
        {"filename": "old-1.whl", "url": "old-1.whl", "dist-info-metadata": True, "yanked": True},
        {"filename": "not-1.whl", "url": "n", "core-metadata": False, "dist-info-metadata": True},
    )
    assert found == (
        PythonFile(
            "flask-3.0-py3-none-any.whl",
            "https://files.example/f/flask-3.0-py3-none-any.whl",
            size_bytes=101,
            requires_python=">=3.8",
            has_metadata=True,
            uploaded_at=datetime(2023, 9, 30, 14, 36, 12, 918900, tzinfo=UTC),
        ),
        PythonFile("flask-2.0.tar.gz", "https://h.example/f/flask-2.0.tar.gz", is_yanked=True),
        PythonFile("old-1.whl", f"{BASE}old-1.whl", is_yanked=True, has_metadata=True),
        PythonFile("not-1.whl", f"{BASE}n"),
    )


@pytest.mark.parametrize(
    "hostile",
    [
        *(7, None, [], {}, {"filename": "a.whl"}, {"filename": 1, "url": "a"}),
        {"filename": "../../a.whl", "url": "a"},
        {"filename": "a b.whl", "url": "a"},
        {"filename": "a\x1b[31m.whl", "url": "a"},
        {"filename": "x" * 300, "url": "a"},
        {"filename": "a.whl", "url": "file:///etc/passwd"},
        {"filename": "a.whl", "url": ""},
        {"filename": "a.whl", "url": "http://["},
    ],
)
def test_a_file_that_makes_no_sense_is_left_out(hostile: object) -> None:
    good = {"filename": "a.whl", "url": "a.whl"}
    assert [one.name for one in of_json(hostile, good)] == ["a.whl"]


@pytest.mark.parametrize(
    "field, value",
    [
        *[("size", value) for value in (-1, 2**41, True, "7", 1.5, None)],
        *[("requires-python", value) for value in (7, "x" * 301, ">=3\x1b", None)],
        *[("upload-time", value) for value in (7, "yesterday", None, "2023-13-01")],
        *[("core-metadata", value) for value in (False, 7, "true", None)],
        *[("yanked", value) for value in (False, None, 0)],
    ],
)
def test_a_field_that_makes_no_sense_is_not_known(field: str, value: object) -> None:
    assert of_json({"filename": "a.whl", "url": "a.whl", field: value}) == (
        PythonFile("a.whl", f"{BASE}a.whl"),
    )


def test_a_moment_without_a_zone_is_utc() -> None:
    (found,) = of_json({"filename": "a", "url": "a", "upload-time": "2023-09-30T14:00:00"})
    assert found.uploaded_at == datetime(2023, 9, 30, 14, tzinfo=UTC)


def test_a_login_in_an_address_is_not_kept() -> None:
    (found,) = of_json({"filename": "a", "url": "https://ann:canary@f.example/a"})
    assert found.address == "https://f.example/a"


def test_an_html_page() -> None:
    found = of_html(
        """<!DOCTYPE html><html><head><base href="/packages/"><title>Links</title></head><body>
        <a href="ab/flask-3.0-py3-none-any.whl#sha256=1" data-requires-python="&gt;=3.8"
           data-core-metadata="sha256=2" data-dist-info-metadata="false">flask-3.0</a><br/>
        <A HREF='https://files.example/flask%2D2.0.tar.gz?x=1' DATA-YANKED="">flask-2.0.tar.gz</A>
        <a href="old-1.whl" data-dist-info-metadata="true" data-yanked="because">old</a>
        <a>no address</a><a href="">none</a><a href="file:///x">x</a><abbr href="y.whl">y</abbr>
        </body></html>"""
    )
    assert found == (
        PythonFile(
            "flask-3.0-py3-none-any.whl",
            "https://h.example/packages/ab/flask-3.0-py3-none-any.whl",
            requires_python=">=3.8",
            has_metadata=True,
        ),
        PythonFile(
            "flask-2.0.tar.gz", "https://files.example/flask%2D2.0.tar.gz?x=1", is_yanked=True
        ),
        PythonFile(
            "old-1.whl",
            "https://h.example/packages/old-1.whl",
            is_yanked=True,
            has_metadata=True,
        ),
    )


def test_a_page_without_files_has_none() -> None:
    assert of_json() == of_html("<html></html>") == of_html("<!DOCTYPE HTML><p>") == ()


@pytest.mark.parametrize(
    "body, kind",
    [
        (b"", JSON),
        (b"[]", JSON),
        (b'{"files": 7}', JSON),
        (b'{"files": "\xff"}', JSON),
        (b'{"files": [' + b"[" * 100_000, ""),
        (b"", "text/html"),
        (b"just text", "text/html"),
        (b"just text", "application/octet-stream"),
    ],
)
def test_what_is_no_page_is_told(body: bytes, kind: str) -> None:
    with pytest.raises(UnusableError, match="simple repository"):
        files_of_page(body, kind, BASE)


def test_a_page_full_of_what_never_closes_is_read_in_linear_time() -> None:
    hostile = "<html>" + "<a href='" * 60_000 + "<!--" * 60_000 + "<a " * 60_000
    assert of_html(hostile) == ()
