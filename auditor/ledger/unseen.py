"""Which manifests no crawl has seen, and what they keep in a storage."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter

from auditor.domain.holdings import Claim, KnownBlob, References

_KNOWN, _WANTED = 0, 1
ReferencesOf = Callable[[bytes], References | None]


def unknown_digests(known: Iterable[KnownBlob], wanted: Iterable[bytes]) -> Iterator[bytes]:
    """Digests that are wanted and not known, each once; both come sorted, so does the answer."""
    marked = merge(
        ((blob.digest, _KNOWN) for blob in known), ((digest, _WANTED) for digest in wanted)
    )
    for digest, group in groupby(marked, key=itemgetter(0)):
        if next(group)[1] is _WANTED:
            yield digest


def claims_of(
    unseen: Collection[bytes], tagged: Iterable[bytes], references_of: ReferencesOf
) -> Iterator[Claim]:
    """What manifests that no crawl has seen keep: their own bodies and what they refer to.

    `tagged` are those a tag points at; a tag leads on through indexes and to subjects.
    `references_of` None: the body could not be read. Each manifest is read once.
    """
    waiting = [digest for digest in tagged if digest in unseen]
    done: set[bytes] = set()
    while waiting:
        digest = waiting.pop()
        if digest not in done:
            done.add(digest)
            found = references_of(digest) or References()
            yield from _claims(digest, found, is_tagged=True)
            waiting += [each for each in (*found.children, found.subject) if each in unseen]
    for digest in sorted(unseen):
        if digest not in done:
            yield from _claims(digest, references_of(digest) or References(), is_tagged=False)


def _claims(digest: bytes, found: References, *, is_tagged: bool) -> Iterator[Claim]:
    for each in (digest, *found.blobs, *found.children):
        yield Claim(each, is_tagged)
