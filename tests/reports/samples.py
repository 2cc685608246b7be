"""Fixed read models for every report: one plain registry and one that is hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from auditor.domain.digest import Digest
from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.observation import CrawlOutcome, CrawlReport, Problem, StorageScope
from auditor.domain.platform import Platform
from auditor.domain.views import (
    BaseView,
    BlobView,
    HistoryPoint,
    ImageView,
    LayerView,
    RankBy,
    Ranking,
    RankingRow,
    RankQuery,
    RepositoryView,
    SharedWith,
    SizeConflict,
    Sizes,
    TagView,
    Totals,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EARLIER = datetime(2026, 2, 1, 8, 30, 5, tzinfo=UTC)
AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")
WHOLE = Coverage(lists_untagged=True, lists_repositories=True)
TAGS_ONLY = Coverage(lists_untagged=False, lists_repositories=True)
HAND_PICKED = Coverage(lists_untagged=True, lists_repositories=False)
PRICE_NOTES = ("localhost:5000: 0.023 USD per GB and month, object storage",)

# ANSI colour, rich markup, a newline, a right-to-left override, a lone surrogate, NUL.
HOSTILE = "=cmd|'/c calc'!A1\x1b[31m[red]x[/red]\nline\r\u202egnp.exe\ud800\x00,\"q\""


def digest(number: int) -> Digest:
    return Digest.of(str(number).encode())


def row(
    repository: str = "team/app",
    *,
    stored: int = 1_830_000_000,
    coverage: Coverage = WHOLE,
    registry: str = "localhost:5000",
) -> RankingRow:
    return RankingRow(
        registry=registry,
        repository=repository,
        tags=12,
        images=24,
        image_bytes=215_432_109,
        image_reference=f"{registry}/{repository}:1.4",
        sizes=Sizes(2 * stored, stored, stored // 3, stored // 2, coverage),
        monthly_cost=Decimal(stored // 2) * Decimal("0.023") / 10**9,
        currency="USD",
        growth_bytes=120_000_000,
        is_stale=False,
        last_pushed_at=EARLIER,
    )


def totals(rows: tuple[RankingRow, ...], exactness: Exactness = Exactness.EXACT) -> Totals:
    return Totals(
        repositories=len(rows),
        tags=sum(one.tags for one in rows),
        images=sum(one.images for one in rows),
        logical_bytes=sum(one.sizes.logical_bytes for one in rows),
        stored_bytes=sum(one.sizes.stored_bytes for one in rows),
        exactness=exactness,
        monthly_cost=sum((one.monthly_cost for one in rows), Decimal(0)),
        currency="USD",
    )


def ranking(*rows: RankingRow, query: RankQuery | None = None, matches: int = -1) -> Ranking:
    marks = {one.sizes.exactness for one in rows} - {Exactness.EXACT}
    return Ranking(
        query=query or RankQuery(),
        as_of=NOON,
        totals=totals(rows, marks.pop() if marks else Exactness.EXACT),
        rows=rows,
        matches=len(rows) if matches < 0 else matches,
        price_notes=PRICE_NOTES,
    )


def plain_ranking() -> Ranking:
    small = replace(
        row("library/tiny", stored=901),
        image_bytes=None,
        image_reference=None,
        growth_bytes=None,
        last_pushed_at=None,
    )
    shrunk = replace(row("team/worker", stored=45_600_000), growth_bytes=-3_000_000)
    return ranking(row(), shrunk, small)


def analysed_ranking() -> Ranking:
    """By potential: one that saves, one where a change would cost bytes, one not analysed."""
    saves = replace(row(), pull_saving_bytes=48_000_000, stored_saving_bytes=1_200_000_000)
    costs = replace(
        row("team/worker", stored=45_600_000), pull_saving_bytes=9_000, stored_saving_bytes=-1_500
    )
    made = ranking(saves, costs, row("library/new"), query=RankQuery(by=RankBy.POTENTIAL))
    return replace(made, totals=replace(made.totals, stored_saving_bytes=1_199_998_500))


def doubtful_ranking() -> Ranking:
    """Bounds of every kind, two registries, one stale row."""
    bounded = row("team/app", coverage=TAGS_ONLY)
    picked = row("team/app", coverage=HAND_PICKED, registry="registry.example.com")
    return ranking(bounded, replace(picked, is_stale=True))


def layer(position: int, size_bytes: int, step: str | None, *, shared: int = 1) -> LayerView:
    return LayerView(
        position=position,
        digest=digest(position),
        size_bytes=size_bytes,
        media_type="application/vnd.oci.image.layer.v1.tar+gzip",
        created_by=None if step is None else f"/bin/sh -c #(nop) {step}",
        step=step,
        created_at=EARLIER,
        shared_by_repositories=shared,
        from_base=shared > 1,
    )


def image_view() -> ImageView:
    layers = (
        layer(0, 49_500_000, 'ADD file:1 in /\t\nCMD ["bash"]', shared=14),
        layer(1, 160_000_000, "RUN apt-get update && apt-get install -y build-essential"),
        replace(layer(2, 5_900_000, None), from_base=None, created_by=None, created_at=None),
        replace(layer(3, 12, "COPY license ."), is_foreign=True),
    )
    return ImageView(
        registry="localhost:5000",
        repository="team/app",
        reference="localhost:5000/team/app:1.4",
        digest=digest(100),
        media_type="application/vnd.oci.image.manifest.v1+json",
        platform=AMD64,
        platforms=(AMD64, ARM64),
        tags=("1.4", "latest"),
        pull_bytes=215_401_612,
        manifest_bytes=600,
        config_digest=digest(101),
        config_bytes=1000,
        exactness=Exactness.EXACT,
        created_at=EARLIER,
        since=NOON,
        layers=layers,
        base=BaseView(("debian:12", "debian:bookworm"), digest(7), "layer_chain", "high", 1, 9),
        history_note="The history ends before the layers do.",
        steps_without_layer=3,
        labels=(("maintainer", "somebody"),),
        conflicts=(SizeConflict(digest(3), 12, (12, 14)),),
    )


def repository_view() -> RepositoryView:
    tag = TagView(
        "1.4",
        digest(1),
        "index",
        (AMD64, ARM64),
        215_401_612,
        160_000_000,
        NOON,
        EARLIER,
        is_missing=False,
    )
    unreadable = TagView("old", None, "unknown", (), None, None, NOON, None, is_missing=True)
    return RepositoryView(
        row=row(coverage=TAGS_ONLY),
        scope=StorageScope.REGISTRY,
        as_of=NOON,
        tags=(tag, unreadable),
        tag_count=12,
        untagged_images=2,
        blobs=(
            BlobView(digest(1), 160_000_000, "layer", 1, 3),
            BlobView(digest(0), 49_500_000, "layer", 14, 24),
        ),
        shared_with=(SharedWith("team/worker", 49_500_000, 1),),
        history=(HistoryPoint(EARLIER, 1_700_000_000), HistoryPoint(NOON, 1_830_000_000)),
        conflicts=(),
        problems=(Problem("team/app", "old", "the manifest is absent", "MANIFEST_UNKNOWN"),),
        price_notes=PRICE_NOTES,
    )


def crawl_report(outcome: CrawlOutcome = CrawlOutcome.PARTIAL) -> CrawlReport:
    return CrawlReport(
        registry="localhost:5000",
        started_at=EARLIER,
        finished_at=EARLIER.replace(second=9),
        outcome=outcome,
        repositories=41,
        tags=1234,
        requests=1300,
        manifests_fetched=1200,
        configs_fetched=1,
        bytes_fetched=3_400_000,
        removed_tags=2,
        removed_repositories=1,
        guarded_tags=400,
        problems=(
            Problem("team/app", "old", "the manifest is absent", "MANIFEST_UNKNOWN"),
            Problem("team/private", "", "access was refused", "DENIED"),
            Problem("team/app", digest(5).text, "the digest lies; push it again"),
        ),
        warnings=("a blob is declared with different sizes",),
    )


def hostile_ranking() -> Ranking:
    return ranking(
        row(HOSTILE), row("[bold]x[/bold]"), row("\tשלג/🐳"), row("@SUM(1)"), row("日本語/画像")
    )


def hostile_image() -> ImageView:
    bad = replace(layer(0, 10, HOSTILE), created_by=HOSTILE, media_type="+1+cmd")
    return replace(
        image_view(),
        layers=(bad,),
        tags=("[red]", "\x1b]0;owned\x07"),
        base=BaseView((HOSTILE,), None, "annotation", "low", 1, 9),
        labels=(("k\x1b[2J", HOSTILE),),
        history_note=HOSTILE,
        platforms=(AMD64, Platform("linux\x1b[8m", "\u202e64")),
        conflicts=(),
    )
