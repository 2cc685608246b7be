from __future__ import annotations

import csv
import io
from typing import Any, cast

import pytest

from auditor.domain.image_change import ImageChange
from auditor.reports import as_json
from auditor.reports.image_change_forms import image_change_document, image_change_lines
from tests.reports.approved import assert_matches_snapshot
from tests.reports.image_change_samples import bare_change, image_change, no_change

CHANGES = {"diff": image_change(), "diff-none": no_change(), "diff-bare": bare_change()}


@pytest.mark.parametrize("name, change", CHANGES.items())
def test_a_difference_is_written_as_approved(name: str, change: ImageChange) -> None:
    assert_matches_snapshot(f"{name}.json", as_json.dump(image_change_document(change)))
    assert_matches_snapshot(f"{name}.csv", "".join(image_change_lines(change)))


def test_parts_and_layers_of_the_document_add_up() -> None:
    document = cast("dict[str, Any]", image_change_document(image_change()))
    assert sum(part["change_bytes"] for part in document["parts"]) == document["change_bytes"]
    of_layers = sum(layer["change_bytes"] for layer in document["layers"])
    assert of_layers == document["change_bytes"] - document["parts"][-1]["change_bytes"]
    assert document["parts"][-1]["part"] == "documents"


def test_no_cell_is_run_by_a_spreadsheet() -> None:
    rows = list(
        csv.DictReader(io.StringIO("".join(image_change_lines(image_change())), newline=""))
    )
    assert sum(int(row["change_bytes"]) for row in rows) == image_change().change_bytes - 12
    assert not any("\x1b" in cell for row in rows for cell in row.values())
