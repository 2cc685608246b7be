from auditor.domain.findings import Basis, Breadth, Claim, Confidence, Finding


def finding(*claims: Claim, added_bytes: int = 0) -> Finding:
    return Finding(
        rule="slimmer-base",
        key="debian:12",
        what="the base is bigger than it need be",
        fix="use debian:12-slim",
        evidence=(),
        claims=claims,
        first_layer=0,
        confidence=Confidence.MEDIUM,
        basis=Basis.FROM_CATALOGUE,
        breadth=Breadth.BASE,
        added_bytes=added_bytes,
    )


def test_what_a_pull_saves_is_what_is_claimed_less_what_comes_in() -> None:
    change = finding(Claim(0, 48_500_000), Claim(2, 1_000), added_bytes=28_200_000)
    assert change.pull_saving_bytes == 20_301_000


def test_a_change_that_brings_more_than_it_takes_saves_less_than_nothing() -> None:
    assert finding(Claim(0, 10), added_bytes=12).pull_saving_bytes == -2


def test_narrow_findings_come_before_broad_ones() -> None:
    assert sorted(Breadth) == [
        Breadth.FILES,
        Breadth.PACKAGES,
        Breadth.LAYER,
        Breadth.BASE,
        Breadth.IMAGE,
    ]
