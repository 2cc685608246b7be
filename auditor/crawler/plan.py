"""Decides what to ask for, from what is known: pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Reversible, Sequence
from fnmatch import fnmatchcase
from itertools import islice

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest, ManifestKind

OFFERED_DIGESTS = 100
"""Known digests offered with one request by tag; the client's header budget may take fewer."""

TAGS_PER_LANE = 32
MOST_LANES = 8


def digests_to_offer(
    before: Digest | None, fetched: Reversible[Digest], known: Iterable[Digest]
) -> tuple[Digest, ...]:
    """Digests that need no body if a tag points at one of them, likeliest first.

    What the tag pointed at before, then what this crawl fetched last, then what was
    known, newest first; at most OFFERED_DIGESTS, each once.
    """
    first = () if before is None else (before,)
    recent = islice(reversed(fetched), OFFERED_DIGESTS)
    ordered = dict.fromkeys((*first, *recent, *islice(known, OFFERED_DIGESTS)))
    return tuple(islice(ordered, OFFERED_DIGESTS))


def chosen_tags(tags: Sequence[str], globs: Collection[str]) -> tuple[str, ...]:
    """Those of the tags that match one of the globs, in their order; all without globs.

    `*` stands for any characters, `?` for one, `[12]` for one of these.
    """
    if not globs:
        return tuple(tags)
    return tuple(tag for tag in tags if any(fnmatchcase(tag, glob) for glob in globs))


def split_into_lanes(tags: Sequence[str]) -> list[list[str]]:
    """Tags in runs that are read side by side, each run in order.

    Runs are contiguous in the sorted names, so that most aliases of one manifest
    (1, 1.4, 1.4.2) are read one after another and only the first transfers a body.
    """
    ordered = sorted(tags)
    count = min(MOST_LANES, -(-len(ordered) // TAGS_PER_LANE))
    size = -(-len(ordered) // count) if count else 0
    return [ordered[start : start + size] for start in range(0, len(ordered), size or 1)]


def config_to_read(manifest: Manifest) -> Descriptor | None:
    """The config of an image, if it is of a type that may be parsed; else None.

    Source: image-spec manifest.md: other config types MUST NOT be parsed as one.
    """
    config = manifest.config
    if manifest.kind is not ManifestKind.IMAGE or config is None:
        return None
    return config if config.media_type in media_types.IMAGE_CONFIG_TYPES else None
