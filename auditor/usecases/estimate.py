"""What an image will weigh: recipe -> closures over package indexes -> model -> answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.analysis.bases.variants import Change
from auditor.analysis.pull_time import PullModel
from auditor.catalogue.known_bases import load_catalogue
from auditor.domain.errors import UsageError
from auditor.domain.estimates import (
    Alternative,
    Choice,
    Estimate,
    EstimateRequest,
    Part,
    total,
    unpacked_total,
)
from auditor.domain.packages import Closure
from auditor.estimate.base_contents import BaseContents, leaves
from auditor.estimate.base_parts import base_part
from auditor.estimate.model import LayerOptions, cache_part, layer_part, left_part
from auditor.settings import Settings
from auditor.store.engine import Database
from auditor.usecases.analyse import pull_model
from auditor.usecases.estimate_alternatives import Rebuilt, rebuilds
from auditor.usecases.estimate_base import BaseFinder, EstimateBase, of_distribution
from auditor.usecases.estimate_costs import (
    Place,
    marginal_bytes,
    monthly_cost,
    place_of,
    pull_times,
    with_held_layers,
)
from auditor.usecases.estimate_dockerfile import Plan, plan_of, stages_of
from auditor.usecases.estimate_recipe import Packages, Recipe
from auditor.usecases.estimate_sources import Closed, PackageSources
from auditor.usecases.package_indexes import open_package_indexes
from auditor.usecases.prepare_database import prepare_database
from auditor.usecases.prices import Prices

_NEWEST_BASES = 80
_NAMED_UNKNOWN = 5


@dataclass(frozen=True, slots=True)
class Weighed:
    """A recipe with sizes; `unknown` names what has none."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calculator:
    """Estimates from what the database, the catalogue and the package indexes know."""

    database: Database
    prices: Prices
    sources: Callable[[datetime], PackageSources]
    pull: PullModel = field(default_factory=PullModel)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def known_bases(self) -> tuple[str, ...]:
        """Names of common bases of which newest facts are known, for who fills in a form."""
        bases = sorted(load_catalogue().bases, key=lambda base: base.as_of, reverse=True)
        names = dict.fromkeys(name for base in bases[:_NEWEST_BASES] for name in base.names)
        return tuple(sorted(names))

    def estimate(self, request: EstimateRequest) -> Estimate:
        """What the image of this request will weigh, and what it would otherwise.

        Raises UsageError for a request that cannot be meant (UnknownReferenceError for a base
        or registry nobody knows), IndexFailureError where an index has to be asked and cannot.
        """
        plan = plan_of(request)
        recipe = plan.recipe
        if not recipe.base:
            raise UsageError(
                "there is no base image",
                next_step="name one, such as python:3.12-slim, or `scratch` for none",
            )
        base, place, others = self._places(request, recipe)
        with self.sources(self.clock()) as sources:
            weighed = weigh(recipe, base, sources, request)
            ways: list[Alternative | str] = []
            if request.has_alternatives:
                ways += self._others(request, plan, base, others, sources)
            notes = (*weighed.notes, *sources.notes, *(one for one in ways if isinstance(one, str)))
        found = tuple(one for one in ways if isinstance(one, Alternative))
        return self._answer(request, recipe, base, place, weighed, found, notes)

    def _answer(
        self,
        request: EstimateRequest,
        recipe: Recipe,
        base: EstimateBase | None,
        place: Place,
        weighed: Weighed,
        alternatives: tuple[Alternative, ...],
        notes: Sequence[str],
    ) -> Estimate:
        used, parts, usage = base.used if base else None, weighed.parts, request.usage
        return Estimate(
            platform=request.platform,
            base=used,
            parts=parts,
            compressed=total(parts),
            unpacked=None if weighed.unknown else unpacked_total(parts),
            marginal=marginal_bytes(parts, used),
            registry=place.registry,
            times=pull_times(parts, used, usage, request.options.compression, self.pull),
            cost=monthly_cost(parts, used, usage, place, self.prices),
            alternatives=alternatives,
            left_out=recipe.left_out,
            notes=tuple(dict.fromkeys(notes)),
            is_lower_bound=bool(weighed.unknown),
        )

    def _places(
        self, request: EstimateRequest, recipe: Recipe
    ) -> tuple[EstimateBase | None, Place, tuple[tuple[EstimateBase, Change], ...]]:
        """The base with what is held of it, where the image will lie, and slimmer bases."""
        with self.database.reading() as connection:
            finder = BaseFinder(connection, request.platform, self.clock())
            base = finder.find(recipe.base)
            place = place_of(connection, request.registry, base.registry if base else "")
            if base is None:
                return None, place, ()
            base = replace(base, used=with_held_layers(connection, base.used, place))
            others = finder.slimmer(base) if request.has_alternatives else ()
            return of_distribution(base, request.distribution, request.python), place, others

    def _others(
        self,
        request: EstimateRequest,
        plan: Plan,
        base: EstimateBase | None,
        slimmer: Sequence[tuple[EstimateBase, Change]],
        sources: PackageSources,
    ) -> Iterator[Alternative | str]:
        """Each weighed as the image was, or a sentence on why there is no figure for it."""
        for way in rebuilds(plan.recipe, base, slimmer, request.options):
            yield _alternative(way, way.base, sources, request)
        with self.database.reading() as connection:
            finder = BaseFinder(connection, request.platform, self.clock())
            stages = [(one, finder.find(one.recipe.base)) for one in stages_of(plan, request)]
        for stage, found in stages:
            way = Rebuilt(Choice.STAGE, stage.name, stage.recipe, found, stage.caveats)
            yield _alternative(way, found, sources, request)


def open_calculator(settings: Settings) -> Calculator:
    """The calculator over the configured database, made ready first. Raises StoreError."""
    return Calculator(
        prepare_database(settings.database_url),
        Prices.from_settings(settings),
        lambda now: PackageSources(open_package_indexes(settings, now=now)),
        pull_model(settings.analysis.to_settings()),
    )


def weigh(
    recipe: Recipe, base: EstimateBase | None, sources: PackageSources, request: EstimateRequest
) -> Weighed:
    """Every ingredient as a part, the base first. Raises as `Calculator.estimate`."""
    closed = sources.close(recipe.packages, base, request.platform)
    parts = [base_part(base.used)] if base else []
    parts += [_packages(one, base) for one in closed if one.closure.packages]
    for kind in recipe.caches:
        some = [one for one in closed if one.closure.ecosystem is kind]
        if some:
            parts.append(_cache(some, base))
    parts += _left_behind(recipe, base, closed, request)
    notes = (*recipe.notes, *(note for one in closed for note in one.closure.notes))
    return Weighed(
        (*parts, *recipe.known),
        (*dict.fromkeys(notes), *_on_unknown(recipe.unknown)),
        recipe.unknown,
    )


def _alternative(
    way: Rebuilt, base: EstimateBase | None, sources: PackageSources, request: EstimateRequest
) -> Alternative | str:
    """No figure is better than a wrong one, such as for Debian's packages on Alpine."""
    try:
        weighed = weigh(way.recipe, base, sources, request)
    except UsageError as error:
        return f"Not weighed {way.name}: {error.message}."
    name = base.used.name if base and way.choice is Choice.BASE else ""
    return Alternative(way.choice, way.name, total(weighed.parts), way.caveats, base=name)


def _packages(closed: Closed, base: EstimateBase | None) -> Part:
    """The layer, named by who asked for it."""
    part = layer_part(closed.closure, _layer_options(closed.asked, base))
    return replace(part, name=closed.asked.name or part.name)


def _cache(closed: Sequence[Closed], base: EstimateBase | None) -> Part:
    whole = Closure(
        closed[0].closure.ecosystem,
        tuple(package for one in closed for package in one.closure.packages),
    )
    return cache_part(whole, _layer_options(closed[0].asked, base))


def _left_behind(
    recipe: Recipe, base: EstimateBase | None, closed: Sequence[Closed], request: EstimateRequest
) -> Iterator[Part]:
    """What package managers leave of their own, where the base does not have it already."""
    contents = base.contents if base else BaseContents()
    compression = next((one.asked.options.compression for one in closed), None)
    for what in recipe.left_behind:
        if leaves(what, contents):
            yield left_part(what, compression or request.options.compression)


def _layer_options(asked: Packages, base: EstimateBase | None) -> LayerOptions:
    return LayerOptions(
        compression=asked.options.compression,
        is_byte_compiled=asked.options.is_compiled,
        is_slim_base=bool(base and base.variant and base.variant.is_slim),
    )


def _on_unknown(names: Sequence[str]) -> Iterator[str]:
    if names:
        listed = ", ".join(names[:_NAMED_UNKNOWN])
        more = len(names) - _NAMED_UNKNOWN
        listed += f" and {more} more" if more > 0 else ""
        yield f"Of unknown size and not counted: {listed}. State it with --size PATH=SIZE."
