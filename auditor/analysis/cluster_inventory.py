"""What runs where: a list of workloads that a cluster's operator writes or exports."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.domain.errors import UsageError

_COLUMNS = ("image", "environment", "autoscaled")
_YES = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Workload:
    """Where an image runs; `environment` empty where the list does not say."""

    environment: str = ""
    is_autoscaled: bool = False


def parse_inventory(lines: Iterable[str], file: str = "inventory") -> dict[str, Workload]:
    """Workloads by `registry/repository`, from CSV with a header.

    Columns: `image` (a reference; tag and digest count for nothing), `environment`,
    `autoscaled` (yes or no); others are ignored. Of several lines for one image a
    productive environment counts before others, and one autoscaled workload is enough.
    Raises UsageError without the column `image`.
    """
    rows = csv.DictReader(lines)
    if "image" not in (rows.fieldnames or ()):
        raise UsageError(
            f"{file} has no column named image",
            next_step=f"its first line names the columns: {','.join(_COLUMNS)}",
        )
    found: dict[str, Workload] = {}
    for row in rows:
        name = _name(row.get("image") or "")
        if not name:
            continue
        environment = (row.get("environment") or "").strip()
        is_autoscaled = (row.get("autoscaled") or "").strip().lower() in _YES
        known = found.get(name)
        if known is not None:
            is_productive = known.environment.lower().startswith("prod")
            environment = known.environment if is_productive else environment
            is_autoscaled = is_autoscaled or known.is_autoscaled
        found[name] = Workload(environment, is_autoscaled)
    return found


def _name(image: str) -> str:
    head, _, tail = image.strip().partition("@")[0].rpartition("/")
    return f"{head}/{tail.partition(':')[0]}" if head else tail.partition(":")[0]
