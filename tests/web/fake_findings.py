"""Findings of the kind that a real registry has, and a hostile one among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from auditor.domain.exactness import Exactness
from auditor.domain.finding_views import (
    FindingRow,
    FindingsBy,
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
from auditor.domain.views import ImageView, RankingRow
from tests.web.fake_views import AMD64, NOTE, NOW, PRICE, SCRIPT, TURNED, digest

RULES = (
    RuleInfo(
        "apt-lists-kept",
        "Package lists of apt stay in the image",
        "A step updates the lists of apt and does not remove them.",
        "A cache mount on the lists, which history does not record.",
    ),
    RuleInfo(
        "base-slimmer",
        "A slimmer base would do",
        "The base is known, and so is a variant of the same version with fewer packages.",
        "Whether the program needs what the slimmer base lacks.",
    ),
    RuleInfo(
        "build-tools-left",
        "Compilers stay in the final image",
        "A step installs compilers, and no later step removes them in the same layer.",
        "A later stage that copies only the result.",
    ),
    RuleInfo(
        "pip-cache-kept",
        "The cache of pip stays in the image",
        "A step runs pip without --no-cache-dir, and nothing switches the cache off.",
        "PIP_NO_CACHE_DIR in a pip.conf.",
    ),
    RuleInfo(
        "copy-everything",
        "The whole build context is copied",
        "COPY . copies the context, and its layer is much bigger than its like.",
        "What the context holds.",
    ),
)
_ORDER: dict[FindingsBy, Callable[[FindingRow], int]] = {
    FindingsBy.PRIORITY: lambda row: row.priority_bytes,
    FindingsBy.PULL: lambda row: row.finding.pull_saving_bytes,
    FindingsBy.STORED: lambda row: row.stored_saving_bytes,
}
_SURE = tuple(Confidence)


def apt_lists(layer: int = 1) -> Finding:
    step = "RUN apt-get update && apt-get install -y --no-install-recommends [14 packages]"
    return Finding(
        rule="apt-lists-kept",
        key=step,
        what="The step that installs 14 packages leaves the package lists of apt in its layer.",
        fix="Remove the lists in the step that fetches them.",
        evidence=(Evidence(EvidenceKind.STEP, step, layer, digest("a"), 64_112_004),),
        claims=(Claim(layer, 16_181_512),),
        first_layer=layer,
        confidence=Confidence.MEDIUM,
        basis=Basis.MODELLED,
        breadth=Breadth.FILES,
        low_bytes=14_670_000,
        high_bytes=17_400_000,
        dockerfile=(
            "RUN apt-get update \\",
            "    && apt-get install -y --no-install-recommends PACKAGES \\",
            "    && rm -rf /var/lib/apt/lists/*",
        ),
        caveats=(
            "A cache mount on the lists would do it too, and history does not record mounts.",
        ),
    )


def pip_cache(layer: int = 5) -> Finding:
    step = "RUN pip install -r requirements.txt"
    return Finding(
        rule="pip-cache-kept",
        key=step,
        what="pip keeps what it downloaded beside what it installed from requirements.txt.",
        fix="Switch the cache off where pip runs.",
        evidence=(Evidence(EvidenceKind.STEP, step, layer, digest("p"), 187_332_901),),
        claims=(Claim(layer, 81_400_000),),
        first_layer=layer,
        confidence=Confidence.HIGH,
        basis=Basis.MODELLED,
        breadth=Breadth.FILES,
        low_bytes=74_000_000,
        high_bytes=88_900_000,
        dockerfile=("RUN pip install --no-cache-dir -r requirements.txt",),
    )


def slimmer_base(layers: int = 3) -> Finding:
    return Finding(
        rule="base-slimmer",
        key="python:3.12",
        what="The image is built on python:3.12, and python:3.12-slim runs the same Python.",
        fix="Build on python:3.12-slim, and install the packages that are then missing.",
        evidence=(
            Evidence(EvidenceKind.BASE, "python:3.12, python:3.12.9-bookworm", None, digest("b")),
            Evidence(EvidenceKind.BASE, "python:3.12-slim", None, digest("s"), 43_200_000),
        ),
        claims=tuple(Claim(layer, 26_000_000 >> layer) for layer in range(layers)),
        first_layer=0,
        confidence=Confidence.LOW,
        basis=Basis.FROM_CATALOGUE,
        breadth=Breadth.BASE,
        added_bytes=3_200_000,
        dockerfile=("FROM python:3.12-slim",),
        caveats=(
            "The slim variant has no compiler, no headers and no git.",
            "Wheels that are not built for it have to be compiled in another stage.",
        ),
    )


def hostile() -> Finding:
    return Finding(
        rule="copy-everything",
        key=SCRIPT,
        what=f"COPY {SCRIPT} {TURNED} copies the whole build context. " + "long/" * 120,
        fix='"><img src=x onerror=alert(1)>',
        evidence=(Evidence(EvidenceKind.STEP, f"COPY {SCRIPT} \x1b[31m" + "a/" * 400, 6),),
        claims=(Claim(6, 41_220_118),),
        first_layer=6,
        confidence=Confidence.LOW,
        basis=Basis.MEASURED,
        breadth=Breadth.LAYER,
        dockerfile=(f"COPY {SCRIPT} \x1b[31m", "COPY " + "very-long-name/" * 30 + " /srv"),
        caveats=(SCRIPT,),
    )


def finding_row(row: RankingRow, index: int, finding: Finding) -> FindingRow:
    """A finding of a repository; every fifth costs bytes, every fourth matters little."""
    stored = finding.pull_saving_bytes * max(1, row.images // (index + 2))
    costs, is_low = index % 5 == 4, index % 4 == 3
    return FindingRow(
        registry=row.registry,
        repository=row.repository,
        team="" if index % 7 == 6 else row.repository.partition("/")[0].title(),
        tag="" if index % 9 == 8 else f"1.{index}",
        digest=digest(f"{row.repository}{index}"),
        platform=None if index % 9 == 8 else AMD64,
        finding=finding,
        images=max(1, row.images // (index + 1)),
        stored_saving_bytes=-finding.pull_saving_bytes if costs else stored,
        stored_exactness=Exactness.ESTIMATED if index % 3 == 1 else Exactness.EXACT,
        monthly_saving=None if index % 6 == 5 else PRICE.monthly_cost(-1 if costs else stored),
        currency="USD",
        cold_start_seconds=finding.pull_saving_bytes / 25_000_000,
        priority_bytes=finding.pull_saving_bytes // (10 if is_low else 1),
        ranked_low=("It is below 500 MB.", "Nobody pulled it in 90 days.") if is_low else (),
        since=NOW - timedelta(days=index),
    )


def all_findings(rows: tuple[RankingRow, ...]) -> tuple[FindingRow, ...]:
    """One to three findings for each of the first repositories, the hostile names included."""
    kinds = (pip_cache(), apt_lists(), slimmer_base(), hostile())
    return tuple(
        finding_row(row, index, replace(kinds[(index + more) % 4], key=f"{index}"))
        for index, row in enumerate(rows[:37])
        for more in range(1 + index % 3)
    )


def matching(found: tuple[FindingRow, ...], query: FindingsQuery) -> Iterator[FindingRow]:
    """Those that are asked for, the biggest first."""
    for row in sorted(found, key=_ORDER[query.by], reverse=True):
        is_asked = (
            query.registry in ("", row.registry)
            and query.repository in ("", row.repository)
            and query.text.lower() in row.repository.lower()
            and query.team in (None, row.team)
            and row.finding.rule.startswith(query.rule)
            and _SURE.index(row.finding.confidence) <= _SURE.index(query.confidence)
            and max(row.finding.pull_saving_bytes, row.stored_saving_bytes) >= query.minimum_bytes
        )
        if is_asked:
            yield row


def findings_page(
    found: tuple[FindingRow, ...], query: FindingsQuery, *, waiting: int = 0
) -> FindingsPage:
    """One page as `Browse.findings` answers it."""
    rows = tuple(matching(found, query))
    end = None if query.limit is None else query.offset + query.limit
    return FindingsPage(
        query=query,
        as_of=NOW - timedelta(hours=1),
        rows=rows[query.offset : end],
        matches=len(rows),
        waiting_images=waiting,
        rules=RULES,
        price_notes=(NOTE,),
    )


def image_findings(view: ImageView) -> ImageFindings:
    """What is wrong with the image of `fake_views`, down from the biggest saving."""
    findings = (
        pip_cache(),
        replace(hostile(), claims=(Claim(6, 30_000_000),)),
        slimmer_base(),
        apt_lists(),
    )
    assert len(view.layers) > 6
    saved = sum(finding.pull_saving_bytes for finding in findings)
    return ImageFindings(findings, saved, saved / 25_000_000)


def not_analysed(query: FindingsQuery) -> FindingsPage:
    """What is answered before the first analysis."""
    return FindingsPage(query, None, (), 0, 0, (), ())
