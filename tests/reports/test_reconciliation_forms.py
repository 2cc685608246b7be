from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from auditor.domain.reconciliation import Reconciliation
from auditor.reports import as_json
from auditor.reports.reconciliation_forms import reconciliation_document, reconciliation_lines
from tests.reports import reconciliations
from tests.reports.approved import assert_matches_snapshot


@pytest.mark.parametrize("name, found", reconciliations.EVERY.items())
def test_a_reconciliation_for_machines_is_as_approved(name: str, found: Reconciliation) -> None:
    assert_matches_snapshot(f"{name}.json", as_json.dump(reconciliation_document(found)))
    assert_matches_snapshot(f"{name}.csv", "".join(reconciliation_lines(found)))


@pytest.mark.parametrize("found", reconciliations.EVERY.values())
def test_rows_add_up_in_every_form(found: Reconciliation) -> None:
    document = json.loads(as_json.dump(reconciliation_document(found)))
    lines = list(csv.DictReader(io.StringIO("".join(reconciliation_lines(found)), newline="")))
    cost = Decimal(document["actual_cost"]["amount"])
    assert sum(row["bytes"] for row in document["rows"]) == document["actual_bytes"]
    assert sum(int(line["bytes"]) for line in lines) == document["actual_bytes"]
    assert sum(Decimal(row["cost"]["amount"]) for row in document["rows"]) == cost
    assert sum(Decimal(line["cost"]) for line in lines) == cost
    difference = document["actual_bytes"] - document["expected_bytes"]
    assert document["difference_bytes"] == difference
