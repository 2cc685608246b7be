from __future__ import annotations

from dataclasses import replace

from auditor.reports import base_words
from tests.reports import base_samples
from tests.reports.base_samples import SWAP, base_plan, base_row


def test_a_base_without_a_name_is_called_by_its_chain() -> None:
    row = base_row("")
    assert base_words.base_name(row) == f"no name ({row.identifier})"
    assert base_words.base_name(base_row()) == "python:3.12"


def test_what_a_swap_costs_is_said_in_words_and_has_no_price() -> None:
    pays, never, costs, unknown, _ = base_samples.rows()
    assert base_words.freed_words(pays).strip() == "≤ 355 MB"
    assert base_words.freed_words(costs).startswith("costs ")
    assert base_words.freed_words(unknown) == base_words.month_words(unknown) == ""
    assert base_words.month_words(costs) == ""
    assert base_words.month_words(pays).endswith("0.0082 USD")
    assert never.swap is not None
    assert base_words.break_even_words(never.swap).startswith("never")


def test_when_it_pays_what_comes_and_what_stays() -> None:
    assert base_words.break_even_words(SWAP) == "after 3 of 3 moves"
    assert base_words.break_even_words(replace(SWAP, break_even=1)).startswith("at once")
    assert "43.0 MB" in base_words.added_words(SWAP)
    assert base_words.added_words(replace(SWAP, added_bytes=0)).startswith("nothing")
    assert "12.0 MB" in base_words.kept_words(SWAP)
    assert base_words.kept_words(replace(SWAP, kept_bytes=0)) == "nothing of the old base"


def test_moves_that_are_not_shown_are_counted() -> None:
    assert base_words.left_out_words(base_plan()) == ""
    assert base_words.left_out_words(base_plan(base_row(swap=None))) == ""
    long = base_row(swap=replace(SWAP, moves=1_003))
    assert base_words.left_out_words(base_plan(long)) == "1,000 more moves in the CSV"
