from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.globs import matches
from auditor.domain.owners import UNOWNED, OwnerRule
from auditor.ledger.owners import SOURCE_LABEL, OwnerBook, assign, team_in_label

PAY = OwnerRule("Payments", ("pay/**", "billing"), source="owners.rules.pay")
EU = OwnerRule("EU", (), ("*.eu.example",))
LABELLED = OwnerRule("Data", (), (), (("com.example.team", "data-*"), ("stage", "**")))
RULES = (PAY, EU, LABELLED)
TEAM = "com.example.team"
VENDOR = "org.opencontainers.image.vendor"


def team(registry: str = "r.example", repository: str = "x", **labels: str) -> str:
    return assign(registry, repository, labels, RULES, ()).team


def test_any_pattern_of_a_rule_will_do() -> None:
    assert team(repository="pay/api/v2") == "Payments"
    assert team(repository="billing") == "Payments"


def test_a_rule_may_ask_for_the_registry_only() -> None:
    assert team("a.eu.example") == "EU"
    assert team("a.us.example") == UNOWNED


def test_all_labels_of_a_rule_must_match() -> None:
    both = {TEAM: "data-lake", "stage": ""}
    assert assign("r", "x", both, RULES, ()).team == "Data"
    assert assign("r", "x", {TEAM: "data-lake"}, RULES, ()).team == UNOWNED
    assert assign("r", "x", both | {TEAM: "date"}, RULES, ()).team == UNOWNED


def test_the_first_rule_that_matches_wins_also_over_a_plain_name() -> None:
    name, pattern = OwnerRule("Name", ("a",)), OwnerRule("Pattern", ("*",))
    assert assign("r", "a", {}, (name, pattern), ()).team == "Name"
    assert assign("r", "a", {}, (pattern, name), ()).team == "Pattern"


def test_a_name_given_to_different_teams_in_two_registries_is_both_of_theirs() -> None:
    book = OwnerBook((OwnerRule("A", ("x", "x"), ("a",)), OwnerRule("B", ("x",), ("b",))), ())
    assert [book.owner_of(registry, "x", {}).team for registry in "abc"] == ["A", "B", UNOWNED]


def test_rules_come_before_labels_and_labels_in_the_order_configured() -> None:
    labels = {TEAM: "Own", VENDOR: "Acme"}
    assert assign("r", "billing", labels, RULES, (TEAM,)).team == "Payments"
    assert assign("r", "x", labels, RULES, (VENDOR, TEAM)).team == "Acme"
    assert assign("r", "x", labels, RULES, ("none", TEAM)).team == "Own"


def test_an_owner_says_why() -> None:
    assert assign("r", "billing", {}, RULES, ()).because == "owners.rules.pay"
    assert assign("a.eu.example", "x", {}, RULES, ()).because == "rule of EU"
    assert assign("r", "x", {TEAM: "Own"}, RULES, (TEAM,)).because == f"label {TEAM}"
    nobody = assign("r", "x", {}, RULES, (TEAM,))
    assert (nobody.because, nobody.label) == ("no rule and no label", "unowned")
    assert assign("r", "billing", {}, RULES, ()).label == "Payments"


@pytest.mark.parametrize(
    "text,expected",
    [
        ("https://github.com/acme/shop", "acme"),
        ("https://github.com/acme/shop.git#main:docker", "acme"),
        ("https://me:secret@gitlab.example:8443/group/sub/project", "group"),
        ("git@github.com:acme/shop.git", "acme"),
        ("github.com:acme/shop", "acme"),
        ("ssh://git@host:22/acme/shop", "acme"),
        ("HTTPS://GitHub.com/Acme/shop", "Acme"),
        ("https://github.com/acme", ""),
        ("https://github.com/acme/", ""),
        ("https://github.com//shop", ""),
        ("https://[bad/acme/shop", "acme"),
        ("acme/shop", ""),
        ("see the wiki", ""),
    ],
)
def test_the_source_label_names_the_group_of_its_address(text: str, expected: str) -> None:
    assert team_in_label(SOURCE_LABEL, text) == expected


@pytest.mark.parametrize(
    "text,expected",
    [
        ("  Pay \n\t ments ", "Pay ments"),
        ("Pay\x1b[31m\u202ements\x00", "Pay[31mments"),
        ("\u200b\u2066 \x00", ""),
        ("Unowned", ""),
        ("x" * 500, "x" * 100),
        ("x" * 99 + " yz", "x" * 99),
    ],
)
def test_labels_are_made_short_and_visible(text: str, expected: str) -> None:
    assert team_in_label(TEAM, text) == expected


@given(st.text(max_size=300), st.sampled_from([TEAM, SOURCE_LABEL]))
def test_whatever_a_label_holds_its_team_is_one_short_line(text: str, key: str) -> None:
    found = team_in_label(key, text)
    assert len(found) <= 100
    assert found.isprintable()
    assert found == " ".join(found.split())


NAMES = st.text("ab/", min_size=1, max_size=4)
PATTERNS = st.lists(st.text("ab/*", max_size=4), max_size=3).map(tuple)


@given(st.lists(st.builds(OwnerRule, NAMES, PATTERNS, PATTERNS), max_size=6), NAMES, NAMES)
def test_the_look_up_by_name_changes_no_answer(
    rules: list[OwnerRule], registry: str, repository: str
) -> None:
    def applies(patterns: tuple[str, ...], name: str) -> bool:
        return not patterns or any(matches(pattern, name) for pattern in patterns)

    one_by_one = (
        rule.team
        for rule in rules
        if applies(rule.repositories, repository) and applies(rule.registries, registry)
    )
    first = next(one_by_one, UNOWNED)
    assert assign(registry, repository, {}, rules, ()).team == first
