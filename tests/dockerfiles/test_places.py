from __future__ import annotations

import pytest

from auditor.dockerfiles.places import PYTHON, below, in_folder, is_within, moved, plain


@pytest.mark.parametrize(
    "path",
    [
        "/usr/local/lib/python3.12/site-packages",
        "/usr/lib/python3.11/site-packages",
        "/usr/lib/python3/dist-packages",
        "/usr/local/lib/python3.13t/dist-packages",
    ],
)
def test_the_places_of_python_are_one_whatever_its_version(path: str) -> None:
    assert plain(path) == PYTHON


def test_other_paths_stay_as_they_are() -> None:
    assert plain("/opt/python3.12/x") == "/opt/python3.12/x"
    assert plain("/opt/venv/lib64/python3.12/site-packages/a") == (
        "/opt/venv/lib/python3/site-packages/a"
    )


def test_paths_lie_within_folders() -> None:
    assert is_within("/a/b", "/a")
    assert is_within("/a", "/a")
    assert is_within("/a", "/")
    assert not is_within("/ab", "/a")
    assert (below("/a/b", "/a"), below("/a", "/a"), below("/a", "/")) == ("b", "", "a")


def test_what_lies_in_a_folder_moves_with_it() -> None:
    assert moved("/install/lib/python3/site-packages", "/install", "/usr/local") == PYTHON
    assert moved("/a", "/a", "/b") == "/b"
    assert moved("/a/b", "/", "/c") == "/c/a/b"


def test_no_path_is_longer_than_paths_are() -> None:
    assert len(in_folder("/" + "a" * 2_000, "b")) < 1_100
