"""Where an image is: in a registry, in a layout, or in an archive."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError, UnknownReferenceError, UsageError
from auditor.domain.reference import ImageReference, is_tag_name
from auditor.domain.text import clean_line

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_AT_DIGEST = re.compile(r"@(?=sha(?:256|512):[0-9a-f]+$)")
_USUAL_TAG = "latest"
_NO_REFERENCE = ImageReference("")


class PlaceKind(StrEnum):
    """What holds the image; the values are how references to it begin."""

    REGISTRY = "registry"
    LAYOUT = "oci"
    OCI_ARCHIVE = "oci-archive"
    DOCKER_ARCHIVE = "docker-archive"


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """One image. `written` as it was asked for.

    In a registry: `address` as `target_for` takes it, and `reference`. Elsewhere: `path`, and
    `mark`, the tag, name or digest of the image there, empty for the only one.
    """

    kind: PlaceKind
    written: str
    address: str = ""
    reference: ImageReference = _NO_REFERENCE
    path: Path = Path()
    mark: str = ""

    @property
    def digest(self) -> Digest | None:
        """The digest it is named by, if any."""
        if self.kind is PlaceKind.REGISTRY:
            return self.reference.digest
        try:
            return Digest.parse(self.mark)
        except InvalidDigestError:
            return None


def place_of(text: str, registries: Collection[str] = ()) -> ImagePlace:
    """The image written as `text`.

    `[http[s]://]registry/repository[:tag|@digest]`, `oci:DIRECTORY[:TAG]`,
    `oci-archive:FILE[:TAG]` or `docker-archive:FILE[:NAME:TAG]`. `registries` are known
    names; a reference without one means the only one. Raises UsageError.
    """
    for kind in (PlaceKind.OCI_ARCHIVE, PlaceKind.DOCKER_ARCHIVE, PlaceKind.LAYOUT):
        if text.startswith(f"{kind}:"):
            path, mark = _split(text, text.removeprefix(f"{kind}:"))
            return ImagePlace(kind, text, path=path, mark=mark)
    scheme = _SCHEME.match(text)
    reference = ImageReference.parse(text, registries)
    if not reference.registry:
        reference = replace(reference, registry=_only(text, registries))
    if not reference.tag and reference.digest is None:
        reference = replace(reference, tag=_USUAL_TAG)
    address = f"{scheme.group() if scheme else ''}{reference.registry}"
    return ImagePlace(PlaceKind.REGISTRY, text, address, reference)


def place_beside(place: ImagePlace, text: str, registries: Collection[str] = ()) -> ImagePlace:
    """The image to compare with: a tag or digest beside `place`, or a whole reference.

    Raises UsageError, also for a tag beside an archive: nothing says which repository.
    """
    digest = _digest(text.removeprefix("@"))
    if not is_tag_name(text) and digest is None:
        return place_of(text, registries)
    if place.kind is PlaceKind.REGISTRY:
        reference = replace(place.reference, tag="" if digest else text, digest=digest)
        return replace(place, written=text, reference=reference)
    if place.kind is PlaceKind.DOCKER_ARCHIVE:
        raise UsageError(
            f"{clean_line(text)} is a tag, and an archive does not say of which registry",
            next_step=f"write it in full: REGISTRY/REPOSITORY:{clean_line(text)}",
        )
    return replace(place, written=text, mark=digest.text if digest else text)


def _digest(text: str) -> Digest | None:
    try:
        return Digest.parse(text)
    except InvalidDigestError:
        return None


def _only(text: str, registries: Collection[str]) -> str:
    if len(registries) == 1:
        return next(iter(registries))
    known = tuple(sorted(registries))
    raise UnknownReferenceError(
        f"{clean_line(text)} does not say in which registry it is",
        next_step="write it with its registry: REGISTRY/REPOSITORY:TAG",
        candidates=tuple(f"{name}/{clean_line(text)}" for name in known),
    )


def _split(text: str, rest: str) -> tuple[Path, str]:
    """File or folder, and what is named in it: whatever of the text exists comes first."""
    folder, twice, inner = rest.partition("//")
    if twice and ":" in inner and os.path.lexists(folder):
        return Path(folder), inner.partition(":")[2]
    if "\0" not in rest:
        if rest and os.path.lexists(rest):
            return Path(rest), ""
        for match in (*_AT_DIGEST.finditer(rest), *re.finditer(":", rest)):
            if match.start() and os.path.lexists(rest[: match.start()]):
                return Path(rest[: match.start()]), rest[match.end() :]
    raise UsageError(
        f"there is nothing at {clean_line(rest) or 'no path'} ({clean_line(text)})",
        next_step="name an existing file or folder",
    )
