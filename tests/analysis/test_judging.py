from collections.abc import Iterator

from auditor.analysis.image_facts import ImageFacts, LayerFacts
from auditor.analysis.judging import judge_image
from auditor.analysis.rules.rule import Rule
from auditor.domain.digest import Digest
from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding, RuleInfo

DIGEST = Digest("sha256:" + "a" * 64)
IMAGE = ImageFacts(DIGEST, (LayerFacts(DIGEST, 100, ""),), ())


def finding(rule: str, size: int) -> Finding:
    claims = (Claim(0, size),) if size else ()
    words = {"what": "w", "fix": "f", "evidence": (), "first_layer": 0}
    return Finding(
        rule=rule,
        key="k",
        claims=claims,
        confidence=Confidence.HIGH,
        basis=Basis.MODELLED,
        breadth=Breadth.FILES,
        **words,  # type: ignore[arg-type]
    )


def rule_that_finds(name: str, size: int) -> Rule:
    def find(_: ImageFacts) -> Iterator[Finding]:
        yield finding(name, size)

    return Rule(RuleInfo(name, name, sees="s", misses="m"), find)


def test_findings_of_all_rules_and_others_share_the_bytes() -> None:
    rules = [rule_that_finds("big", 70), rule_that_finds("small", 20)]
    found = judge_image(IMAGE, rules, [finding("other", 60)])
    assert [(one.rule, one.pull_saving_bytes) for one in found] == [
        ("big", 70),
        ("other", 30),
    ]
