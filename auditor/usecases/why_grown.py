"""Which repositories grew in a week, and by which tag and build step: store -> Growers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from auditor.domain.change import ChangePart, Contributor
from auditor.domain.errors import UsageError
from auditor.domain.finding_plain import from_plain
from auditor.domain.finding_views import FindingsQuery
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.views import LayerView
from auditor.domain.weekly_digest import MOST_ROWS, Grower
from auditor.store import finding_reads, week_reads
from auditor.store.engine import Connection
from auditor.usecases.explain_change import explain_repository
from auditor.usecases.explain_image import explain_image

LEAST_GROWTH_BYTES = 1_000_000
_GROWING_STEP = "growth-by-one-step"


@dataclass(frozen=True, slots=True)
class WhyGrown:
    """Explains the growth between two moments; what cannot be explained is left empty."""

    connection: Connection
    start: datetime
    end: datetime
    platform: Platform

    def growers(
        self, is_wanted: Callable[[str, str], bool], unusual: Collection[tuple[str, str]]
    ) -> tuple[Grower, ...]:
        """The wanted repositories that grew most, at most five, with their reasons."""
        grown = week_reads.iterate_growers(
            self.connection, self.start, self.end, LEAST_GROWTH_BYTES
        )
        wanted = (one for one in grown if is_wanted(one.registry, one.repository))
        # Read to the end first: SQLite gives one cursor's rows while others are asked.
        return tuple(
            self._explained(
                Grower(
                    one.registry,
                    one.repository,
                    one.before_bytes,
                    one.after_bytes - one.before_bytes,
                    is_unusual=(one.registry, one.repository) in unusual,
                )
            )
            for one in list(islice(wanted, MOST_ROWS))
        )

    def _explained(self, grower: Grower) -> Grower:
        part = self._biggest_part(grower)
        if part is None:
            return grower
        told = replace(grower, cause=part.kind, remark=self._remark(grower))
        brought = next((one for one in part.contributors if one.net_bytes > 0), None)
        return self._by_step(told, brought) if brought else told

    def _biggest_part(self, grower: Grower) -> ChangePart | None:
        try:
            change = explain_repository(
                self.connection, grower.registry, grower.repository, self.start, self.end
            )
        except UsageError:
            return None
        brought = [part for part in change.parts if part.net_bytes > 0]
        return max(brought, key=lambda part: part.net_bytes, default=None)

    def _by_step(self, grower: Grower, brought: Contributor) -> Grower:
        told = replace(grower, tag=brought.tag or "", digest=brought.digest)
        layer = self._biggest_new_layer(grower, brought)
        if layer is None:
            return told
        return replace(told, step=layer.step or "", step_bytes=layer.size_bytes)

    def _biggest_new_layer(self, grower: Grower, brought: Contributor) -> LayerView | None:
        """Of the image that brought most: the biggest layer that was not there before."""
        if brought.digest is None:
            return None
        where = (grower.registry, grower.repository)
        reference = ImageReference(grower.repository, grower.registry, digest=brought.digest)
        try:
            view = explain_image(self.connection, reference, None, self.platform)
        except UsageError:
            return None
        layers = view.layers if view else ()
        digests = [layer.digest for layer in layers]
        held = week_reads.load_held_before(self.connection, *where, digests, self.start)
        new = [layer for layer in layers if layer.digest not in held]
        return max(new, key=lambda layer: layer.size_bytes, default=None)

    def _remark(self, grower: Grower) -> str:
        """What the analysis says of a step of this repository that grows with every build."""
        query = FindingsQuery(
            registry=grower.registry, repository=grower.repository, rule=_GROWING_STEP, limit=1
        )
        places = finding_reads.load_page(self.connection, query)
        found = finding_reads.load_findings(self.connection, places)
        return from_plain(found[0].body["finding"]).what if found else ""
