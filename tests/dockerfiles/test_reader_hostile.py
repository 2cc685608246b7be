"""Whatever somebody calls a Dockerfile, reading it ends soon: counted in lines run, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from tests.fakes.dockerfiles import fault_of, read_or_refused

MOST_LINES_OF_ANY_TEXT = 20_000
MOST_LINES_A_CHARACTER = 300
MIB = 1_048_576


class LinesRun:
    """Counts the lines of Python that run; work inside one line is of the text's length at most."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: FrameType, event: str, arg: Any) -> Any:
        self.count += event == "line"
        return self


@contextmanager
def counting() -> Iterator[LinesRun]:
    lines, outer = LinesRun(), sys.gettrace()
    sys.settrace(lines)
    try:
        yield lines
    finally:
        sys.settrace(outer)


def lines_for(text: str) -> int:
    with counting() as lines:
        read_or_refused(text)
    return lines.count


def in_a_run(piece: str) -> Callable[[int], str]:
    return lambda count: "FROM a\nRUN " + piece * count + "\n"


def in_lines(piece: str, head: str = "FROM a\n", tail: str = "") -> Callable[[int], str]:
    return lambda count: head + piece * count + tail * count


def doubled(count: int) -> str:
    return "FROM a\nARG A=xx\n" + "ARG A=${A}${A}\n" * count


def staged(count: int) -> str:
    stages = "".join(f"FROM s{at} AS s{at + 1}\nRUN npm i p{at}\n" for at in range(count))
    return f"FROM a AS s0\n{stages}"


def copied_twice(count: int) -> str:
    pair = "FROM x AS s{}\nCOPY --from=s{} / /a\nCOPY --from=s{} / /b\n"
    return "FROM a AS s0\nCOPY . /\n" + "".join(pair.format(at + 1, at, at) for at in range(count))


GROWING = {
    **{
        f"run of {piece!r}": in_a_run(piece)
        for piece in (
            *("a ", "a;", "<<E ", "'", '"', "$A ", "npx ", "apt-get install a;", "pip install -r a;"),
            *("curl -o /a.tgz h://x/y && tar xf /a.tgz;", "python -m venv /a;", "go build;", "cd a;"),
            *("rm /a;", "mkdir /a;", "npm i a;", "uv export -o a;", "python -m compileall /a;"),
            *("apt-get install a && apt-get purge a;", "export A=$A;", "chown -R a /b;", "((", "{ "),
        )
    },
    **{
        f"lines of {piece!r}": in_lines(piece)
        for piece in (
            *("RUN a\n", "COPY a /a\n", "ENV A=1\n", "WORKDIR a\n", "FROM a\n", "FROM a AS b\n", "\\\n"),
            *("RUN cat <<E\nE\n", "COPY <<E /e\nE\n", "ONBUILD RUN a\n", "ADD h://x /x/\n", "#\n"),
            *("RUN npm ci\n", "RUN --mount=target=/x pip install -r /x/r\n", "RUN a \\\n"),
        )
    },
    "doubling": doubled,
    "stages on stages": staged,
    "copies of copies": copied_twice,
    "nested defaults": in_lines("${A:-", "FROM a\nENV B=", "}"),
    "here-documents in one line": lambda count: "FROM a\nRUN cat " + "<<E " * count + "\n" + "E\n" * count,
    "a here-document without end": in_lines("x\n", "FROM a\nRUN cat <<E\n"),
    "copies from a stage": in_lines("COPY --from=b /a /b\n", "FROM a AS b\nCOPY . /a\nFROM c\n"),
    "lists and copies": in_lines("COPY r /\n", "FROM a\n", "RUN pip install -r r\n"),
    "removals": in_lines("COPY a /a\n", "FROM a\n", "RUN rm -r /x /y\n"),
    "owners": in_lines("COPY a /a\n", "FROM a\n", "RUN chown -R a /a\n"),
}  # fmt: skip
# These look at all that is there, step by step; the bound over all of it is tested below.
SQUARE = {
    "copies of copies",
    "copies from a stage",
    "removals",
    "owners",
    "lines of 'RUN npm ci\\n'",
}
SQUARE |= {"lists and copies", "stages on stages"}


@pytest.mark.parametrize("name", sorted(set(GROWING) - SQUARE))
def test_twice_as_much_costs_twice_the_work(name: str) -> None:
    once, twice = lines_for(GROWING[name](150)), lines_for(GROWING[name](300))
    assert twice <= 2.2 * once + MOST_LINES_OF_ANY_TEXT // 4


PIECES = st.sampled_from(sorted(GROWING.keys() - {"copies of copies"}))


@given(PIECES, st.integers(1, 30))
def test_the_work_is_bounded_by_the_length(name: str, count: int) -> None:
    text = GROWING[name](count)
    assert lines_for(text) <= MOST_LINES_A_CHARACTER * len(text) + MOST_LINES_OF_ANY_TEXT


@pytest.mark.parametrize(
    "text,said",
    [
        (copied_twice(200), "copy and change more by here than can be followed"),
        (in_lines("COPY --from=b /a /b\n", "FROM a AS b\n" + "COPY a /a\n" * 4_000 + "FROM c\n")(4_000),
         "copy and change more by here than can be followed"),
        (staged(2_000), "more than 200,000 settings"),
        (doubled(40), "more than 64 KiB of one word"),
        ("FROM a\nARG A=" + "x" * 60_000 + "\n" + "ARG B=$A\n" * 100, "more than 4 MiB of text"),
        ("FROM a\nENV A=" + "${B:-" * 50_000, "more than 16 deep"),
        ("FROM a\nRUN mkdir " + "a " * 20_001, "more than 20,000 things"),
        ("FROM a\nRUN cat " + "<<E " * 50_000, "has no end"),
    ],
    ids=lambda one: one[-24:].strip(),
)  # fmt: skip
def test_bombs_end_in_an_error(text: str, said: str) -> None:
    assert said in fault_of(text)


@pytest.mark.parametrize("piece", ["a", "'", '"a\\', "<<", "$(", "\\", "[", "é"])
def test_a_line_of_a_mebibyte_is_read(piece: str) -> None:
    head = "FROM a\nRUN "
    text = head + "".join(
        chain.from_iterable(repeat(piece, (MIB - len(head)) // len(piece.encode())))
    )
    outcome = read_or_refused(text)
    assert not isinstance(outcome, UsageError)
    assert len(outcome.layers) == 1
