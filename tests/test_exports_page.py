"""The page about exports, held against the columns that are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor.reports.cost_csv import (
    COST_COLUMNS,
    REGISTRY_COLUMNS,
    TEAM_COLUMNS,
    USAGE_COLUMNS,
)
from auditor.reports.focus import FOCUS_COLUMNS
from auditor.reports.focus_values import VALUES
from tests.reports import test_focus as focus_rules
from tests.reports.cost_samples import every_kind, plain_rows

PAGE = Path(__file__).parent.parent / "docs/reference/exports.md"
EXPORTS = {
    "Costs of repositories": COST_COLUMNS,
    "Costs of teams": TEAM_COLUMNS,
    "Costs of registries": REGISTRY_COLUMNS,
    "Usage": USAGE_COLUMNS,
}


def table_under(heading: str) -> dict[str, list[str]]:
    """First column of the section's table, in the order of the page, to the other columns."""
    _, _, rest = PAGE.read_text().partition(f"\n## {heading}\n")
    section = rest.partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \|(.+)\|$", section, re.MULTILINE)
    assert len({name for name, _ in rows}) == len(rows)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in rows}


@pytest.mark.parametrize("heading", EXPORTS)
def test_every_column_stands_on_the_page_in_its_order(heading: str) -> None:
    table = table_under(heading)
    assert tuple(table) == EXPORTS[heading]
    assert all(len(cells) == 3 and all(cells) for cells in table.values())


def test_every_column_of_focus_stands_there_with_the_versions_that_have_it() -> None:
    table = table_under("FOCUS")
    assert set(table) == set(VALUES)
    assert all(len(cells) == 4 and all(cells) for cells in table.values())
    for version, columns in FOCUS_COLUMNS.items():
        assert tuple(name for name in table if version in table[name][0]) == columns


def test_what_the_page_says_is_never_or_always_empty_is_so() -> None:
    table = table_under("FOCUS")
    lines = [
        line
        for version in focus_rules.VERSIONS
        for rows in (plain_rows(), every_kind())
        for line in focus_rules.read(rows, version)
    ]
    for name, (_, _, empty, _) in table.items():
        cells = [line[name] for line in lines if name in line]
        assert empty != "never" or all(cells), name
        assert empty != "always" or not any(cells), name
        assert empty in {"never", "always"} or any(cells), name
