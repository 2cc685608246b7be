from pathlib import Path

from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.book import ACROSS_RULES, BOOK
from auditor.domain.digest import Digest

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "rules"


def test_every_rule_has_a_name_of_its_own_and_a_page() -> None:
    names = [rule.info.identifier for rule in BOOK]
    assert len(names) == len(set(names))
    assert [name for name in names if not (PAGES / f"{name}.md").is_file()] == []


def test_an_image_without_layers_gives_no_rule_anything_to_say() -> None:
    empty = ImageFacts(Digest("sha256:" + "a" * 64), layers=(), steps=())
    assert [rule.info.identifier for rule in BOOK if list(rule.find(empty))] == []


def test_rules_across_images_are_in_the_book() -> None:
    assert {info.identifier for info in ACROSS_RULES} <= {rule.info.identifier for rule in BOOK}
