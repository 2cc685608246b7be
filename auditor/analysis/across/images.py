"""What is known of a repository's images in the order of their pushes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.analysis.across.tag_lines import line_of
from auditor.domain.digest import DiffId, Digest

# Docker's first release. Reproducible builds write 1970, 1980 or 2000 instead of a date.
_FIRST_IMAGES = datetime(2013, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PushedLayer:
    """One layer of an image.

    `step` is the build step that made it, readable on one line (`readable_step`), `raw_step`
    as recorded; both empty where unknown. `diff_id` None where the config does not fit the
    layers. `is_held_elsewhere`: another repository of the storage scope holds the blob too,
    so that nothing done here takes it out of the registry. Foreign layers are left out.
    """

    digest: Digest
    size_bytes: int
    media_type: str = ""
    diff_id: DiffId | None = None
    step: str = ""
    raw_step: str = ""
    is_held_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class PushedImage:
    """One image manifest of a repository; layers bottom first.

    `tags`: every tag that ever pointed at it, newest first; `current_tags`: those that do
    now. `seen_at`: when the crawl first saw it; `pushed_at` only where the registry tells.
    `is_retained`: the registry holds it now, tagged or not. `config`: the image ID.
    `other_bytes`: its manifest and config, which no other image holds. `base_layers`: how
    many of its layers the base brought, 0 where no base is known. `last_pulled_at` None
    where pulls are not known.
    """

    digest: Digest
    layers: tuple[PushedLayer, ...]
    seen_at: datetime
    created_at: datetime | None = None
    pushed_at: datetime | None = None
    tags: tuple[str, ...] = ()
    current_tags: tuple[str, ...] = ()
    is_retained: bool = True
    config: Digest | None = None
    other_bytes: int = 0
    base_layers: int = 0
    last_pulled_at: datetime | None = None
    platform: str = ""

    @property
    def moment(self) -> datetime:
        """When it was released: pushed, else made, else first seen.

        A date of making before there were images counts for nothing (reproducible builds).
        """
        if self.pushed_at is not None:
            return self.pushed_at
        if self.created_at is not None and self.created_at >= _FIRST_IMAGES:
            return self.created_at
        return self.seen_at

    @property
    def name(self) -> str:
        """A tag of it, the current ones first; the short digest where it never had one."""
        return next(iter((*self.current_tags, *self.tags)), self.digest.short)

    @property
    def size_bytes(self) -> int:
        """Manifest, config and each distinct layer once: what a cold pull downloads."""
        return self.other_bytes + sum({it.digest: it.size_bytes for it in self.layers}.values())


@dataclass(frozen=True, slots=True)
class RepositoryImages:
    """A repository's images in the order of their pushes, oldest first.

    Each manifest once. What follows releases wants those of one platform; what tells how
    much is freed wants all that the repository holds, tagged or not. Images that are gone may be among them: history tells how often
    something happened, `is_retained` what is still stored. `scope` names the storage scope
    in which a blob is stored once.
    """

    repository: str
    images: tuple[PushedImage, ...]
    scope: str = ""

    def lines(self) -> dict[str, tuple[PushedImage, ...]]:
        """The images of each line of tags, in order of push; each image in one line.

        One whose tags are of several lines (`1.2.3`, `latest`) is in the line that most
        images share, ties by name. Images that never had a tag are in none.
        """
        lines_of = [
            dict.fromkeys(map(line_of, (*image.tags, *image.current_tags))) for image in self.images
        ]
        count = Counter(line for lines in lines_of for line in lines)
        found: dict[str, list[PushedImage]] = {}
        for image, lines in zip(self.images, lines_of, strict=True):
            if lines:
                line = min(lines, key=lambda one: (-count[one], one))
                found.setdefault(line, []).append(image)
        return {line: tuple(images) for line, images in found.items()}
