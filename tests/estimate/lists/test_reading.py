"""Every form on files that its own tool wrote, and hostile bytes in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.packages import Ecosystem, PackageList
from auditor.estimate.lists.limits import MOST_BYTES
from auditor.estimate.lists.reading import known_names, read_list

FILES = Path(__file__).parents[2] / "data/lists"
MANIFEST = (FILES / "package.json").read_bytes()
LOCKS = sorted(path for path in FILES.glob("*/*") if path.suffix != ".toml")
DEV = {"@types/ms@0.7.34", "lru-cache@6.0.0", "semver@7.5.4", "yallist@4.0.0"}
# Which yarn leaves out: it does not install peers by itself.
PEERS = {"react@18.3.1", "loose-envify@1.4.0", "js-tokens@4.0.0"}
KEPT = {
    "debug@4.4.3",
    "detect-libc@2.1.2",
    "is-number@6.0.0",
    "is-odd@3.0.1",
    "lightningcss@1.33.0",
    "ms@2.0.0",
    "ms@2.1.3",
    "use-sync-external-store@1.2.0",
}


def only(name: str, content: bytes, **more: bytes) -> PackageList:
    (found,) = read_list(name, content, companions=more or None)
    return found


@pytest.mark.parametrize(
    "path",
    [path for path in LOCKS if path.name != "uv.lock"],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_every_tool_says_the_same_of_one_project(path: Path) -> None:
    (found,) = read_list(path.name, path.read_bytes(), companions={"package.json": MANIFEST})
    names = {f"{one.name}@{one.version}" for one in found.locked if not one.is_dev}
    assert {f"{one.name}@{one.version}" for one in found.locked if one.is_dev} == DEV
    assert names >= KEPT
    assert (names >= PEERS) is (not path.parent.name.startswith("yarn"))
    assert found.notes == ()


@pytest.mark.parametrize("folder", ["npm2", "npm3", "pnpm8", "pnpm9", "pnpm10", "yarn4"])
def test_what_is_for_other_systems_is_marked(folder: str) -> None:
    (path,) = (FILES / folder).glob("*lock*")
    (found,) = read_list(path.name, path.read_bytes(), companions={"package.json": MANIFEST})
    by_name = {one.name: one for one in found.locked}
    assert by_name["lightningcss-linux-x64-musl"].architectures == ("x64",)
    assert by_name["lightningcss-win32-x64-msvc"].systems == ("win32",)
    if folder == "yarn4":
        assert by_name["lightningcss-linux-x64-musl"].libcs == ("musl",)


def test_two_copies_are_two_packages() -> None:
    found = only("package-lock.json", (FILES / "npm3/package-lock.json").read_bytes())
    assert {one.place for one in found.locked if one.name == "ms"} == {
        "node_modules/ms",
        "node_modules/debug/node_modules/ms",
    }


def test_without_package_json_yarn_does_not_tell_what_is_for_development() -> None:
    found = only("yarn.lock", (FILES / "yarn1/yarn.lock").read_bytes())
    assert not any(one.is_dev for one in found.locked)
    assert "give package.json too" in found.notes[0]


@pytest.mark.parametrize(
    "name, content, ecosystem",
    [
        ("requirements-prod.txt", b"flask\n", Ecosystem.PIP),
        ("requirements.in", b"flask\n", Ecosystem.PIP),
        ("apt.txt", b"git\n", Ecosystem.APT),
        ("build-packages.list", b"git\n", Ecosystem.APT),
        ("apk.txt", b"git\n", Ecosystem.APK),
        ("what", b'{"lockfileVersion": 3, "packages": {}}', Ecosystem.NPM),
        ("what", b'{"dependencies": {"a": "1"}}', Ecosystem.NPM),
        ("what", b"flask>=2\n", Ecosystem.PIP),
        ("C:\\app\\package.json", b'{"dependencies": {"a": "1"}}', Ecosystem.NPM),
    ],
)
def test_other_names_are_told_by_their_words_and_contents(
    name: str, content: bytes, ecosystem: Ecosystem
) -> None:
    assert only(name, content).ecosystem is ecosystem


def test_what_nobody_knows_is_refused_with_the_names_that_are_known() -> None:
    with pytest.raises(UsageError) as caught:
        read_list("notes.md", b"hello")
    assert "poetry.lock" in caught.value.next_step
    assert "requirements.txt" in known_names()


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


BOMBS = {
    "too long": b"a" * (MOST_BYTES + 1),
    "deep json": nested(100_000),
    "deep lists": b"[" * 100_000,
    "deep toml": b"a = " + b"[" * 10_000 + b"]" * 10_000,
    "laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\nlockfileVersion: 9\n__metadata: {}\n",
    "tag": b"!!python/object/apply:os.system ['x']\nlockfileVersion: 9\n__metadata:\n",
    "not utf-8": b"\xff\xfe\x00",
    "nul": b"a\0b",
    "empty": b"",
    "a number": b"7",
    "wrong kinds": b'{"lockfileVersion": 3, "packages": {"node_modules/a": 7}}',
    "escapes": b'{"lockfileVersion": 3, "packages": {"node_modules/\\u001b[31m;rm": {"version": "1"}}}',
    "no list": b"package = 7\n[project]\ndependencies = 7\n",
    "path": b'{"dependencies": {"../../etc/passwd": "1", "$(id)": "1"}}',
}


@pytest.mark.parametrize("name", [*known_names(), "requirements-x.txt"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_hostile_files_end_in_one_clear_line_or_in_nothing(name: str, bomb: str) -> None:
    found = outcome(name, BOMBS[bomb])
    if isinstance(found, UsageError):
        assert name in str(found)
        assert found.next_step
        assert len(str(found)) < 500
        assert "\x1b" not in str(found)
    else:
        assert all(not one.locked and len(one.wanted) <= 1 for one in found)


def outcome(name: str, content: bytes) -> tuple[PackageList, ...] | UsageError:
    """What a file holds, or why it is refused; anything else is a defect."""
    try:
        return read_list(name, content)
    except UsageError as error:
        return error


def test_too_many_entries_are_refused() -> None:
    many = ",".join(f'"node_modules/p{number}":{{"version":"1"}}' for number in range(100_001))
    with pytest.raises(UsageError, match="over 100,000 entries"):
        read_list("package-lock.json", f'{{"packages":{{{many}}}}}'.encode())


@given(
    st.sampled_from(LOCKS),
    st.integers(0, 10**6),
    st.one_of(st.binary(max_size=8), st.sampled_from([b"{", b"[", b"]", b'"', b"&a", b"*a", b":"])),
    st.integers(0, 200),
)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_damaged_files_are_read_or_refused(path: Path, at: int, put: bytes, gone: int) -> None:
    content = path.read_bytes()[:20_000]
    at %= len(content)
    found = outcome(path.name, content[:at] + put + content[at + gone :])
    assert not isinstance(found, UsageError) or found.next_step
