"""Plans for bases whose users, holders or alternatives changed: store -> analysis -> store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.analysis.bases.fleet import (
    FLEET_SWAP,
    BaseUser,
    Blob,
    Sharing,
    added_bytes,
    kept_bytes,
    plan_fleet_swap,
    total_size,
)
from auditor.analysis.bases.fleet_targets import OldBase, Target, propose_targets
from auditor.analysis.bases.hints import distribution_of
from auditor.analysis.bases.names import variant_of
from auditor.analysis.bases.versions import TOO_MANY_BASE_VERSIONS, BaseUse, versions_of
from auditor.domain.base_fleet import FleetSwap
from auditor.domain.base_plain import KnownUse, use_from_plain, use_to_plain, versions_to_plain
from auditor.domain.bases import BaseLayer, KnownBase
from auditor.domain.digest import Digest
from auditor.store.analysis_reads import load_images
from auditor.store.base_plans import (
    BaseKey,
    KeptFamily,
    KeptUse,
    UserRead,
    load_holders,
    load_users,
    load_uses_of_family,
    save_family,
    save_use,
    take_dirty_bases,
    take_dirty_family,
)
from auditor.store.engine import Connection, Database
from auditor.usecases.judge_images import ImageJudge
from auditor.usecases.rule_choice import RuleChoice

MOST_STEPS = 200
"""Steps of a plan that are kept for pages; its totals are of all."""
_BASES_AT_ONCE = 10
_MOST_NAMES = 1_000
_MOST_VERSIONS = 50
_ANY_TAG = "any"


def family_of(registry: str, repository: str) -> str:
    """The family of bases that images of a repository are of, as `base_use` has it."""
    variant = variant_of([f"{registry}/{repository}:{_ANY_TAG}"])
    return variant.family if variant else ""


def plan_bases(
    database: Database, judge: ImageJudge, is_stopped: Callable[[], bool] = lambda: False
) -> None:
    """Plan every base that is due, then count the versions of their families.

    Some at a time, each time in a short transaction; once `is_stopped` says so, the rest
    stays due.
    """
    while not is_stopped():
        with database.writing() as connection:
            keys = take_dirty_bases(connection, _BASES_AT_ONCE)
            for key in keys:
                save_use(connection, key, _plan(connection, judge.on(connection), key))
        if not keys:
            break
    while not is_stopped():
        with database.writing() as connection:
            family = take_dirty_family(connection)
            if family is None:
                break
            save_family(connection, family, _count_versions(connection, family, judge.choice))


def _plan(connection: Connection, judge: ImageJudge, key: BaseKey) -> KeptUse | None:
    users = load_users(connection, key)
    if not users:
        return None
    known, current = _known(connection, judge, users)
    layers = {one.digest for one in known.layers}
    if judge.choice.has(FLEET_SWAP.identifier):
        targets = tuple(propose_targets(replace(old_base(known), current=current), judge.variants))
        layers |= {layer.digest for target in targets for layer in target.layers}
        moving = movers(users, judge.choice)
        plans = [(swap_to(connection, key, known, moving, one), one.layers) for one in targets]
        if plans and moving:
            best, new = max(plans, key=lambda plan: plan[0].freed_bytes)
            known = replace(known, swap=replace(best, steps=best.steps[:MOST_STEPS]), target=new)
    variant = variant_of(known.names, known.distribution)
    return KeptUse(
        name=variant.name if variant else "",
        family=variant.family if variant else "",
        names=known.names,
        size_bytes=total_size(known.layers),
        repositories=len(users),
        images=sum(user.images for user in users),
        freed_bytes=known.swap.freed_bytes if known.swap else 0,
        layers=frozenset(layers),
        body=use_to_plain(known),
    )


def _known(
    connection: Connection, judge: ImageJudge, users: Sequence[UserRead]
) -> tuple[KnownUse, dict[str, KnownBase]]:
    """The base as the image of the first user by name has it; and what its names mean today."""
    first = min(users, key=lambda user: user.repository.encode())
    images = load_images(connection, [first.manifest_id])
    judge.bases.prepare(images)
    bases, steps = judge.bases.trace(images[0])
    is_it = bases.base is not None and bases.base.layer_count == first.layer_count
    below = images[0].layers[: first.layer_count]
    known = KnownUse(
        names=bases.base.names[:_MOST_NAMES] if bases.base and is_it else (),
        platform=images[0].platform,
        layers=tuple(BaseLayer(one.digest, one.size_bytes) for one in below),
        distribution=distribution_of(steps),
        builds=any(user.builds for user in users),
    )
    return known, judge.current_of(bases.base_id if is_it else None, known.platform)


def old_base(known: KnownUse) -> OldBase:
    """The base as `fleet_targets` asks for it."""
    return OldBase(known.names, known.layers, known.platform, known.distribution, known.builds)


def movers(users: Sequence[UserRead], choice: RuleChoice | None) -> tuple[UserRead, ...]:
    """Those repositories that the settings let `fleet-swap` look at; None for all."""
    if choice is None:
        return tuple(users)
    return tuple(user for user in users if choice.looks_at(FLEET_SWAP.identifier, user.repository))


def swap_to(
    connection: Connection,
    key: BaseKey,
    known: KnownUse,
    users: Sequence[UserRead],
    target: Target,
) -> FleetSwap:
    """What moving these users of a base to another one frees; with every step."""
    old = [layer.digest for layer in known.layers]
    new = {layer.digest for layer in target.layers}
    read = load_holders(connection, key.registry_id, {*old, *new})
    sizes = {layer.digest: layer.size_bytes for layer in (*target.layers, *known.layers)}
    sharing = Sharing(read.holders, {**sizes, **read.sizes})
    layers = [BaseLayer(one.digest, sharing.sizes[one.digest]) for one in target.layers]
    moving = [
        BaseUser(
            user.scope,
            user.repository,
            frozenset(old[position] for position in user.releases) - new,
        )
        for user in users
    ]
    plan = plan_fleet_swap(moving, layers, sharing)
    return FleetSwap(
        name=target.name,
        size_bytes=total_size(layers),
        words=target.words,
        moves=len(plan.steps),
        freed_bytes=plan.freed_bytes,
        added_bytes=added_bytes(moving, layers, sharing),
        kept_bytes=kept_bytes(moving, known.layers, layers, sharing),
        break_even=plan.break_even,
        steps=plan.steps,
    )


def _count_versions(connection: Connection, family: str, choice: RuleChoice) -> KeptFamily | None:
    uses = load_uses_of_family(connection, family) if family else ()
    if not uses or not choice.has(TOO_MANY_BASE_VERSIONS.identifier):
        return None
    users = _uses(connection, uses, choice)
    if not users:
        return None
    found = versions_of(family, users)
    return KeptFamily(
        versions=len(found.versions),
        repositories=found.repositories,
        stored_bytes=found.stored_bytes,
        excess_bytes=found.excess_bytes,
        body={"versions": versions_to_plain(found.versions[:_MOST_VERSIONS])},
    )


def _uses(
    connection: Connection,
    uses: Sequence[tuple[BaseKey, Mapping[str, Any]]],
    choice: RuleChoice,
) -> list[BaseUse]:
    """Per base and storage scope: who builds on it, and which layers stay whoever moves."""
    found: list[BaseUse] = []
    holders: dict[Blob, int] = {}
    releasing: dict[Blob, set[str]] = defaultdict(set)
    for key, body in uses:
        known = use_from_plain(body)
        digests = [layer.digest for layer in known.layers]
        read = load_holders(connection, key.registry_id, digests)
        holders |= {(_place(key, scope), one): n for (scope, one), n in read.holders.items()}
        repositories: dict[str, set[str]] = defaultdict(set)
        for user in load_users(connection, key):
            place = _place(key, user.scope)
            if choice.looks_at(TOO_MANY_BASE_VERSIONS.identifier, user.repository):
                repositories[place].add(user.repository)
                for position in user.releases:
                    releasing[place, digests[position]].add(user.repository)
        found += [
            BaseUse(place, known.names, known.layers, frozenset(names))
            for place, names in repositories.items()
        ]
    return [replace(use, keeps=_keeps(use, holders, releasing)) for use in found]


def _place(key: BaseKey, scope: str) -> str:
    return f"{key.registry_id} {scope}"


def _keeps(
    use: BaseUse, holders: Mapping[Blob, int], releasing: Mapping[Blob, Collection[str]]
) -> frozenset[Digest]:
    blobs = ((use.scope, layer.digest) for layer in use.layers)
    return frozenset(
        blob[1] for blob in blobs if holders.get(blob, 0) > len(releasing.get(blob, ()))
    )
