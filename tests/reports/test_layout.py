from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.as_text.ranking import ranking_table
from auditor.reports.layout import Role, as_plain, lay_out
from auditor.reports.safe_text import cell_width
from auditor.reports.table import Align, Column, Cut, Table
from tests.reports import samples

TABLE = Table(
    columns=(
        Column("name", cut=Cut.MIDDLE, least_width=8),
        Column("size", Align.RIGHT, drop_order=1),
        Column("extra", drop_order=2),
    ),
    rows=(("registry/team/application", "1 MB", "yes"), ("b", "12 kB", "")),
    totals=("all", "2 MB", ""),
)


def test_without_a_limit_nothing_is_cut() -> None:
    assert as_plain([TABLE]).splitlines() == [
        "name                        size  extra",
        "registry/team/application   1 MB  yes",
        "b                          12 kB",
        "all                         2 MB",
    ]


def test_a_narrow_screen_shortens_names_first() -> None:
    lines = as_plain([TABLE], width=30).splitlines()
    assert lines[0].split() == ["name", "size", "extra"]
    assert max(len(line) for line in lines) <= 30
    assert "…" in lines[1]


def test_a_narrower_screen_drops_the_least_important_column_and_says_so() -> None:
    lines = as_plain([TABLE], width=21).splitlines()
    assert lines[0].split() == ["name", "size"]
    assert " ".join(lines[-2:]) == "Not shown at this width: extra."


def test_columns_that_may_not_be_dropped_stay_on_the_narrowest_screen() -> None:
    lines = as_plain([TABLE], width=1).splitlines()
    assert lines[0].startswith("name")


@given(st.integers(40, 200))
def test_rows_of_a_ranking_never_break_on_a_terminal(width: int) -> None:
    lines = list(lay_out([ranking_table(samples.hostile_ranking())], width=width))
    kinds = (Role.HEAD, Role.ROW, Role.TOTALS)
    assert sum(line.role is Role.ROW for line in lines) == 5
    assert max(cell_width(line.text) for line in lines if line.role in kinds) <= max(width, 54)


def test_a_digest_stays_whole_on_a_narrow_screen() -> None:
    digest = samples.digest(1).text
    lines = as_plain([Table(facts=(("digest", digest), ("tags", "a, b")))], width=40).splitlines()
    assert lines == [f"digest  {digest}", "tags    a, b"]


def test_long_facts_are_wrapped_under_their_first_word() -> None:
    lines = as_plain([Table(facts=(("base", "one two three four five"),))], width=20).splitlines()
    assert lines == ["base  one two three", "      four five"]


def test_lines_that_somebody_will_copy_are_left_as_they_are() -> None:
    lines = ("RUN apt-get update \\", "    && apt-get install -y a-package another-package \\")
    table = Table(facts=(("write", "in the Dockerfile:"),), copied=lines)
    assert as_plain([table], width=30).splitlines()[1:] == [f"    {line}" for line in lines]


def test_several_tables_have_a_blank_line_between_them() -> None:
    one = Table(title="One", rows=(("a",),), columns=(Column("x"),))
    assert as_plain([one, one]).splitlines() == ["One", "", "x", "a", "", "One", "", "x", "a"]


@pytest.mark.parametrize("width", [None, 60])
def test_a_table_of_notes_alone_has_no_blank_lines(width: int | None) -> None:
    assert as_plain([Table(notes=("Nothing here.",))], width=width) == "Nothing here.\n"
