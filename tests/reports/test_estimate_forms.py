from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest

from auditor.domain.estimates import Estimate, Interval
from auditor.reports.as_text.estimate import (
    estimate_tables,
    interval_text,
    marginal_words,
    seconds_text,
)
from auditor.reports.estimate_forms import estimate_document, estimate_lines
from tests.fakes.estimates import flask_estimate, from_scratch, hostile, lower_bound

ALL = [flask_estimate(), lower_bound(), from_scratch(), hostile()]


@pytest.mark.parametrize("estimate", ALL)
def test_parts_add_up_in_every_form(estimate: Estimate) -> None:
    document = estimate_document(estimate)
    whole = document["compressed_bytes"]
    assert sum(part["compressed_bytes"] for part in document["parts"]) == whole["estimate"]
    assert whole["low"] <= whole["estimate"] <= whole["high"]
    rows = list(csv.DictReader(io.StringIO("".join(estimate_lines(estimate)), newline="")))
    assert sum(int(row["compressed_bytes"]) for row in rows) == whole["estimate"]


@pytest.mark.parametrize("estimate", ALL)
def test_no_text_of_others_steers_a_terminal(estimate: Estimate) -> None:
    for table in estimate_tables(estimate):
        texts = [table.title, *table.notes, *(text for fact in table.facts for text in fact)]
        texts += [cell for row in table.rows for cell in row]
        assert all(text.isprintable() for text in texts)
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_an_unknown_is_null_and_a_bound_is_marked() -> None:
    document = estimate_document(lower_bound())
    assert document["lower_bound"]
    assert estimate_tables(lower_bound())[0].title.startswith("The image will have ≥ ")
    assert estimate_document(from_scratch())["base"] is None


def test_figures_that_are_known_have_no_interval() -> None:
    assert interval_text(Interval.exactly(5_000_000)) == "5.00 MB"
    assert interval_text(Interval(5_000_000, 4_000_000, 6_000_000)) == (
        "≈ 5.00 MB (4.00 MB to 6.00 MB)"
    )


@pytest.mark.parametrize(
    "seconds, text", [(0.42, "0.4 s"), (12.4, "12 s"), (200, "3 min 20 s"), (9.96, "10.0 s")]
)
def test_seconds_are_told_as_people_do(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_what_the_registry_gains_names_the_registry() -> None:
    assert "it has " in marginal_words(flask_estimate())
    assert "no registry is known" in marginal_words(from_scratch())


def test_growth_and_pulls_are_told_where_there_are_any() -> None:
    names = [name for name, _ in estimate_tables(quiet())[0].facts]
    assert not {"in a year", "pulls download"} & set(names)
    busy = replace(flask_estimate().cost, in_a_year=Decimal(7), transfer_bytes=5_000_000_000)
    facts = dict(estimate_tables(replace(flask_estimate(), cost=busy))[0].facts)
    assert facts["in a year"].startswith("7.00 ")
    assert facts["pulls download"] == "5.00 GB a month, not charged here"


def quiet() -> Estimate:
    one = flask_estimate()
    return replace(one, cost=replace(one.cost, in_a_year=one.cost.estimate, transfer_bytes=0))


def test_of_unpacked_bytes_what_is_known_is_a_bound() -> None:
    unknown = replace(flask_estimate(), unpacked=None)
    assert dict(estimate_tables(unknown)[0].facts)["unpacked"].startswith("≥ ")
    known = replace(unknown, unpacked=Interval(9_000_000, 8_000_000, 10_000_000))
    assert dict(estimate_tables(known)[0].facts)["unpacked"].startswith("≈ 9.00 MB")
