"""What a look across images yields: a finding, and the blobs the registry would not hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from auditor.domain.digest import Digest
from auditor.domain.exactness import Exactness
from auditor.domain.findings import Finding

# What `key` and quoted steps are cut to.
MOST_LETTERS = 200
_SHOWN_LETTERS = 80
_HASHED, _SHOWN_HASH = ("dir", "file", "multi"), 6


@dataclass(frozen=True, slots=True)
class FreedBlob:
    """Bytes that would leave the registry, named so that none is counted twice.

    `scope` is the storage scope, in each of which the digest is stored once.
    """

    digest: Digest
    size_bytes: int
    scope: str = ""


@dataclass(frozen=True, slots=True)
class AcrossFinding:
    """One finding about several images of a repository.

    `digest` is the newest image that shows it; `finding.claims` speak of that one's layers,
    and are empty where a cold pull stays as big as it was. `images` show it. `freed`: what
    the registry would not hold. `transfer_bytes_per_month`: pushes and pulls that would not
    happen, None where the finding is not about that.
    """

    repository: str
    digest: Digest
    finding: Finding
    images: int
    freed: tuple[FreedBlob, ...] = ()
    stored_exactness: Exactness = Exactness.ESTIMATED
    transfer_bytes_per_month: int | None = None

    @property
    def stored_saving_bytes(self) -> int:
        """What would leave the registry by this change alone."""
        return sum(blob.size_bytes for blob in self.freed)


def quoted(step: str) -> str:
    """A build step in a sentence: in quotes, cut; words for one that is not known.

    The hash by which some builders name what a COPY brought is cut to its beginning.
    """
    if not step:
        return "an unknown step"
    step = " ".join(_without_hash(word) for word in step.split())
    cut = step if len(step) <= _SHOWN_LETTERS else f"{step[: _SHOWN_LETTERS - 1]}…"
    return f"“{cut}”"


def _without_hash(word: str) -> str:
    kind, colon, digest = word.partition(":")
    is_hash = bool(colon) and kind in _HASHED and len(digest) > _SHOWN_HASH
    return f"{kind}:{digest[:_SHOWN_HASH]}…" if is_hash else word


def step_key(line: str, shape: str) -> str:
    """A finding's key: its line, and its step hashed, for a step may hold secrets."""
    return key_of(line, hashlib.sha256(shape.encode(errors="replace")).hexdigest()[:16])


def key_of(*parts: str) -> str:
    """A finding's key: its parts, cut to a length that can be stored."""
    return " ".join(parts)[:MOST_LETTERS]
