from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.owners import OwnerRule
from auditor.ledger.owner_table import parse_owner_table


def parse(text: str) -> tuple[OwnerRule, ...]:
    return parse_owner_table(text.encode(), "owners.csv")


def test_each_row_is_a_rule_in_the_order_written() -> None:
    assert parse("repository,team\npay/**,Payments\r\n\nweb,Web\n") == (
        OwnerRule("Payments", ("pay/**",), source="owners.csv line 2"),
        OwnerRule("Web", ("web",), source="owners.csv line 4"),
    )


def test_a_registry_narrows_a_row_and_columns_stand_in_any_order() -> None:
    first, second = parse('Team, registry ,repository\n"Pay, EU", r.example ,pay\nX,,y\n')
    assert (first.team, first.repositories, first.registries) == (
        "Pay, EU",
        ("pay",),
        ("r.example",),
    )
    assert second.registries == ()


def test_a_byte_order_mark_is_no_part_of_the_table() -> None:
    (rule,) = parse_owner_table("\ufeffrepository,team\nä/b,Größe\n".encode(), "owners.csv")
    assert (rule.repositories, rule.team) == (("ä/b",), "Größe")


def test_a_table_may_have_no_rows() -> None:
    assert parse("repository,team") == ()


@pytest.mark.parametrize(
    "text,place,step",
    [
        ("", "line 1: the columns are ''", "repository,team"),
        ("repository;team\na;b", "line 1: the columns are 'repository;team'", "with commas"),
        ("repository,owner\na,b", "line 1", "repository,team"),
        ("repository\na", "line 1", "repository,team"),
        ("repository,team,team\na,b,c", "line 1", "repository,team"),
        ("repository,team\na,b\nc", "line 3: 1 cells for 2 columns", "one cell per column"),
        ("repository,team\na,b,c", "line 2: 3 cells for 2 columns", "quote a cell"),
        ("repository,team\n,b", "line 2: no repository", "fill it in"),
        ("repository,team\na, ", "line 2: no team", "fill it in"),
        ('repository,team\na,"b', "line 2: not CSV", "close every quote"),
        ('repository,team\na,"b"c', "line 2: not CSV", "close every quote"),
    ],
)
def test_an_error_names_the_line_and_the_next_step(text: str, place: str, step: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert f"owners.csv {place}" in caught.value.message
    assert step in caught.value.next_step


def test_a_table_in_another_encoding_is_named_with_the_line() -> None:
    with pytest.raises(UsageError, match=r"owners.csv line 2: not UTF-8 text; save"):
        parse_owner_table("repository,team\na,Größe\n".encode("latin-1"), "owners.csv")


@given(st.binary(max_size=200))
def test_no_table_whatever_it_holds_does_more_than_complain(body: bytes) -> None:
    for head in (b"", b"repository,team\n"):
        try:
            rules = parse_owner_table(head + body, "any.csv")
        except UsageError:
            rules = ()
        assert all(rule.team and rule.repositories for rule in rules)
