"""Findings of every kind: sure and unsure ones, one that costs bytes, a hostile one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from auditor.domain.exactness import Exactness
from auditor.domain.finding_views import (
    FindingRow,
    FindingsPage,
    FindingsQuery,
    ImageFindings,
)
from auditor.domain.findings import (
    Basis,
    Breadth,
    Claim,
    Confidence,
    Evidence,
    EvidenceKind,
    Finding,
    RuleInfo,
)
from tests.reports.samples import AMD64, ARM64, EARLIER, HOSTILE, NOON, PRICE_NOTES, digest

RULES = (
    RuleInfo(
        "apt-lists-kept",
        "Package lists stay in the image",
        "A step runs `apt-get update` and does not remove /var/lib/apt/lists.",
        "A cache mount on the lists: history does not record mounts.",
    ),
    RuleInfo(
        "base-slimmer",
        "A slimmer base would do",
        "The base has a variant of the same version with fewer packages.",
        "Whether the program needs what the slimmer base lacks.",
    ),
    RuleInfo(
        "go-single-stage",
        "A compiler stays with the program it built",
        "A step runs `go build`, and no later stage takes its result.",
        "COPY --from is not recorded.",
    ),
)


def apt_lists() -> Finding:
    return Finding(
        rule="apt-lists-kept",
        key="apt-get update && apt-get install -y build-essential",
        what="Package lists of apt stay in the layer that installs build-essential.",
        fix="Remove the lists in the step that fetched them.",
        evidence=(
            Evidence(
                EvidenceKind.STEP,
                "RUN apt-get update && apt-get install -y build-essential",
                layer=1,
                digest=digest(1),
                size_bytes=160_000_000,
            ),
        ),
        claims=(Claim(1, 16_181_512),),
        first_layer=1,
        confidence=Confidence.MEDIUM,
        basis=Basis.MODELLED,
        breadth=Breadth.FILES,
        low_bytes=14_670_000,
        high_bytes=17_400_000,
        dockerfile=(
            "RUN apt-get update \\",
            "    && apt-get install -y --no-install-recommends build-essential \\",
            "    && rm -rf /var/lib/apt/lists/*",
        ),
        caveats=("A cache mount would already do this, and history does not record mounts.",),
    )


def slimmer_base() -> Finding:
    return Finding(
        rule="base-slimmer",
        key="debian:12",
        what="The image is built on debian:12, and debian:12-slim has the same packages of glibc.",
        fix="Build on debian:12-slim.",
        evidence=(Evidence(EvidenceKind.BASE, "debian:12", layer=0, size_bytes=49_500_000),),
        claims=(Claim(0, 49_500_000),),
        first_layer=0,
        confidence=Confidence.HIGH,
        basis=Basis.FROM_CATALOGUE,
        breadth=Breadth.BASE,
        added_bytes=28_200_000,
        dockerfile=("FROM debian:12-slim",),
    )


def single_stage() -> Finding:
    return Finding(
        rule="go-single-stage",
        key="go build",
        what="The image holds the Go compiler that built its program.",
        fix="Build in one stage and copy the program into another.",
        evidence=(Evidence(EvidenceKind.LABEL, "golang"),),
        claims=(Claim(1, 120_000_000), Claim(2, 5_000_000)),
        first_layer=1,
        confidence=Confidence.LOW,
        basis=Basis.MEASURED,
        breadth=Breadth.IMAGE,
        low_bytes=100_000_000,
        high_bytes=125_000_000,
    )


def hostile_finding() -> Finding:
    return replace(
        apt_lists(),
        key=HOSTILE,
        what=f"A step runs {HOSTILE} {{0}} [click](https://h.example).",
        fix=HOSTILE,
        evidence=(Evidence(EvidenceKind.STEP, HOSTILE, layer=0),),
        claims=(Claim(0, 10),),
        low_bytes=None,
        high_bytes=None,
        dockerfile=(f"RUN {HOSTILE}",),
        caveats=(HOSTILE,),
    )


def finding_row(finding: Finding | None = None, repository: str = "team/app") -> FindingRow:
    return FindingRow(
        registry="localhost:5000",
        repository=repository,
        team="Payments",
        tag="1.4",
        digest=digest(100),
        platform=AMD64,
        finding=finding or apt_lists(),
        images=24,
        stored_saving_bytes=97_089_072,
        stored_exactness=Exactness.EXACT,
        monthly_saving=Decimal("0.002233"),
        currency="USD",
        cold_start_seconds=0.6471234,
        priority_bytes=14_000_000,
        ranked_low=(),
        since=EARLIER,
    )


def finding_rows() -> tuple[FindingRow, ...]:
    costly = replace(
        finding_row(slimmer_base(), "team/worker"),
        team="",
        stored_saving_bytes=-28_200_000,
        stored_exactness=Exactness.ESTIMATED,
        monthly_saving=Decimal("-0.000649"),
        platform=ARM64,
        cold_start_seconds=0.85,
    )
    rare = replace(
        finding_row(single_stage(), "tools/ci"),
        tag="",
        platform=None,
        stored_saving_bytes=0,
        monthly_saving=None,
        cold_start_seconds=0.0,
        images=1,
        priority_bytes=1_000_000,
        ranked_low=("It is a tool for builds.", "Nobody pulled it in 90 days."),
    )
    return (finding_row(), costly, rare)


def hostile_rows() -> tuple[FindingRow, ...]:
    bad = replace(
        finding_row(hostile_finding(), HOSTILE),
        team="=1+1\x1b[31m",
        tag="\u202e4.1",
        ranked_low=(HOSTILE,),
    )
    return (bad,)


def findings_page(
    rows: tuple[FindingRow, ...] | None = None, *, query: FindingsQuery | None = None
) -> FindingsPage:
    shown = finding_rows() if rows is None else rows
    return FindingsPage(
        query=query or FindingsQuery(),
        as_of=NOON,
        rows=shown,
        matches=len(shown),
        waiting_images=3,
        rules=RULES,
        price_notes=PRICE_NOTES,
    )


def not_analysed(query: FindingsQuery | None = None) -> FindingsPage:
    return FindingsPage(query or FindingsQuery(), None, (), 0, 0, (), ())


def image_findings() -> ImageFindings:
    return ImageFindings((single_stage(), slimmer_base(), apt_lists()), 162_481_512, 6.5)
