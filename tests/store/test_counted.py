"""No query over several registries forgets that references are not counted."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import update

from auditor.store.counted import list_reference_names
from auditor.store.engine import Database
from auditor.store.registry_reads import list_registry_names
from auditor.store.tables.places import RegistryRow
from tests.store.bench import Bench

STORE = Path(__file__).parents[2] / "auditor" / "store"
# The table, or a table with its registries' figures side by side.
_READS_REGISTRIES = re.compile(
    r"\bRegistryRow\b|\bRegistryTotalRow\b|\bRepositoryTotalRow\b|\bRepositoryHistoryRow\b"
    r"|\bRepositoryMonthRow\b"
    r"|(?:FROM|JOIN) (?:registry|registry_total|repository_total|repository_history)\b"
)
_COUNTS = re.compile(r"\bI[SN]_COUNTED\b")
# Modules that need no condition, each with its reason.
OF_ONE = {
    "analysis_reads.py": "of repositories by id; and the names of bases, which references give",
    "backdating.py": "writes the past of one registry",
    "charge_reads.py": "of registries and repositories by id",
    "counted.py": "has the conditions",
    "crawl_reads.py": "tells how crawls went, those of references too, and says which are",
    "crawls.py": "writes one registry",
    "finding_rows.py": "writes one repository, and each registry's own sum",
    "holding_reads.py": "of one registry by name",
    "image_reads.py": "of one image by name; and the names of bases, which references give",
    "kept_prices.py": "of one registry; all that is kept is asked for by name",
    "old_crawls.py": "removes of one registry",
    "pruning.py": "removes of one registry, and names all for it: references too are pruned",
    "ranking_at.py": "rows for `ranking_reads`, which has the condition",
    "repository_reads.py": "of one repository by id",
    "rollups.py": "writes one registry",
}


def test_every_module_that_reads_registries_has_the_condition_or_a_reason() -> None:
    reading = {
        path.name: path.read_text()
        for path in sorted(STORE.glob("*.py"))
        if _READS_REGISTRIES.search(path.read_text())
    }
    without = {name for name, text in reading.items() if not _COUNTS.search(text)}
    assert without == OF_ONE.keys() - {"counted.py"}


def test_a_registry_is_among_the_counted_or_among_the_references(bench: Bench) -> None:
    for name in ("a.example", "b.example"):
        bench.begin(registry=name)
    with bench.database.writing() as connection:
        connection.execute(
            update(RegistryRow).where(RegistryRow.name == "b.example").values(is_reference=True)
        )
    assert _names(bench.database) == (("a.example",), ("b.example",))


def _names(database: Database) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with database.reading() as connection:
        return list_registry_names(connection), list_reference_names(connection)
