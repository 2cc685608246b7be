"""What moving many repositories from one base to another frees, exactly.

Arithmetic on layer digests and sizes, no model: a stored blob is a digest in a storage scope,
and it goes when the last repository that holds it lets go.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from auditor.domain.base_fleet import FleetPlan, FleetStep
from auditor.domain.bases import BaseLayer
from auditor.domain.digest import Digest
from auditor.domain.findings import RuleInfo

FLEET_SWAP = RuleInfo(
    identifier="fleet-swap",
    title="Many repositories on a bigger base",
    sees="which repositories hold each layer of the base, in each storage scope",
    misses="images that nobody deletes after the move; how own layers change on the other base",
)

Blob = tuple[str, Digest]
"""A digest in a storage scope, where a registry stores it once."""

_MOST_WEIGHED = 200
"""Groups of repositories weighed anew after each move; with more, they are weighed once."""


@dataclass(frozen=True, slots=True)
class BaseUser:
    """One repository with images on the old base.

    `releases`: layers of the old base that the repository holds through those images only,
    and that the new base has not: what it lets go when all of them have moved.
    """

    scope: str
    repository: str
    releases: frozenset[Digest]


@dataclass(frozen=True, slots=True)
class Sharing:
    """What storage scopes say of the layers in question.

    `holders`: how many repositories of the scope hold each, whatever for; absent means none.
    `sizes`: bytes of each digest.
    """

    holders: Mapping[Blob, int]
    sizes: Mapping[Digest, int]


def plan_fleet_swap(
    users: Collection[BaseUser], new_layers: Iterable[BaseLayer], sharing: Sharing
) -> FleetPlan:
    """Who moves first, and what is freed after each move.

    Repositories that let go of the same layers move one after the other, as only the last one
    frees them. Of such groups that one comes first which frees most per repository, given who
    has moved; ties by name. The new base's layers are paid for by the first mover of a scope,
    as far as the scope does not hold them yet. Raises KeyError for a layer without a size.
    Linear in users and layers, but for the choice among at most 200 groups.
    """
    new = {layer.digest: layer.size_bytes for layer in new_layers}
    left = {
        (user.scope, digest): sharing.holders.get((user.scope, digest), 0)
        for user in users
        for digest in user.releases
    }
    order = list(_order(users, dict(left), sharing.sizes))
    paid: set[str] = set()
    freed: list[int] = []
    for user in order:
        change = 0
        if user.scope not in paid:
            paid.add(user.scope)
            held = (sharing.holders.get((user.scope, digest), 0) for digest in new)
            change -= sum(size for size, count in zip(new.values(), held, strict=True) if not count)
        freed.append(change + _let_go(user, left, sharing.sizes))
    totals = list(accumulate(freed))
    return FleetPlan(
        steps=tuple(
            FleetStep(user.scope, user.repository, one, total)
            for user, one, total in zip(order, freed, totals, strict=True)
        ),
        break_even=next((at for at, total in enumerate(totals, 1) if total > 0), None),
        kept_bytes=sum(sharing.sizes[digest] for (_, digest), count in left.items() if count > 0),
    )


def _let_go(user: BaseUser, left: dict[Blob, int], sizes: Mapping[Digest, int]) -> int:
    """Bytes that nobody holds once the user has let go; `left` is counted down."""
    freed = 0
    for digest in user.releases:
        left[user.scope, digest] -= 1
        if left[user.scope, digest] == 0:
            freed += sizes[digest]
    return freed


Group = tuple[str, frozenset[Digest]]


def _order(
    users: Iterable[BaseUser], left: dict[Blob, int], sizes: Mapping[Digest, int]
) -> Iterator[BaseUser]:
    groups: dict[Group, list[BaseUser]] = defaultdict(list)
    for user in users:
        groups[user.scope, user.releases].append(user)
    for members in groups.values():
        members.sort(key=lambda user: user.repository)

    def weight(group: Group) -> tuple[float, str, str]:
        scope, releases = group
        members = groups[group]
        freed = sum(sizes[digest] for digest in releases if left[scope, digest] == len(members))
        return -freed / len(members), scope, members[0].repository

    waiting = sorted(groups, key=weight)
    weighs_again = len(waiting) <= _MOST_WEIGHED
    while waiting:
        chosen = min(waiting, key=weight) if weighs_again else waiting[0]
        waiting.remove(chosen)
        for user in groups[chosen]:
            _let_go(user, left, sizes)
            yield user


def added_bytes(
    users: Iterable[BaseUser], new_layers: Iterable[BaseLayer], sharing: Sharing
) -> int:
    """What comes in with the new base: its layers, in each scope that does not hold them yet."""
    new = {layer.digest: layer.size_bytes for layer in new_layers}
    return sum(
        size
        for scope in {user.scope for user in users}
        for digest, size in new.items()
        if not sharing.holders.get((scope, digest), 0)
    )


def kept_bytes(
    users: Collection[BaseUser],
    old_layers: Iterable[BaseLayer],
    new_layers: Iterable[BaseLayer],
    sharing: Sharing,
) -> int:
    """Layers of the old base alone that stay stored when all have moved: others hold them.

    Others are repositories that do not move, and images on other bases of those that do.
    """
    released = Counter((user.scope, digest) for user in users for digest in user.releases)
    new = {layer.digest for layer in new_layers}
    return sum(
        size
        for scope in {user.scope for user in users}
        for digest, size in {one.digest: one.size_bytes for one in old_layers}.items()
        if digest not in new and sharing.holders.get((scope, digest), 0) > released[scope, digest]
    )


def total_size(layers: Sequence[BaseLayer]) -> int:
    """Bytes of layers, each digest once."""
    return sum({layer.digest: layer.size_bytes for layer in layers}.values())
