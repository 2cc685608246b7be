from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.views import RankingRow
from auditor.reports.as_csv import RANKING_COLUMNS, csv_cell, csv_lines, ranking_lines
from tests.reports import samples

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=[]))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\uff20x", "\x0b=1"],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert csv_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["team/app", "1=1", "a@b", "'quoted", "", "[red]"])
def test_other_text_is_left_alone(text: str) -> None:
    assert csv_cell(text) == text


@pytest.mark.parametrize(
    "value, cell",
    [
        (None, ""),
        (-5, "-5"),
        (0, "0"),
        (Decimal("-0.0042"), "-0.0042"),
        (Decimal("1E+3"), "1000"),
        (True, "true"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
    ],
)
def test_numbers_stay_numbers_and_unknown_is_empty(
    value: int | Decimal | datetime | None, cell: str
) -> None:
    assert csv_cell(value) == cell


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT)))
def test_hostile_text_never_changes_the_number_of_rows(rows: list[tuple[str, str]]) -> None:
    text = "".join(csv_lines(("a", "b"), rows))
    assert len(text.split("\r\n")) == len(rows) + 2
    assert len(f"{text}x".splitlines()) == len(rows) + 2
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(row) for row in read] == [2] * (len(rows) + 1)


@given(ANY_TEXT)
def test_no_cell_of_text_starts_a_formula(text: str) -> None:
    assert not csv_cell(text).lstrip().startswith(tuple("=+-@\t\r"))


def test_rows_are_streamed_one_by_one() -> None:
    taken = []

    def rows() -> Iterator[RankingRow]:
        for number in range(3):
            taken.append(number)
            yield samples.row(f"team/app{number}")

    lines = ranking_lines(rows())
    assert next(lines) == ",".join(RANKING_COLUMNS) + "\r\n"
    assert taken == []
    assert next(lines).startswith("localhost:5000,team/app0,12,24,")
    assert taken == [0]


def test_columns_of_the_ranking_are_stable() -> None:
    assert ",".join(RANKING_COLUMNS) == (
        "registry,repository,tags,images,image_bytes,logical_bytes,stored_bytes,"
        "exclusive_bytes,fair_share_bytes,monthly_cost,currency,growth_bytes,"
        "pull_saving_bytes,stored_saving_bytes,exactness,sharing_exactness"
    )
