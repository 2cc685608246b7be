"""Made-up figures of every kind, hostile names among them, as `Browse` would answer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from auditor.domain.digest import Digest
from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.observation import CrawlOutcome, Problem, StorageScope
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.units import Price
from auditor.domain.views import (
    BaseView,
    BlobView,
    CrawlView,
    HistoryPoint,
    ImageView,
    LayerView,
    RankBy,
    RankingRow,
    Sizes,
    TagView,
    Totals,
)

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
REGISTRY = "registry.example.com"
OTHER_REGISTRY = "localhost:5000"
SCRIPT = "<script>alert(1)</script>"
LONG_NAME = "platform/" + "very-long-service-name-" * 9 + "end"
TURNED = "team/\N{RIGHT-TO-LEFT OVERRIDE}gnihtemos"
AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")
PRICE = Price(Decimal("0.023"), "USD", source="object storage, 0.023 USD per GB-month")
NOTE = "Priced at 0.023 USD per GB-month (object storage), because no price is configured"
ALL = Coverage(lists_untagged=True, lists_repositories=True)
TAGS_ONLY = Coverage(lists_untagged=False, lists_repositories=True)
_NAMES = (
    "payments/api", "payments/worker", "payments/fraud-model", "web/storefront", "web/admin",
    "data/notebooks", "data/airflow", "data/spark", "data/dbt", "platform/gateway",
    "platform/auth", "platform/metrics", "platform/log-shipper", "ml/training", "ml/serving",
    "ml/embeddings", "mobile/backend", "mobile/push", "search/indexer", "search/query",
    "base/python", "base/node", "base/java", "base/go", "tools/ci-runner", "tools/linters",
    "tools/backup", "billing/invoices", "billing/ledger", "edge/cache", "edge/proxy", "hello",
)  # fmt: skip


def digest(text: str) -> Digest:
    """A digest made from a name."""
    return Digest.of(text.encode())


def row(index: int, name: str, *, registry: str = REGISTRY) -> RankingRow:
    """One repository with figures that follow from its place in the list."""
    stored = int(9_800_000_000 / (index + 1) ** 1.25) + 7_919 * index
    exclusive = stored * (30 + index * 7 % 60) // 100
    fair = exclusive + (stored - exclusive) // 3
    return RankingRow(
        registry=registry,
        repository=name,
        tags=240 // (index + 1) + 1,
        images=300 // (index + 1) + 1,
        image_bytes=None if index % 11 == 7 else stored // (3 + index % 4),
        image_reference=None if index % 11 == 7 else f"{name}:1.{index}",
        sizes=Sizes(stored * 2, stored, exclusive, fair, TAGS_ONLY if index % 5 else ALL),
        monthly_cost=PRICE.monthly_cost(fair),
        currency="USD",
        growth_bytes=None if index % 9 == 4 else stored // 20 * (1 if index % 3 else -1),
        is_stale=index == 3,
        last_pushed_at=NOW - timedelta(hours=index * 31),
        pull_saving_bytes=None if index % 11 == 7 else stored // 23,
        stored_saving_bytes=None
        if index % 11 == 7
        else stored // 9 * (-1 if index % 8 == 5 else 1),
    )


def all_rows() -> tuple[RankingRow, ...]:
    """Thirty-odd plain repositories, then the hostile ones, then those of a second registry."""
    names = (*_NAMES, SCRIPT, LONG_NAME, TURNED, '"><img src=x onerror=alert(1)>', "=1+1")
    here = tuple(row(index, name) for index, name in enumerate(names))
    many = tuple(
        row(40 + index, f"jobs/nightly-{index:02}", registry=OTHER_REGISTRY) for index in range(30)
    )
    return here + many


def unanalysed(rows: tuple[RankingRow, ...]) -> tuple[RankingRow, ...]:
    """The same before anybody looked for savings."""
    return tuple(replace(row, pull_saving_bytes=None, stored_saving_bytes=None) for row in rows)


_KEYS: dict[RankBy, Callable[[RankingRow], Any]] = {
    RankBy.SIZE: lambda row: row.image_bytes,
    RankBy.STORED: lambda row: row.sizes.stored_bytes,
    RankBy.EXCLUSIVE: lambda row: row.sizes.exclusive_bytes,
    RankBy.FAIR_SHARE: lambda row: row.sizes.fair_share_bytes,
    RankBy.LOGICAL: lambda row: row.sizes.logical_bytes,
    RankBy.COST: lambda row: row.monthly_cost,
    RankBy.POTENTIAL: lambda row: row.stored_saving_bytes,
    RankBy.GROWTH: lambda row: row.growth_bytes,
    RankBy.TAGS: lambda row: row.tags,
    RankBy.NAME: lambda row: row.repository,
}


def totals(rows: tuple[RankingRow, ...]) -> Totals:
    """Totals in which the fair shares add up to what is stored."""
    stored = sum(row.sizes.fair_share_bytes for row in rows)
    known = [one for row in rows if (one := row.stored_saving_bytes) is not None]
    return Totals(
        repositories=len(rows),
        tags=sum(row.tags for row in rows),
        images=sum(row.images for row in rows),
        logical_bytes=sum(row.sizes.logical_bytes for row in rows),
        stored_bytes=stored,
        exactness=Exactness.LOWER_BOUND if rows else Exactness.EXACT,
        monthly_cost=PRICE.monthly_cost(stored),
        currency="USD",
        stored_saving_bytes=sum(known) if known else None,
    )


def crawl(
    registry: str = REGISTRY,
    outcome: CrawlOutcome | None = CrawlOutcome.COMPLETE,
    *,
    complete: bool = True,
    problems: tuple[Problem, ...] = (),
    guarded_tags: int = 0,
) -> CrawlView:
    """The state of one registry; complete an hour ago unless told otherwise."""
    return CrawlView(
        registry=registry,
        scope=StorageScope.REGISTRY,
        outcome=outcome,
        started_at=NOW - timedelta(hours=1, minutes=4) if outcome else None,
        finished_at=(
            NOW - timedelta(hours=1) if outcome not in (None, CrawlOutcome.RUNNING) else None
        ),
        last_complete_at=NOW - timedelta(hours=1 if outcome == "complete" else 30)
        if complete
        else None,
        totals=totals(tuple(row for row in all_rows() if row.registry == registry)),
        price=PRICE,
        problems=problems,
        problem_count=len(problems) and len(problems) + 3,
        guarded_tags=guarded_tags,
    )


def history() -> tuple[HistoryPoint, ...]:
    """Sixteen states over four months, with a drop in between."""
    points = []
    for week in range(16):
        stored = 22_000_000_000 + week * 900_000_000 - (5_000_000_000 if week > 9 else 0)
        points.append(HistoryPoint(NOW - timedelta(weeks=15 - week, hours=1), stored))
    return tuple(points)


PROBLEMS = (
    Problem("data/spark", "3.5-" + SCRIPT, "the manifest does not have the digest it claims"),
    Problem("tools/linters", "", "the tag list could not be read", "UNAUTHORIZED"),
)


def tag_row(row: RankingRow, index: int) -> TagView:
    """The tag at `index`: every seventh unreadable, every fifth a chart."""
    is_readable, is_image = index % 7 != 6, index % 5 != 4
    return TagView(
        tag=f"1.{200 - index}" if index else "latest",
        digest=digest(f"{row.repository}{index}") if is_readable else None,
        kind="index" if is_readable and is_image else "artifact" if is_readable else "unreadable",
        platforms=(AMD64, ARM64) if is_readable and is_image else (),
        pull_bytes=row.sizes.stored_bytes // (4 + index) if is_readable and is_image else None,
        added_bytes=row.sizes.stored_bytes // (40 + index) if is_readable else None,
        since=NOW - timedelta(days=index),
        created_at=NOW - timedelta(days=index, hours=2) if is_readable else None,
        is_missing=index == 2,
    )


def blob_row(row: RankingRow, index: int) -> BlobView:
    """The blob at `index`, half of them shared."""
    return BlobView(
        digest=digest(f"blob{row.repository}{index}"),
        size_bytes=row.sizes.stored_bytes // (index + 4),
        role="layer" if index < 10 else "config",
        shared_by_repositories=1 if index % 2 else 9 - index // 2,
        manifests=12 - index,
    )


_STEPS: tuple[tuple[str | None, int, int, bool | None], ...] = (
    ("ADD rootfs.tar.xz /", 29_126_278, 31, True),
    ("RUN apt-get update && apt-get install -y --no-install-recommends [14 packages]", 64_112_004, 31, True),
    ("RUN install -d /usr/local/lib && make -j4 && make install", 18_344_821, 12, True),
    ("WORKDIR /srv", 32, 12, False),
    ("COPY requirements.txt .", 1_204, 1, False),
    ("RUN pip install --no-cache-dir -r requirements.txt", 187_332_901, 3, False),
    (f"COPY {SCRIPT} /srv/" + "a-folder-with-a-long-name/" * 12, 41_220_118, 1, False),
    (None, 2_048_113, 1, False),
    ("RUN python -m compileall /srv", 12_880_002, 1, False),
)  # fmt: skip


def image_view(row: RankingRow, reference: ImageReference, platform: Platform) -> ImageView:
    """Nine layers and one repeated, on a base that two names are known for."""
    layers = tuple(
        LayerView(
            position=index,
            digest=digest(f"layer{index}{platform}"),
            size_bytes=size_bytes if platform == AMD64 else size_bytes * 9 // 10,
            media_type="application/vnd.oci.image.layer.v1.tar+gzip",
            created_by=f"/bin/sh -c {step}\n# buildkit" if step else None,
            step=step,
            created_at=NOW - timedelta(days=3) if step else None,
            shared_by_repositories=shared,
            from_base=from_base,
        )
        for index, (step, size_bytes, shared, from_base) in enumerate(_STEPS)
    )
    layers += (replace(layers[4], position=len(layers)),)
    distinct = {layer.digest: layer.size_bytes for layer in layers}
    return ImageView(
        registry=row.registry,
        repository=row.repository,
        reference=str(reference),
        digest=reference.digest or digest(f"{reference}{platform}"),
        media_type="application/vnd.oci.image.manifest.v1+json",
        platform=platform,
        platforms=(AMD64, ARM64, Platform("windows", "amd64", os_version="10.0.17763.6532")),
        tags=(reference.tag, "stable") if reference.tag else (),
        pull_bytes=sum(distinct.values()) + 8_123 + 1_911,
        manifest_bytes=1_911,
        config_digest=digest("config"),
        config_bytes=8_123,
        exactness=Exactness.EXACT,
        created_at=NOW - timedelta(days=3),
        since=NOW - timedelta(days=2),
        layers=layers,
        base=BaseView(
            names=("python:3.12-slim", "python:3.12.9-slim-bookworm"),
            digest=digest("base"),
            basis="layer_chain",
            confidence="high",
            layer_count=3,
            size_bytes=111_583_103,
        ),
        history_note="",
        steps_without_layer=6,
        labels=(
            ("org.opencontainers.image.source", "https://git.example.com/payments/api"),
            ("maintainer", SCRIPT),
        ),
        conflicts=(),
    )


def plain_image(view: ImageView) -> ImageView:
    """The same image where little is known: no platform, no base, no history."""
    layers = tuple(
        replace(layer, created_by=None, step=None, from_base=None) for layer in view.layers
    )
    return replace(
        view,
        platform=None,
        platforms=(),
        layers=layers,
        base=None,
        created_at=None,
        history_note="The history has 4 steps for 10 layers, so steps cannot be told apart.",
    )
