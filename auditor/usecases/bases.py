"""What people may read of bases in use: store -> views, with prices; other swaps on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from auditor.analysis.bases.fleet_targets import Target, named_target
from auditor.analysis.bases.versions import ENOUGH
from auditor.catalogue.known_bases import load_catalogue
from auditor.domain.base_fleet import FleetSwap
from auditor.domain.base_plain import use_from_plain, versions_from_plain
from auditor.domain.base_views import BasePlan, BaseRow, BasesPage, BasesQuery, FamilyRow
from auditor.domain.bases import KnownBase
from auditor.domain.digest import ChainId
from auditor.domain.errors import InvalidReferenceError, UnknownReferenceError
from auditor.domain.exactness import Coverage
from auditor.domain.platform import Platform
from auditor.domain.reference import ImageReference
from auditor.domain.units import Price
from auditor.store import base_reads, image_reads
from auditor.store.analysis_reads import load_images
from auditor.store.base_plans import load_users
from auditor.store.base_reads import UseRead
from auditor.store.counted import list_reference_names
from auditor.store.engine import Connection
from auditor.store.finding_reads import count_waiting_images, load_analysed_at
from auditor.store.registry_reads import list_registry_names, registries_holding
from auditor.usecases.analyse import Analysis
from auditor.usecases.base_relatives import known_base
from auditor.usecases.plan_bases import movers, old_base, swap_to

_MOST_FAMILIES = 10
_USUAL_TAG = "latest"
_LIBRARY = "library"
_UNSEEN = Coverage(lists_untagged=False, lists_repositories=False)


@dataclass(frozen=True, slots=True)
class BasesReader:
    """Reads bases of one moment; `platform` is the preferred one, `now` dates what is crawled."""

    connection: Connection
    price_of: Callable[[str], Price]
    platform: Platform
    analysis: Analysis | None
    now: datetime

    def page(self, query: BasesQuery, price_notes: tuple[str, ...]) -> BasesPage:
        """One page, in the order that is asked for."""
        families = base_reads.load_families(self.connection, ENOUGH, _MOST_FAMILIES)
        return BasesPage(
            query=query,
            as_of=load_analysed_at(self.connection),
            rows=self._rows(base_reads.load_uses(self.connection, query)),
            matches=base_reads.count_uses(self.connection, query),
            families=tuple(
                FamilyRow(
                    family,
                    kept.versions,
                    kept.repositories,
                    kept.stored_bytes,
                    kept.excess_bytes,
                    versions_from_plain(kept.body["versions"]),
                )
                for family, kept in families
            ),
            waiting_images=count_waiting_images(self.connection),
            price_notes=price_notes,
        )

    def plan(
        self,
        wanted: str,
        registry: str,
        to: str,
        *,
        is_whole: bool,
        notes: Callable[[str], tuple[str, ...]],
    ) -> BasePlan:
        """The plan for one base: to `to`, else to the base it is best moved to.

        `is_whole`: with every step, else with those that are kept. Raises
        UnknownReferenceError for a base that nobody builds on or that several are called, and
        for another one that nobody knows.
        """
        read = self._one(wanted, registry)
        row = self._rows([read])[0]
        swap = row.swap
        if to:
            swap = self._swap(read, self._target(read, to))
        elif is_whole and swap is not None:
            target = use_from_plain(read.body).target
            swap = self._swap(read, Target(swap.name, target, swap.words))
        row = replace(row, swap=swap, monthly_saving=self._money(read.registry, swap))
        return BasePlan(load_analysed_at(self.connection), row, notes(read.registry))

    def _rows(self, reads: tuple[UseRead, ...] | list[UseRead]) -> tuple[BaseRow, ...]:
        coverage = base_reads.load_coverage(
            self.connection, {read.key.registry_id for read in reads}
        )
        return tuple(self._row(read, coverage.get(read.key.registry_id, _UNSEEN)) for read in reads)

    def _row(self, read: UseRead, coverage: Coverage) -> BaseRow:
        known = use_from_plain(read.body)
        return BaseRow(
            registry=read.registry,
            chain=ChainId.from_bytes(read.key.chain),
            name=read.name,
            names=known.names,
            family=read.family,
            platform=known.platform,
            size_bytes=read.size_bytes,
            repositories=read.repositories,
            images=read.images,
            versions=read.versions,
            swap=known.swap,
            exactness=coverage.of_sharing,
            monthly_saving=self._money(read.registry, known.swap),
            currency=self.price_of(read.registry).currency,
        )

    def _money(self, registry: str, swap: FleetSwap | None) -> Decimal | None:
        if swap is None:
            return None
        cost = self.price_of(registry).monthly_cost(abs(swap.freed_bytes))
        return -cost if swap.freed_bytes < 0 else cost

    def _one(self, wanted: str, registry: str) -> UseRead:
        found = base_reads.find_uses(self.connection, wanted, registry)
        if len(found) == 1:
            return found[0]
        if not found:
            near = ", ".join(base_reads.find_near(self.connection, wanted))
            step = f"did you mean {near}?" if near else "see `auditor bases` for what there is"
            raise UnknownReferenceError(
                f"no repository is built on a base {wanted}", next_step=step
            )
        candidates = tuple(map(_candidate, found))
        raise UnknownReferenceError(
            f"{wanted} names {len(found)} bases in use",
            next_step="say which by its identifier, and --registry where that is the same",
            candidates=candidates,
        )

    def _swap(self, read: UseRead, target: Target) -> FleetSwap:
        choice = self.analysis.choice if self.analysis else None
        users = movers(load_users(self.connection, read.key), choice)
        known = use_from_plain(read.body)
        return swap_to(self.connection, read.key, known, users, target)

    def _target(self, read: UseRead, wanted: str) -> Target:
        known = use_from_plain(read.body)
        platform = known.platform or self.platform
        for base in self._bases_called(wanted, platform):
            if base.layers:
                return named_target(old_base(known), wanted, base)
        raise UnknownReferenceError(
            f"the layers of {wanted} for {platform} are not known",
            next_step="crawl the registry it is in, as a reference where it is not yours",
        )

    def _bases_called(self, wanted: str, platform: Platform) -> Iterator[KnownBase]:
        """Images of this name: in the database, then in use, then of the catalogue."""
        for manifest_id in self._images_called(wanted, platform):
            for image in load_images(self.connection, [manifest_id]):
                yield known_base(image, (wanted,), self.now)
        for read in base_reads.find_uses(self.connection, wanted):
            known = use_from_plain(read.body)
            yield KnownBase(
                known.names, platform, read.size_bytes, self.now.date(), "", layers=known.layers
            )
        shipped = [one for one in load_catalogue().bases if wanted in one.names]
        fitting = [one for one in shipped if one.platform.satisfies(platform)]
        yield from sorted(fitting, key=lambda one: one.as_of, reverse=True)

    def _images_called(self, wanted: str, platform: Platform) -> Iterator[int]:
        registries = (
            *list_registry_names(self.connection),
            *list_reference_names(self.connection),
        )
        try:
            reference = ImageReference.parse(wanted, registries)
        except InvalidReferenceError:
            return
        for name in (reference.repository, f"{_LIBRARY}/{reference.repository}"):
            holding = registries_holding(self.connection, name)
            for registry in (reference.registry,) if reference.registry else holding:
                found = self._stored(replace(reference, registry=registry, repository=name))
                below = image_reads.images_below(self.connection, found) if found else ()
                yield from (one for one, of in below if of.satisfies(platform))

    def _stored(self, reference: ImageReference) -> int | None:
        where = reference.registry, reference.repository
        if reference.digest is not None:
            found = image_reads.find_by_digest(self.connection, *where, reference.digest)
        else:
            tag = reference.tag or _USUAL_TAG
            found = image_reads.find_by_tag(self.connection, *where, tag)
        return found.manifest_id if found else None


def _candidate(read: UseRead) -> str:
    chain = ChainId.from_bytes(read.key.chain).short
    return (
        f"{chain} ({read.name or 'no name'} in {read.registry}, {read.repositories} repositories)"
    )
