"""What an image will weigh, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.domain.estimates import (
    Alternative,
    BaseUsed,
    Estimate,
    Interval,
    MonthlyCost,
    Part,
)
from auditor.domain.packages import SizedPackage
from auditor.reports.as_csv import Cell, csv_lines
from auditor.reports.as_json import SCHEMA_VERSION
from auditor.reports.json_values import money_value
from auditor.reports.shapes.estimates import (
    AlternativeShape,
    EstimatedBaseShape,
    EstimatedCostShape,
    EstimateDocument,
    EstimatedPackageShape,
    EstimatedPartShape,
    IntervalShape,
)

_COLUMNS = (
    "kind", "name", "compressed_bytes", "low_bytes", "high_bytes", "unpacked_bytes", "explanation",
)  # fmt: skip


def estimate_document(estimate: Estimate) -> EstimateDocument:
    """The whole answer; `compressed_bytes` of the parts add up to the image's estimate."""
    return {
        "schema_version": SCHEMA_VERSION,
        "platform": str(estimate.platform),
        "registry": estimate.registry or None,
        "compressed_bytes": interval_object(estimate.compressed),
        "unpacked_bytes": _interval_or_null(estimate.unpacked),
        "marginal_bytes": interval_object(estimate.marginal),
        "lower_bound": estimate.is_lower_bound,
        "base": _base(estimate.base),
        "parts": [_part(part) for part in estimate.parts],
        "download_seconds": round(estimate.times.download_seconds, 3),
        "cold_start_seconds": round(estimate.times.cold_start_seconds, 3),
        "monthly_cost": _cost(estimate.cost),
        "tags": estimate.cost.tags,
        "alternatives": [_alternative(one) for one in estimate.alternatives],
        "left_out": list(estimate.left_out),
        "notes": list(estimate.notes),
    }


def estimate_lines(estimate: Estimate) -> Iterator[str]:
    """CSV, one row per part, in build order."""
    return csv_lines(_COLUMNS, (_cells(part) for part in estimate.parts))


def interval_object(interval: Interval) -> IntervalShape:
    """An interval as the documents have it."""
    return {
        "estimate": interval.estimate_bytes,
        "low": interval.low_bytes,
        "high": interval.high_bytes,
    }


def _interval_or_null(interval: Interval | None) -> IntervalShape | None:
    return None if interval is None else interval_object(interval)


def _base(base: BaseUsed | None) -> EstimatedBaseShape | None:
    if base is None:
        return None
    return {
        "name": base.name,
        "platform": str(base.platform),
        "compressed_bytes": interval_object(base.size),
        "source": base.source,
        "as_of": base.as_of.isoformat() if base.as_of else None,
        "distribution": base.distribution or None,
        "stand_in": base.stand_in or None,
        "layers": [
            {"digest": one.digest.text, "size_bytes": one.size_bytes, "held": one.is_held}
            for one in base.layers
        ],
    }


def _part(part: Part) -> EstimatedPartShape:
    return {
        "kind": part.kind.value,
        "name": part.name,
        "compressed_bytes": part.compressed.estimate_bytes,
        "low_bytes": part.compressed.low_bytes,
        "high_bytes": part.compressed.high_bytes,
        "unpacked_bytes": _interval_or_null(part.unpacked),
        "explanation": part.explanation,
        "packages": [_package(one) for one in part.packages],
    }


def _package(package: SizedPackage) -> EstimatedPackageShape:
    return {
        "name": package.name,
        "version": package.version,
        "archive_bytes": package.archive_bytes,
        "unpacked_bytes": package.unpacked_bytes,
        "asked_by": package.asked_by or None,
        "dev": package.is_dev,
        "recommended": package.is_recommended,
    }


def _cost(cost: MonthlyCost) -> EstimatedCostShape:
    return {
        "estimate": money_value(cost.estimate, cost.currency),
        "low": money_value(cost.low, cost.currency),
        "high": money_value(cost.high, cost.currency),
        "in_a_year": money_value(cost.in_a_year, cost.currency),
        "formula": cost.formula,
        "price_note": cost.price_note,
        "stored_bytes": interval_object(cost.stored),
        "transfer_bytes": cost.transfer_bytes,
    }


def _alternative(one: Alternative) -> AlternativeShape:
    return {
        "choice": one.choice.value,
        "name": one.name,
        "compressed_bytes": interval_object(one.compressed),
        "caveats": list(one.caveats),
    }


def _cells(part: Part) -> tuple[Cell, ...]:
    return (
        part.kind.value,
        part.name,
        part.compressed.estimate_bytes,
        part.compressed.low_bytes,
        part.compressed.high_bytes,
        part.unpacked.estimate_bytes if part.unpacked else None,
        part.explanation,
    )
