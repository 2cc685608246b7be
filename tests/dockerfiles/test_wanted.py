from __future__ import annotations

import pytest

from auditor.analysis.effects.acts import Act
from auditor.dockerfiles.wanted import (
    apk_wanted,
    apt_wanted,
    named,
    npm_wanted,
    python_wanted,
)
from auditor.domain.packages import Ecosystem, Wanted

ACT = Act("tool", (), "/app")


HOME = "/root"


@pytest.mark.parametrize(
    "word,wanted",
    [
        ("flask", Wanted("flask")),
        ("flask==3.1.3", Wanted("flask", "==3.1.3")),
        ("uvicorn[standard, x]>=0.30,<1", Wanted("uvicorn", ">=0.30,<1", ("standard", "x"))),
        ("a (>=1)", Wanted("a", ">=1")),
        (
            'tomli>=2; python_version < "3.11"',
            Wanted("tomli", ">=2", (), 'python_version < "3.11"'),
        ),
        ("a[]", Wanted("a")),
        ("flask@latest", None),
        ("=2", None),
        ("", None),
    ],
)
def test_python_requirements_are_taken_apart(word: str, wanted: Wanted | None) -> None:
    assert python_wanted(word) == wanted


@pytest.mark.parametrize(
    "word,wanted",
    [
        ("express", Wanted("express")),
        ("express@^4.18", Wanted("express", "^4.18")),
        ("@types/node@22", Wanted("@types/node", "22")),
        ("@types/node", Wanted("@types/node")),
        ("x@npm:y@1", Wanted("x", "npm:y@1")),
        ("a b", None),
    ],
)
def test_npm_packages_are_taken_apart(word: str, wanted: Wanted | None) -> None:
    assert npm_wanted(word) == wanted


@pytest.mark.parametrize(
    "word,wanted",
    [
        ("nginx=1.22.1-9", Wanted("nginx", "=1.22.1-9")),
        ("nginx/stable", Wanted("nginx")),
        ("libc6:i386", Wanted("libc6:i386")),
        ("g++", Wanted("g++")),
        ("vim+", Wanted("vim")),
        ("vim-", None),
        ("a;b", None),
    ],
)
def test_debian_packages_are_taken_apart(word: str, wanted: Wanted | None) -> None:
    assert apt_wanted(word) == wanted


@pytest.mark.parametrize(
    "word,wanted",
    [
        ("bash=5.2-r0", Wanted("bash", "=5.2-r0")),
        ("bash>5", Wanted("bash", ">5")),
        ("bash~5.2", Wanted("bash", "~5.2")),
        ("bash@edge", Wanted("bash")),
        (".build-deps", Wanted(".build-deps")),
        ("!bash", None),
    ],
)
def test_alpine_packages_are_taken_apart(word: str, wanted: Wanted | None) -> None:
    assert apk_wanted(word) == wanted


@pytest.mark.parametrize(
    "ecosystem,words,local",
    [
        (Ecosystem.PIP, (".", "./x", "/w/*", "~/y", "a.whl", "git+https://h/r", "dir/x"),
         ("/app", "/app/x", "/w/*", f"{HOME}/y", "/app/a.whl", "git+https://h/r", "/app/dir/x")),
        (Ecosystem.APT, ("./a.deb", "b.deb"), ("/app/a.deb", "/app/b.deb")),
        (Ecosystem.APK, ("./a.apk",), ("/app/a.apk",)),
        (Ecosystem.NPM, ("owner/repo", "github:a/b", "x.tgz", "https://h/a.tgz"),
         ("/app/owner/repo", "github:a/b", "/app/x.tgz", "https://h/a.tgz")),
    ],
)  # fmt: skip
def test_paths_and_addresses_are_no_packages(
    ecosystem: Ecosystem, words: tuple[str, ...], local: tuple[str, ...]
) -> None:
    found = named(words, ecosystem, ACT)
    assert (found.local, found.packages, found.unread) == (local, (), ())


def test_words_of_unknown_value_are_kept_apart() -> None:
    found = named(("$A", "`b`", "ok", "!no", "@s/a"), Ecosystem.NPM, ACT)
    assert found.unread == ("$A", "`b`", "!no")
    assert [one.name for one in found.packages] == ["ok", "@s/a"]
