"""Verdicts over an image: one that passed, one that failed in every way, hostile where it may be."""

from __future__ import annotations

from dataclasses import replace

from auditor.analysis.policy_judging import judge
from auditor.domain.exactness import Exactness
from auditor.domain.finding_views import ImageFindings
from auditor.domain.platform import Platform
from auditor.domain.policy import CheckedImage, CheckReport, GrowthLimit, Policy, PolicyFacts
from tests.reports.finding_samples import finding_rows
from tests.reports.image_change_samples import image_change

STRICT = Policy(
    max_size_bytes=100_000_000,
    max_unpacked_bytes=300_000_000,
    max_growth=GrowthLimit.parse("10%"),
    max_layers=5,
    max_layer_bytes=50_000_000,
    forbidden_bases=("debian",),
    required_bases=("registry.example/base/*",),
    required_labels=("org.opencontainers.image.source", "team=pay*"),
    max_saving_bytes=1_000,
    forbidden_findings=("*",),
)
EASY = Policy(max_size_bytes=10**9, max_growth=GrowthLimit.parse("60%"), max_layers=100)


def findings() -> ImageFindings:
    told = tuple(row.finding for row in finding_rows())[:2]
    return ImageFindings(told, sum(one.pull_saving_bytes for one in told), 1.5)


def facts() -> PolicyFacts:
    change = image_change()
    base = change.after.base
    return PolicyFacts(
        side=change.after,
        labels={"team": "Search"},
        bases=(base,) if base else (),
        change=change,
        findings=findings(),
    )


def report(
    policy: Policy = STRICT, reference: str = "registry.example/team/app:1.5"
) -> CheckReport:
    """Two platforms; the smaller one is compared with nothing."""
    amd64 = facts()
    arm = replace(
        amd64,
        side=replace(
            amd64.side,
            platform=Platform("linux", "arm64"),
            pull_bytes=99_999_999,
            exactness=Exactness.ESTIMATED,
        ),
        change=None,
        missing="1.4 has no image for the same platform",
    )
    images = tuple(CheckedImage(one, judge(policy, one)) for one in (amd64, arm))
    return CheckReport(reference, "team/app", "1.4", images, ("Sizes are _estimates_.",))


def passed() -> CheckReport:
    one = facts()
    return CheckReport("registry.example/team/app:1.5", "team/app", "1.4",
                       (CheckedImage(one, judge(EASY, one)),))  # fmt: skip


def hostile() -> CheckReport:
    """Names that would be a command, a link, a mention, markup or the end of a cell."""
    evil = "reg.example/a:1\n::error::x|`<b>@all]]>\x1b[31m%0A"
    one = report(reference=evil)
    first = one.images[0]
    side = replace(first.facts.side, name=evil)
    images = (replace(first, facts=replace(first.facts, side=side)), *one.images[1:])
    checks = tuple(judge(STRICT, images[0].facts))
    return replace(one, images=(replace(images[0], checks=checks), *images[1:]))


REPORTS = {"check": report(), "check-passed": passed(), "check-hostile": hostile()}
