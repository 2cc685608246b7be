"""Less usual ways to install: what we say against what is left, and against hadolint."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.analysis.build_step import take_apart
from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.rules.book import IMAGE_RULES
from auditor.domain.digest import Digest
from auditor.domain.image_config import HistoryEntry
from tests.oracles.hard_dockerfiles import BASH, DIALECTS, STYLES, UNRECORDED, Case, cases

ROOT = Path(__file__).parents[3]
VERDICTS = json.loads((ROOT / "tests" / "data" / "hadolint_hard.json").read_text())
RULE_OF = {
    "DL3009": "apt-lists-kept",
    "DL3015": "apt-recommends",
    "DL3019": "apk-cache-kept",
    "DL3032": "rpm-cache-kept",
    "DL3036": "zypper-cache-kept",
    "DL3040": "rpm-cache-kept",
    "DL3042": "pip-cache-kept",
}
RULES = sorted(set(RULE_OF.values()))


def found_in(case: Case) -> set[str]:
    """Identifiers of what we find in the image that the Dockerfile makes."""
    history = [HistoryEntry("/bin/sh -c #(nop) ADD file:0123 in / ")]
    history += [HistoryEntry(text, is_empty_layer=not layer) for text, layer in case.history]
    sizes = [48_500_000, *(90_000_000 for _ in case.runs)]
    layers = tuple(
        LayerFacts(Digest(f"sha256:{at:064x}"), size, "") for at, size in enumerate(sizes)
    )
    steps = take_apart(history, sizes, 1)
    assert steps, case
    image = ImageFacts(Digest("sha256:" + "f" * 64), layers, steps)
    found = {one.rule for rule in IMAGE_RULES for one in rule.find(image)}
    return found - {"deleted-later"}


def judged() -> Iterator[tuple[Case, str, bool, bool, bool]]:
    """Each case and rule: whether we say so, whether it is so, whether hadolint says so."""
    for case in cases():
        ours = found_in(case)
        theirs = {RULE_OF[code] for code in VERDICTS["verdicts"][case.name] if code in RULE_OF}
        for rule in RULES:
            yield case, rule, rule in ours, rule in case.left, rule in theirs


def reason(case: Case, rule: str) -> str:
    """Why hadolint may judge otherwise than what is left; empty for no reason."""
    return dict(case.differs).get(rule, BASH if case.style == "bash" else "")


@pytest.fixture(scope="module")
def all_judged() -> list[tuple[Case, str, bool, bool, bool]]:
    return list(judged())


def test_there_are_enough_dockerfiles_in_every_dialect_and_style() -> None:
    made = cases()
    assert {(one.dialect, one.style) for one in made} == {(d, s) for d in DIALECTS for s in STYLES}
    assert set(VERDICTS["verdicts"]) == {one.name for one in made}


@pytest.mark.parametrize("rule", RULES)
def test_we_are_right_about_what_a_step_leaves(
    rule: str, all_judged: list[tuple[Case, str, bool, bool, bool]]
) -> None:
    count = Counter((ours, truth) for _, name, ours, truth, _ in all_judged if name == rule)
    both = count[True, True]
    assert both >= 5, count
    assert both / (both + count[True, False]) >= 0.95, count
    assert both / (both + count[False, True]) >= 0.95, count


def test_we_are_wrong_only_where_history_does_not_record_a_mount(
    all_judged: list[tuple[Case, str, bool, bool, bool]],
) -> None:
    wrong = [(case, rule) for case, rule, ours, truth, _ in all_judged if ours != truth]
    assert {(rule, reason(case, rule)) for case, rule in wrong} == {("apt-lists-kept", UNRECORDED)}


def test_every_disagreement_with_hadolint_is_listed_with_its_reason(
    all_judged: list[tuple[Case, str, bool, bool, bool]],
) -> None:
    page = (ROOT / "docs" / "reference" / "rules" / "agreement.md").read_text()
    differing = Counter(
        (rule, reason(case, rule)) for case, rule, ours, _, theirs in all_judged if ours != theirs
    )
    assert all(why for _, why in differing)
    lines = [f"| `{rule}` | {why} | {times} |" for (rule, why), times in sorted(differing.items())]
    assert [line for line in lines if line not in page] == []


@pytest.mark.parametrize("rule", RULES)
def test_the_page_tells_how_often_each_judge_is_right(
    rule: str, all_judged: list[tuple[Case, str, bool, bool, bool]]
) -> None:
    page = (ROOT / "docs" / "reference" / "rules" / "agreement.md").read_text()
    asked = [one for one in all_judged if one[1] == rule]
    both = [Counter((one[said], one[3]) for one in asked) for said in (2, 4)]
    cells = [f"{c[True, True]}, {c[True, False]}, {c[False, True]}" for c in both]
    assert f"| `{rule}` | {cells[0]} | {cells[1]} |" in page
