"""Costs as Parquet, with the extra `parquet`: the columns of the CSV, typed.

pyarrow is large and loaded only when it is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from itertools import islice
from types import ModuleType
from typing import BinaryIO

from auditor.domain.costs import CostRow
from auditor.domain.errors import UsageError
from auditor.reports.as_csv import Cell
from auditor.reports.cost_csv import COST_COLUMNS, cost_cells

_ROWS_PER_GROUP = 20_000
# Wide enough for any sum; decimals as in the CSV.
_DECIMALS = {"gb_months": (38, 9), "cost": (38, 4)}


def write_cost_parquet(
    rows: Iterable[CostRow], stream: BinaryIO, *, rows_per_group: int = _ROWS_PER_GROUP
) -> None:
    """Write the rows to `stream`, one row group at a time; only one is held in memory.

    Names are written as they are, since no spreadsheet runs a Parquet file. Raises
    UsageError where pyarrow is not installed.
    """
    pyarrow, parquet = _load("pyarrow"), _load("pyarrow.parquet")
    schema = _schema(pyarrow)
    with parquet.ParquetWriter(stream, schema) as writer:
        for group in _grouped(rows, rows_per_group):
            columns = {
                name: [_value(cell) for cell in cells]
                for name, cells in zip(COST_COLUMNS, zip(*group, strict=True), strict=True)
            }
            writer.write_table(pyarrow.Table.from_pydict(columns, schema=schema))


def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            next_step="install the extra: pip install 'registry-auditor[parquet]'",
        ) from error


def _schema(pyarrow: ModuleType) -> object:
    kinds = {
        **{name: pyarrow.int64() for name in COST_COLUMNS if name.endswith("_bytes")},
        **{name: pyarrow.decimal128(*digits) for name, digits in _DECIMALS.items()},
    }
    return pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COST_COLUMNS])


def _grouped(rows: Iterable[CostRow], size: int) -> Iterator[list[tuple[Cell, ...]]]:
    cells = (cost_cells(row) for row in rows)
    while group := list(islice(cells, size)):
        yield group


def _value(cell: Cell) -> Cell:
    """Text as valid UTF-8: lone surrogates are written out."""
    if isinstance(cell, str):
        return cell.encode("utf-8", "backslashreplace").decode()
    return cell
