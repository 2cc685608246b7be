"""How much a crawl does at once, how far it goes, and how much it holds in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

MIB = 2**20
LANES = 8
"""Readings of one repository side by side, however few repositories there are."""


@dataclass(frozen=True, slots=True)
class WalkLimits:
    """How much at once, what to ask for, and where to stop.

    `concurrency`: repositories walked side by side. `ask_referrers`: whether signatures
    and the like attached to images are looked for, `referrer_depth` levels deep (what is
    attached to an image is the first). `depth`: levels of indexes below a root. `nodes`:
    manifests of one repository that are followed, a third of it in a repository of at most
    `few_tags`, of which many are walked at once; of larger ones, `large_at_once`.
    `part_manifests`, `part_bytes`: new manifests, in number and in bytes of their bodies,
    after which a repository is saved in part; `unsaved_bytes`: the same for all walks
    together. `config_bytes`: bodies of configs that wait to be saved, of one repository.
    `tags`: globs of the tags that are read, all where empty.
    `problems`, `all_problems`: how many of a repository, and of a crawl, are named.
    """

    concurrency: int = 16
    ask_referrers: bool = True
    referrer_depth: int = 4
    depth: int = 8
    children: int = 10_000
    nodes: int = 150_000
    few_tags: int = 2000
    large_at_once: int = 2
    part_manifests: int = 500
    part_bytes: int = MIB
    unsaved_bytes: int = 4 * MIB
    config_bytes: int = MIB
    problems: int = 1000
    all_problems: int = 20_000
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class Room:
    """What the walks of one crawl share, so that together they hold little in memory.

    A place in `readings` is held from before something is read until it is saved or
    counted, one in `configs` while a config is read: so the number of bodies in memory is
    bounded, not only that of requests under way. Who holds one asks for no second. A place
    in `large` is for a walk with many tags.
    """

    limits: WalkLimits
    readings: asyncio.Semaphore = field(init=False)
    configs: asyncio.Semaphore = field(init=False)
    large: asyncio.Semaphore = field(init=False)
    unsaved_bytes: int = 0

    def __post_init__(self) -> None:
        self.readings = asyncio.Semaphore(max(self.limits.concurrency, LANES))
        self.configs = asyncio.Semaphore(max(self.limits.concurrency, LANES))
        self.large = asyncio.Semaphore(self.limits.large_at_once)
