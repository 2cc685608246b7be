from __future__ import annotations

import csv
import io

import pytest

from auditor.reports.as_json import dump
from auditor.reports.layout import as_plain
from auditor.reports.price_forms import (
    price_document,
    price_lines,
    price_table,
    repricing_document,
    repricing_table,
)
from tests.reports.approved import assert_matches_snapshot
from tests.reports.price_samples import TODAY, every_state, repriced


@pytest.mark.parametrize("width", [None, 80])
def test_prices_for_people_are_as_approved(width: int | None) -> None:
    tables = [price_table(every_state(), TODAY), repricing_table(repriced(), is_trial=True)]
    assert_matches_snapshot(f"prices-{width or 'full'}.txt", as_plain(tables, width=width))


def test_prices_for_machines_are_as_approved() -> None:
    assert_matches_snapshot("prices.json", dump(price_document(every_state(), TODAY)))
    document = repricing_document(repriced(), is_trial=False)
    assert_matches_snapshot("repricing.json", dump(document))


def test_the_csv_has_a_line_per_price_and_no_formula() -> None:
    text = "".join(price_lines(every_state(), TODAY))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["registry"], row["since"], row["price"], row["entry"]) for row in rows] == [
        ("own.example:5000", "", "0.023 USD per GB-month", "aws-s3"),
        ("prod.example", "2026-10", "0.023 USD per GB-month", "aws-s3"),
        ("prod.example", "", "0.09 USD per GB-month", "contract-17"),
        ("docker.io", "2026-10", "no price per unit", "docker-hub-team"),
        ("docker.io", "", "no price per unit", "docker-hub-team"),
    ]
    assert rows[2]["source"] == "'=contract 17\\x1b[31m"
    assert (rows[2]["replicas"], rows[2]["account"]) == ("2", "ours")


def test_where_there_is_nothing_to_show_it_is_said() -> None:
    text = as_plain([price_table((), TODAY), repricing_table((), is_trial=False)])
    assert "No registry was crawled yet." in text
    assert "Nothing changes" in text
