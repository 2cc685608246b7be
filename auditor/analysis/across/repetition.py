"""What layers that are built anew without need cost: stored copies, pushes, pulls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.analysis.across.found import FreedBlob
from auditor.analysis.across.images import PushedImage, PushedLayer
from auditor.analysis.across.releases import Release, releases_per_month
from auditor.domain.digest import Digest

# Recent releases tell how it is built today; older ones how it once was.
RECENT_RELEASES = 20
# Less often may be chance: a cache that was cleared.
LEAST_RELEASES = 2
LEAST_SHARE = 0.25
# What is not worth a change of the Dockerfile.
LEAST_MEAN_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Repetition:
    """What one reason made be built anew in a line of releases.

    `newest`: the line's newest image. `releases`: how many recent ones were looked at;
    `rebuilt`: those of them with excess, oldest first.
    `mean_bytes`: excess per release over all recent releases, those without it too.
    `per_month`: releases of the line a month.
    """

    newest: PushedImage
    releases: int
    rebuilt: tuple[Release, ...]
    mean_bytes: int
    per_month: float
    freed: tuple[FreedBlob, ...]

    def transfer_bytes_per_month(self, pulling_nodes: int) -> int:
        """Mean excess times releases a month, pushed once and pulled by each node.

        Source: OPTIMISATION section 6.
        """
        return round(self.mean_bytes * self.per_month * (1 + pulling_nodes))

    @property
    def biggest(self) -> PushedLayer:
        """The biggest layer that the newest such release built anew."""
        return max((it.layer for it in self.rebuilt[-1].rebuilt), key=lambda it: it.size_bytes)


def repetition(
    line: Sequence[PushedImage],
    recent: Sequence[Release],
    chosen: Sequence[Release],
    now: datetime,
    scope: str = "",
) -> Repetition | None:
    """What the `chosen` of a line's `recent` releases add up to; None for too few or too small ones."""
    rebuilt = tuple(release for release in chosen if release.rebuilt)
    if len(rebuilt) < max(LEAST_RELEASES, LEAST_SHARE * len(recent)):
        return None
    mean_bytes = sum(release.excess_bytes for release in rebuilt) // len(recent)
    if mean_bytes < LEAST_MEAN_BYTES:
        return None
    return Repetition(
        newest=recent[-1].after,
        releases=len(recent),
        rebuilt=rebuilt,
        mean_bytes=mean_bytes,
        per_month=releases_per_month((image.moment for image in line), now),
        freed=_freed(line, rebuilt, scope),
    )


def _freed(
    line: Iterable[PushedImage], rebuilt: Iterable[Release], scope: str
) -> tuple[FreedBlob, ...]:
    """Copies the registry would not hold: of each run of copies it keeps the newest one.

    Only copies in images it holds now, and that no other repository holds.
    """
    held = {layer.digest for image in line if image.is_retained for layer in image.layers}
    copies: dict[Digest, list[PushedLayer]] = {}
    run_of: dict[Digest, Digest] = {}
    for release in rebuilt:
        for it in release.rebuilt:
            run = run_of.setdefault(it.before.digest, it.before.digest)
            if it.layer.digest in run_of:
                continue
            run_of[it.layer.digest] = run
            copies.setdefault(run, [it.before]).append(it.layer)
    return tuple(
        FreedBlob(layer.digest, layer.size_bytes, scope)
        for run in copies.values()
        for layer in [one for one in run if one.digest in held][:-1]
        if not layer.is_held_elsewhere
    )
