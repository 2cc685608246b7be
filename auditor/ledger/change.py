"""Which part of a change every blob belongs to: disjoint, and adding up to the change.

The definition. Sizes are those known today; a unit is a storage scope, or the repository
where one repository is explained by itself.

A blob **came** to a unit if no manifest of it held the blob at the first moment and one
does at the second; it **went** in the opposite case. What happened in between does not
count. A blob that came hangs only on manifests that came; every such manifest says by what:

- it is **below a tag** if the tag names it at the second moment, or names a manifest that
  came and leads to it through manifests that came: from an index to what it lists, from a
  manifest to its subject and to its referrers;
- if the tag was there at the first moment, the blob is a *base move* where it is a layer of
  the base of an image that the tag names (itself or by an index), and the tag named an image
  of the same platform before with another known base, and none with this one; else it is a
  *new image*. A base is known by the longest layer chain, shorter than the image's own, that
  is the whole chain of an image seen anywhere at any time;
- if the tag was not there, it is a *new tag*;
- below no tag, it is an *untagged* addition: a build whose tag moved on before the second
  moment, what was pushed without a tag, or what was attached to something that was there, as
  a signature is.

Where several say different things, the first of this list counts: new image, base move, new
tag, untagged. So new tags bring what only they bring, and a base move is a layer that is
nowhere a moved tag's own. A blob that went is judged by the same rules with the moments
exchanged: it is a new image or a base move (bytes removed: the old image of a tag that
still is there) or a *removal*, by tags that are gone or by none. Of equal claims the first
by repository, tag and digest names the contributor.

A group of repositories is one holder: blobs come and go as above, each with the group's
fair share of it, and a blob held at both moments whose share changed is *shared with
others*. *Size corrections* are what kept figures differ by from those computed with the
sizes of today, as far as sizes that were stated for disputed blobs allow; *other* is what
is left over, and 0 unless something was kept by another definition, such as another storage
scope at the first moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.domain.change import (
    BasedImage,
    BlobChange,
    BlobHolders,
    ChangedFigure,
    ChangeKind,
    ChangePart,
    Contributor,
    CorrectionRange,
    Figures,
    HeldManifest,
    Holding,
    RepositoryChange,
)
from auditor.domain.digest import Digest

MOST_CONTRIBUTORS = 10
_STRENGTH = {
    kind: place
    for place, kind in enumerate(
        (
            ChangeKind.NEW_IMAGES,
            ChangeKind.BASE_MOVES,
            ChangeKind.NEW_TAGS,
            ChangeKind.UNTAGGED,
            ChangeKind.REMOVALS,
        )
    )
}
_Place = tuple[int, Digest]


@dataclass(frozen=True, slots=True)
class Claim:
    """By what a blob came or went, as one manifest says."""

    kind: ChangeKind
    repository: str
    tag: str | None
    digest: Digest

    @property
    def order(self) -> tuple[int, str, bool, str, Digest]:
        """The smallest counts."""
        is_untagged = self.tag is None
        return _STRENGTH[self.kind], self.repository, is_untagged, self.tag or "", self.digest


@dataclass(slots=True)
class Claims:
    """The claim that counts, for every blob of a unit that may have come or gone."""

    came: dict[_Place, Claim] = field(default_factory=dict)
    went: dict[_Place, Claim] = field(default_factory=dict)

    def take(self, change: RepositoryChange) -> None:
        """Weigh what one repository says; the order of repositories changes nothing."""
        here = change.unit, change.repository
        _weigh(self.came, here, change.after, change.before, ChangeKind.NEW_TAGS)
        _weigh(self.went, here, change.before, change.after, ChangeKind.REMOVALS)


def _weigh(
    claims: dict[_Place, Claim],
    here: tuple[int, str],
    there: Holding,
    other: Holding,
    kind: ChangeKind,
) -> None:
    unit, repository = here
    for blob, claim in _claims_of(repository, there, other, kind):
        known = claims.get((unit, blob))
        if known is None or claim.order < known.order:
            claims[unit, blob] = claim


def _claims_of(
    repository: str, there: Holding, other: Holding, kind: ChangeKind
) -> Iterator[tuple[Digest, Claim]]:
    """What every manifest on this side says of its blobs; `kind` is that of a tag only here."""
    manifests = {manifest.digest: manifest for manifest in there.manifests}
    leads_to = _edges(manifests)
    tagged: set[Digest] = set()
    for tag, target in there.tags.items():
        if target is None or target not in manifests:
            continue
        below = _below(target, leads_to)
        tagged |= below
        moved = tag in other.tags
        bases = _moved_bases(there, other, tag) if moved else {}
        tag_kind = ChangeKind.NEW_IMAGES if moved else kind
        own = Claim(tag_kind, repository, tag, target)
        base = Claim(ChangeKind.BASE_MOVES, repository, tag, target)
        for digest in below:
            for blob in manifests[digest].blobs:
                yield blob, base if blob in bases.get(digest, ()) else own
    untagged = ChangeKind.UNTAGGED if kind is ChangeKind.NEW_TAGS else kind
    for digest in manifests.keys() - tagged:
        for blob in manifests[digest].blobs:
            yield blob, Claim(untagged, repository, None, digest)


def _edges(manifests: Mapping[Digest, HeldManifest]) -> dict[Digest, set[Digest]]:
    """From every manifest to its children, subject and referrers, within these manifests."""
    leads_to: dict[Digest, set[Digest]] = defaultdict(set)
    for digest, manifest in manifests.items():
        leads_to[digest].update(manifests.keys() & manifest.children)
        subject = manifest.subject
        if subject is not None and subject in manifests:
            leads_to[digest].add(subject)
            leads_to[subject].add(digest)
    return leads_to


def _below(target: Digest, leads_to: Mapping[Digest, set[Digest]]) -> set[Digest]:
    found, waiting = {target}, [target]
    while waiting:
        new = leads_to[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _moved_bases(there: Holding, other: Holding, tag: str) -> dict[Digest, frozenset[Digest]]:
    """Base layers of the images a tag names here, where the base is another one there."""
    named, named_there = there.tags[tag], other.tags[tag]
    images = there.images.get(named, ()) if named else ()
    counterparts = other.images.get(named_there, ()) if named_there else ()
    return {
        image.digest: frozenset(image.base)
        for image in images
        if image.base and _is_elsewhere(image, counterparts)
    }


def _is_elsewhere(image: BasedImage, counterparts: Iterable[BasedImage]) -> bool:
    bases = {one.base for one in counterparts if one.platform == image.platform and one.base}
    return bool(bases) and image.base not in bases


def fair_share(blob: BlobHolders, group: Collection[str]) -> BlobChange:
    """What a group of repositories is charged for one blob of its scope at both moments.

    Whole bytes split equally, those left over one each by name compared as bytes.
    """
    shares = [_share(blob.size_bytes, holders, group) for holders in (blob.before, blob.after)]
    return BlobChange(blob.unit, blob.digest, *shares)


def _share(size_bytes: int, holders: Collection[str], group: Collection[str]) -> int | None:
    ordered = sorted(holders, key=lambda name: name.encode())
    places = [place for place, name in enumerate(ordered) if name in group]
    if not places:
        return None
    each, left_over = divmod(size_bytes, len(ordered))
    return each * len(places) + sum(place < left_over for place in places)


@dataclass(slots=True)
class _Tally:
    """Bytes of one part so far."""

    added_bytes: int = 0
    removed_bytes: int = 0
    by: dict[tuple[str, str | None, Digest], int] = field(default_factory=lambda: defaultdict(int))

    def count(self, net_bytes: int, by: tuple[str, str | None, Digest]) -> None:
        self.added_bytes += max(net_bytes, 0)
        self.removed_bytes += max(-net_bytes, 0)
        self.by[by] += net_bytes

    def part(self, kind: ChangeKind) -> ChangePart:
        biggest = sorted(self.by.items(), key=lambda one: (-abs(one[1]), _sortable(one[0])))
        contributors = tuple(
            Contributor(*by, net_bytes)
            for by, net_bytes in biggest[:MOST_CONTRIBUTORS]
            if net_bytes
        )
        return ChangePart(kind, self.added_bytes, self.removed_bytes, contributors)


def _sortable(by: tuple[str, str | None, Digest]) -> tuple[str, str, Digest]:
    return by[0], by[1] or "", by[2]


def explain(
    figure: ChangedFigure,
    figures: Figures,
    claims: Claims,
    blobs: Iterable[BlobChange],
    corrections: CorrectionRange = CorrectionRange(),  # noqa: B008 - frozen
) -> tuple[ChangePart, ...]:
    """One part per kind, in the order of ChangeKind; they add up to the change of `figures`.

    `blobs` are those of `claims` as far as they came or went, each once, and for fair shares
    those held at both moments whose share changed. SHARED is there for fair shares only.
    """
    tallies: dict[ChangeKind, _Tally] = defaultdict(_Tally)
    for blob in blobs:
        _count(tallies, claims, blob)
    parts = [tallies[kind].part(kind) for kind in _counted_kinds(figure)]
    explained = sum(part.net_bytes for part in parts)
    left = figures.after_bytes - figures.before_bytes - explained
    corrected = max(corrections.least_bytes, min(left, corrections.most_bytes))
    return (
        *parts,
        _corrections(corrected, corrections.disputed),
        _signed(ChangeKind.OTHER, left - corrected),
    )


def add_up(
    figure: ChangedFigure, explained: Iterable[Sequence[ChangePart]]
) -> tuple[ChangePart, ...]:
    """The parts of several changes as those of one, in the same order."""
    together: dict[ChangeKind, list[ChangePart]] = defaultdict(list)
    for parts in explained:
        for part in parts:
            together[part.kind].append(part)
    kinds = (*_counted_kinds(figure), ChangeKind.SIZES, ChangeKind.OTHER)
    return tuple(_sum(kind, together[kind]) for kind in kinds)


def _sum(kind: ChangeKind, parts: Sequence[ChangePart]) -> ChangePart:
    contributors = [one for part in parts for one in part.contributors]
    contributors.sort(key=lambda one: -abs(one.net_bytes))
    return ChangePart(
        kind,
        sum(part.added_bytes for part in parts),
        sum(part.removed_bytes for part in parts),
        tuple(contributors[:MOST_CONTRIBUTORS]),
    )


def _counted_kinds(figure: ChangedFigure) -> list[ChangeKind]:
    left_out = {ChangeKind.SIZES, ChangeKind.OTHER}
    if figure is ChangedFigure.STORED:
        left_out.add(ChangeKind.SHARED)
    return [kind for kind in ChangeKind if kind not in left_out]


def _count(tallies: Mapping[ChangeKind, _Tally], claims: Claims, blob: BlobChange) -> None:
    place = blob.unit, blob.digest
    if blob.before_bytes is not None and blob.after_bytes is not None:
        change = blob.after_bytes - blob.before_bytes
        if change:
            tallies[ChangeKind.SHARED].count(change, ("", None, blob.digest))
    elif blob.after_bytes is not None:
        claim = claims.came[place]
        by = claim.repository, claim.tag, claim.digest
        tallies[claim.kind].count(blob.after_bytes, by)
    elif blob.before_bytes is not None:
        claim = claims.went[place]
        by = claim.repository, claim.tag, claim.digest
        tallies[claim.kind].count(-blob.before_bytes, by)


def _corrections(corrected_bytes: int, disputed: tuple[Digest, ...]) -> ChangePart:
    """Named where one digest alone can be the reason."""
    if not corrected_bytes or len(disputed) != 1:
        return _signed(ChangeKind.SIZES, corrected_bytes)
    contributor = Contributor("", None, disputed[0], corrected_bytes)
    return _signed(ChangeKind.SIZES, corrected_bytes, contributor)


def _signed(kind: ChangeKind, net_bytes: int, *contributors: Contributor) -> ChangePart:
    return ChangePart(kind, max(net_bytes, 0), max(-net_bytes, 0), contributors)
