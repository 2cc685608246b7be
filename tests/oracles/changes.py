"""The parts of a change, recomputed from their definition with whole states and for clarity.

No SQL, and nothing shared with the program but the types of its vocabulary. Sizes are
those of `Known`; what was counted by other sizes then is for the caller to compare.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest
from tests.oracles.sizes import is_image, stored_digests

Bytes = tuple[int, int]
PRIORITY = ("new_images", "base_moves", "new_tags", "untagged", "removals")


@dataclass(frozen=True, slots=True)
class State:
    """Tags and counted manifests of every repository at one moment."""

    tags: Mapping[str, Mapping[str, Digest]]
    reached: Mapping[str, frozenset[Digest]]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known by now: contents, sizes, and every manifest that was ever seen."""

    manifests: Mapping[Digest, Manifest]
    configs: Mapping[Digest, ImageConfig]
    size_of: Mapping[Digest, int]
    seen: Collection[Digest]

    def layers(self, digest: Digest) -> tuple[Digest, ...]:
        return tuple(layer.digest for layer in self.manifests[digest].layers)

    def is_image(self, digest: Digest) -> bool:
        return is_image(self.manifests[digest], self.configs)

    def base(self, image: Digest) -> tuple[Digest, ...]:
        """Layers of the longest known image that this one begins with and goes beyond."""
        own = self.layers(image)
        others = [self.layers(other) for other in self.seen if self.is_image(other)]
        fitting = [one for one in others if len(one) < len(own) and own[: len(one)] == one]
        return max(fitting, key=len, default=())

    def platform(self, image: Digest) -> tuple[str, str, str]:
        config = self.manifests[image].config
        about = self.configs[config.digest].platform if config else None
        return (about.os, about.architecture, about.variant) if about else ("", "", "")

    def images_below(self, digest: Digest) -> list[Digest]:
        own = [digest] if self.is_image(digest) else []
        children = [child.digest for child in self.manifests[digest].children]
        return own + [image for child in children for image in self.images_below(child)]


def explain_stored(
    before: State, after: State, units: Iterable[Collection[str]], known: Known
) -> dict[str, Bytes]:
    """Bytes added and removed by part; each unit keeps a blob once."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for unit in units:
        old, new = (holders(state, unit, known) for state in (before, after))
        for blob in new.keys() - old.keys():
            reason = why(blob, new[blob], (before, after), known, came=True)
            added[reason] += known.size_of[blob]
        for blob in old.keys() - new.keys():
            reason = why(blob, old[blob], (after, before), known, came=False)
            removed[reason] += known.size_of[blob]
    return {part: (added[part], removed[part]) for part in added | removed}


def explain_shared(
    before: State,
    after: State,
    units: Iterable[Collection[str]],
    known: Known,
    group: Collection[str],
) -> dict[str, Bytes]:
    """The same for a group of repositories that is charged its fair share of each unit."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for unit in units:
        mine = [name for name in unit if name in group]
        all_old, all_new = (holders(state, unit, known) for state in (before, after))
        old, new = (holders(state, mine, known) for state in (before, after))
        for blob in old.keys() | new.keys():
            size = known.size_of[blob]
            was = share(size, {name for name, _ in all_old.get(blob, ())}, group)
            now = share(size, {name for name, _ in all_new.get(blob, ())}, group)
            if blob not in old:
                added[why(blob, new[blob], (before, after), known, came=True)] += now
            elif blob not in new:
                removed[why(blob, old[blob], (after, before), known, came=False)] += was
            else:
                added["shared_with_others"] += max(0, now - was)
                removed["shared_with_others"] += max(0, was - now)
    return {part: (added[part], removed[part]) for part in added | removed}


def share(size: int, sharers: Collection[str], group: Collection[str]) -> int:
    """Byte by byte to the sharers in turn."""
    ordered = sorted(sharers, key=lambda name: name.encode())
    rounds, rest = divmod(size, len(ordered)) if ordered else (0, 0)
    return sum(rounds + (ordered.index(name) < rest) for name in ordered if name in group)


def holders(
    state: State, unit: Collection[str], known: Known
) -> dict[Digest, set[tuple[str, Digest]]]:
    """Every stored blob with the repositories and manifests that keep it."""
    found: dict[Digest, set[tuple[str, Digest]]] = defaultdict(set)
    for name in unit:
        for digest in state.reached.get(name, ()):
            for blob in stored_digests(known.manifests[digest]):
                found[blob].add((name, digest))
    return dict(found)


def why(
    blob: Digest,
    held_by: Iterable[tuple[str, Digest]],
    moments: tuple[State, State],
    known: Known,
    *,
    came: bool,
) -> str:
    """The first reason in PRIORITY that any holder gives; `moments` are there and here."""
    there, here = moments
    reasons = set()
    for name, digest in held_by:
        tags_here, tags_there = here.tags.get(name, {}), there.tags.get(name, {})
        differing = here.reached[name] - there.reached.get(name, frozenset())
        naming = [
            tag
            for tag, target in tags_here.items()
            if target in differing and digest in walk(target, differing, known)
        ]
        for tag in naming:
            if tag not in tags_there:
                reasons.add("new_tags" if came else "removals")
            elif blob in moved_base(digest, tags_here[tag], tags_there[tag], known):
                reasons.add("base_moves")
            else:
                reasons.add("new_images")
        if not naming:
            reasons.add("untagged" if came else "removals")
    return min(reasons, key=PRIORITY.index)


def walk(start: Digest, within: Collection[Digest], known: Known) -> set[Digest]:
    """Through indexes, subjects and referrers, within these manifests."""
    found: set[Digest] = set()
    queue = [start]
    while queue:
        digest = queue.pop()
        if digest in found or digest not in within:
            continue
        found.add(digest)
        manifest = known.manifests[digest]
        queue += [child.digest for child in manifest.children]
        for other in within:
            subject = known.manifests[other].subject
            if subject and subject.digest == digest:
                queue.append(other)
        if manifest.subject:
            queue.append(manifest.subject.digest)
    return found


def moved_base(
    image: Digest, target: Digest, target_there: Digest, known: Known
) -> tuple[Digest, ...]:
    """Base layers of an image that a tag names, where its base is another one there."""
    if image not in known.images_below(target) or not known.base(image):
        return ()
    bases = {
        known.base(other)
        for other in known.images_below(target_there)
        if known.platform(other) == known.platform(image) and known.base(other)
    }
    return known.base(image) if bases and known.base(image) not in bases else ()
