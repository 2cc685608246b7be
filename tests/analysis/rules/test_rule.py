from auditor.analysis.image_facts import ImageFacts
from auditor.analysis.rules.rule import Rule
from auditor.domain.digest import Digest
from auditor.domain.findings import RuleInfo


def test_a_rule_is_a_description_and_a_question() -> None:
    info = RuleInfo("nothing", "Nothing", sees="nothing", misses="everything")
    rule = Rule(info, find=lambda image: ())
    assert list(rule.find(ImageFacts(Digest("sha256:" + "a" * 64), (), ()))) == []
