from __future__ import annotations

import pytest

from auditor.dockerfiles.files import Copied, Files, Looks, is_folder

ROOT = Copied((".",), "/app", is_folder=True)


def located(path: str, *copied: Copied) -> str:
    return Files(Looks(), copied=list(copied)).locate(path)


@pytest.mark.parametrize(
    "copied,path,source",
    [
        (Copied(("requirements.txt",), "/app", is_folder=True), "/app/requirements.txt", "requirements.txt"),
        (Copied(("api/prod.txt",), "/app/r.txt", is_folder=False), "/app/r.txt", "api/prod.txt"),
        (Copied(("x", "y/package.json"), "/app", is_folder=True), "/app/package.json", "y/package.json"),
        (Copied(("web/package*.json",), "/app", is_folder=True), "/app/package-lock.json", "web/package-lock.json"),
        (ROOT, "/app/a/b.txt", "a/b.txt"),
        (Copied(("src",), "/app", is_folder=False), "/app/a.txt", "src/a.txt"),
        (Copied(("src",), "/app/", is_folder=True), "/elsewhere/a.txt", ""),
        (Copied(("main.py", "LICENSE"), "/app", is_folder=True), "/app/a.txt", ""),
        (Copied(("*a*b*c*",), "/app", is_folder=True), "/app/abc", ""),
        (ROOT, "/app", ""),
    ],
)  # fmt: skip
def test_a_file_of_the_image_is_found_in_the_context(
    copied: Copied, path: str, source: str
) -> None:
    assert located(path, copied) == source


def test_a_file_named_by_a_step_wins_over_a_folder_and_the_latest_wins() -> None:
    one = Copied(("a/r.txt",), "/app", is_folder=True)
    two = Copied(("b/r.txt",), "/app", is_folder=True)
    assert located("/app/r.txt", one, two, ROOT) == "b/r.txt"


def test_mounts_come_first() -> None:
    files = Files(Looks(), copied=[ROOT])
    mount = Copied(("lock/uv.lock",), "/app/uv.lock", is_folder=False)
    assert files.locate("/app/uv.lock", (mount,)) == "lock/uv.lock"


def test_files_come_from_base_stages_and_through_other_stages() -> None:
    looks = Looks()
    base = Files(looks, copied=[ROOT])
    middle = Files(
        looks, base, [Copied(("/app/r.txt",), "/etc/x.txt", is_folder=False, files=base)]
    )
    assert middle.locate("/app/r.txt") == "r.txt"
    assert middle.locate("/etc/x.txt") == "r.txt"


def test_stages_that_copy_in_a_row_are_followed_to_a_depth() -> None:
    files = Files(Looks(), copied=[ROOT])
    for _ in range(20):
        files = Files(files.looks, copied=[Copied(("/app",), "/app", is_folder=True, files=files)])
    assert files.locate("/app/r.txt") == ""


def test_only_the_latest_copies_are_looked_at_and_only_so_many_in_all() -> None:
    others = [Copied(("b.txt",), "/b", is_folder=True)] * 300
    assert located("/app/r.txt", ROOT, *others) == ""
    below = Files(Looks(), copied=[ROOT])
    assert Files(below.looks, below, others[:190]).locate("/app/r.txt") == "r.txt"
    assert Files(below.looks, Files(below.looks, below, others), others).locate("/app/r.txt") == ""
    assert Files(Looks(0), copied=[ROOT]).locate("/app/r.txt") == ""


def test_names_tell_folders_from_files() -> None:
    assert [one for one in (".", "src", "a.py", "README", "Makefile", "x*") if is_folder(one)] == [
        ".",
        "src",
    ]
