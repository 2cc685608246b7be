from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.analysis.across import tag_lines
from auditor.analysis.across.tag_lines import TaggedImage, line_of, newest_of_lines
from auditor.domain.digest import Digest

NOW = datetime(2026, 11, 26, tzinfo=UTC)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,40}", fullmatch=True)
WORDS = st.from_regex(r"[a-z]{1,12}", fullmatch=True)


@pytest.mark.parametrize(
    "tag,line",
    [
        ("1.2.3", "#"),
        ("v1.3", "#"),
        ("V2", "#"),
        ("20261125", "#"),
        ("2026-11-25", "#"),
        ("2026-11-25_10.30", "#"),
        ("20261125T1030Z", "#t#z"),
        ("ab12cd3", "#"),
        ("1e2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c", "#"),
        ("1.2.3-slim", "#-slim"),
        ("v2-slim", "#-slim"),
        ("1.2-3.4-slim", "#-slim"),
        ("3.6-alpine3.7", "#-alpine3.7"),
        ("alpine3.7.1", "alpine3.7.1"),
        ("1.0-rc1", "#-rc#"),
        ("1.0-rc.2", "#-rc.#"),
        ("7.2.0RC3", "#rc#"),
        ("8u102-jdk", "#u#-jdk"),
        ("1.2.3-r0", "#-r#"),
        ("1.2.3-4-gab12cd3", "#"),
        ("1.2.3-4-gabcdefa", "#"),
        ("sha-ab12cd3", "sha-#"),
        ("sha-abcdefa", "sha-#"),
        ("sha256-" + "ab" * 32 + ".sig", "sha256-#.sig"),
        ("main-ab12cd3", "main-#"),
        ("main-20261125-ab12cd3", "main-#"),
        ("build-17", "build-#"),
        ("pr-17", "pr-#"),
        ("latest", "latest"),
        ("stable", "stable"),
        ("defaced", "defaced"),
        ("case17", "case17"),
        ("jdk8", "jdk8"),
        ("1-jdk8", "#-jdk8"),
        ("v", "v"),
        ("", ""),
        ("-", "-"),
        ("a--7", "a--#"),
    ],
)
def test_versions_of_one_thing_are_in_one_line(tag: str, line: str) -> None:
    assert line_of(tag) == line


def test_the_table_in_the_module_is_true() -> None:
    rows = re.findall(r"^\| (`.+) \| (`.+|themselves) \|$", str(tag_lines.__doc__), re.MULTILINE)
    assert len(rows) > 6
    for left, right in rows:
        groups = [re.findall(r"`([^`]+)`", part) for part in left.split(";")]
        lines = re.findall(r"`([^`]+)`", right)
        if not lines:
            assert all(line_of(tag) == tag for group in groups for tag in group)
        for group, told in zip(groups, right.split(";"), strict=False) if lines else ():
            named = re.findall(r"`([^`]+)`", told)
            wanted = named * len(group) if len(named) == 1 else named
            assert [line_of(tag) for tag in group] == wanted


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.sampled_from(["", "v"]))
def test_every_version_is_in_the_line_of_versions(numbers: list[int], before: str) -> None:
    assert line_of(before + ".".join(map(str, numbers))) == "#"


@given(st.integers(0, 2**160 - 1), st.integers(7, 40), WORDS)
def test_hashes_behind_a_branch_are_in_one_line(number: int, length: int, branch: str) -> None:
    text = f"{number:040x}"[:length]
    if any(letter.isdigit() for letter in text) and line_of(branch) == branch:
        assert line_of(f"{branch}-{text}") == f"{branch}-#"


@given(WORDS)
def test_a_word_is_a_line_of_its_own(word: str) -> None:
    assert line_of(word) == word


@given(WORDS, st.integers(0, 99))
def test_a_number_glued_to_a_word_is_part_of_it(word: str, number: int) -> None:
    glued = f"x{word}{number}"  # neither a hash nor v1
    assert line_of(glued) == glued


@given(TAGS)
def test_the_line_of_a_line_is_itself(tag: str) -> None:
    assert line_of(line_of(tag)) == line_of(tag)


@given(st.text(max_size=200))
def test_any_text_has_a_line(text: str) -> None:
    assert len(line_of(text)) <= 2 * len(text)


def tagged(tag: str, days_ago: float, *, name: str = "", created: bool = True) -> TaggedImage:
    moment = NOW - timedelta(days=days_ago)
    digest = Digest.of((name or tag).encode())
    return TaggedImage(tag, digest, NOW, moment) if created else TaggedImage(tag, digest, moment)


def test_the_newest_of_each_line_is_told_newest_first() -> None:
    images = [tagged("1.0", 9), tagged("1.1", 5), tagged("1.1-slim", 4), tagged("1.0-slim", 6)]
    assert [image.tag for image in newest_of_lines(images)] == ["1.1-slim", "1.1"]


def test_a_manifest_that_ends_two_lines_is_told_once() -> None:
    images = [tagged("1.1", 5, name="same"), tagged("latest", 5, name="same"), tagged("1.0", 8)]
    assert [image.tag for image in newest_of_lines(images)] == ["1.1"]


def test_first_sight_stands_in_for_an_unknown_date() -> None:
    images = [tagged("1.0", 3), tagged("1.1", 2, created=False)]
    assert [image.tag for image in newest_of_lines(images)] == ["1.1"]


def test_of_two_made_at_one_moment_the_smaller_name_is_told() -> None:
    images = [tagged("1.1", 3), tagged("1.0", 3)]
    assert [image.tag for image in newest_of_lines(images)] == ["1.0"]


@given(st.lists(st.tuples(TAGS, st.integers(0, 5)), max_size=20, unique_by=lambda pair: pair[0]))
def test_order_does_not_matter_and_no_manifest_is_told_twice(made: list[tuple[str, int]]) -> None:
    images = [tagged(tag, days, name=f"{days}") for tag, days in made]
    found = newest_of_lines(images)
    assert found == newest_of_lines(images[::-1])
    assert len({image.digest for image in found}) == len(found)
    assert len(found) <= len({line_of(image.tag) for image in images})
