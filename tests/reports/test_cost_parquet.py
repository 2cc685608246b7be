"""Parquet where pyarrow is installed, the way to get it where it is not."""

from __future__ import annotations

import importlib
import importlib.util
import io
import sys
from collections.abc import Iterator
from unittest.mock import MagicMock

import pytest

from auditor.domain.costs import CostRow
from auditor.domain.errors import UsageError
from auditor.reports.cost_csv import COST_COLUMNS, cost_cells
from auditor.reports.cost_parquet import write_cost_parquet
from tests.reports import cost_samples as samples

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    stream = io.BytesIO()
    with pytest.raises(UsageError, match=r"registry-auditor\[parquet\]"):
        write_cost_parquet(samples.plain_rows(), stream)
    assert stream.getvalue() == b""


def test_a_file_has_the_rows_of_the_csv_group_by_group() -> None:
    rows, stream = (*samples.every_kind(), *samples.hostile_rows()), io.BytesIO()
    if not HAS_PYARROW:
        with pytest.raises(UsageError, match="needs pyarrow"):
            write_cost_parquet(rows, stream)
        return
    write_cost_parquet(rows, stream, rows_per_group=3)
    stream.seek(0)
    file = importlib.import_module("pyarrow.parquet").ParquetFile(stream)
    assert file.schema_arrow.names == list(COST_COLUMNS)
    assert {str(file.schema_arrow.field(name).type) for name in ("cost", "gb_months")} == {
        "decimal128(38, 4)",
        "decimal128(38, 9)",
    }
    assert file.num_row_groups == -(-len(rows) // 3)
    for line, row in zip(file.read().to_pylist(), rows, strict=True):
        written = [
            cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell
            for cell in cost_cells(row)
        ]
        assert list(line.values()) == written


def test_no_rows_are_a_file_too() -> None:
    if not HAS_PYARROW:
        return
    stream = io.BytesIO()
    write_cost_parquet([], stream)
    stream.seek(0)
    assert importlib.import_module("pyarrow.parquet").ParquetFile(stream).metadata.num_rows == 0


def test_only_one_group_of_rows_is_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for pyarrow, so that it is seen wherever the tests run."""
    taken: list[int] = []
    groups: list[tuple[int, int]] = []

    def rows() -> Iterator[CostRow]:
        for number in range(5):
            taken.append(number)
            yield samples.row(f"team/app{number}")

    pyarrow, parquet = MagicMock(), MagicMock()
    pyarrow.Table.from_pydict.side_effect = lambda columns, schema: len(columns["month"])
    writer = parquet.ParquetWriter.return_value.__enter__.return_value
    writer.write_table.side_effect = lambda size: groups.append((size, len(taken)))
    monkeypatch.setitem(sys.modules, "pyarrow", pyarrow)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", parquet)
    write_cost_parquet(rows(), io.BytesIO(), rows_per_group=2)
    assert groups == [(2, 2), (2, 4), (1, 5)]
