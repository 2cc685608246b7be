from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.base_views import BasesQuery
from auditor.reports.as_text.bases import base_tables, plan_tables
from auditor.reports.layout import as_plain
from tests.reports import base_samples
from tests.reports.approved import assert_matches_snapshot


@pytest.mark.parametrize("width", [None, 80, 120])
def test_bases_for_people_are_as_approved(width: int | None) -> None:
    text = as_plain(base_tables(base_samples.bases_page()), width=width)
    assert_matches_snapshot(f"bases-{width or 'full'}.txt", text)


def test_a_plan_for_people_is_as_approved() -> None:
    text = as_plain(plan_tables(base_samples.base_plan()), width=None)
    assert_matches_snapshot("base-plan.txt", text)


def test_a_short_list_says_less() -> None:
    page = replace(base_samples.bases_page(base_samples.base_row()), families=(), waiting_images=0)
    text = as_plain(base_tables(page), width=None)
    assert "Too many versions" not in text
    assert base_samples.REGISTRY not in text
    assert "wait" not in text


def test_a_family_whose_names_are_not_known_shows_none() -> None:
    page = base_samples.bases_page()
    unnamed = replace(page, families=(replace(page.families[0], most_used=()),))
    assert "490 MB" in as_plain(base_tables(unnamed), width=None)


def test_why_there_is_nothing_is_said() -> None:
    def words(query: BasesQuery | None = None, *, is_analysed: bool = True) -> str:
        nothing = base_samples.nothing_yet(query)
        as_of = base_samples.AS_OF if is_analysed else None
        return " ".join(base_tables(replace(nothing, as_of=as_of))[0].notes)

    assert "auditor audit" in words(is_analysed=False)
    assert words() == "No current image is built on a base that is known."
    assert words(BasesQuery(text="node")) == "No base in use matches."


def test_a_base_without_a_swap_says_how_to_ask_for_one() -> None:
    plan = base_samples.base_plan(base_samples.base_row(swap=None))
    assert "--to NAME" in as_plain(plan_tables(plan), width=None)


def test_only_so_many_moves_are_listed() -> None:
    text = as_plain(plan_tables(base_samples.base_plan(), 1), width=None)
    assert ("team/api" in text, "team/web" in text) == (True, False)
