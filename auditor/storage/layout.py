"""What a file is for, from its place in a registry's storage.

Source: distribution, registry/storage/paths.go, the layout of version 2.
"""

from __future__ import annotations

import re

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError
from auditor.domain.holdings import HoldingKind

TOP = "docker/registry/v2/"
"""What every key of a registry begins with, below the root directory."""

_ALGORITHM = r"(?P<algorithm>[a-z0-9+._-]{1,32})"
_ENCODED = r"(?P<encoded>[A-Za-z0-9=_-]{2,200})"
_BLOB = re.compile(rf"blobs/{_ALGORITHM}/(?P<first>[^/]{{2}})/{_ENCODED}/data", re.DOTALL)
_IN_REPOSITORY = re.compile(r"repositories/.+?/(?P<part>_[a-z]+/.+)", re.DOTALL)
_LINK = r"[a-z0-9+._-]{1,32}/[A-Za-z0-9=_-]{2,200}/link"
_REVISION = re.compile(rf"_manifests/revisions/{_ALGORITHM}/{_ENCODED}/link")
_TAG = re.compile(r"_manifests/tags/[^/]+/current/link")
_UPLOAD = re.compile(r"_uploads/[^/]+/data")
_BOOKKEEPING = re.compile(
    rf"_layers/{_LINK}"
    rf"|_manifests/tags/[^/]+/index/{_LINK}"
    rf"|_manifests/revisions/[^/]+/[^/]+/signatures/{_LINK}"
    r"|_uploads/[^/]+/(?:startedat|hashstates/.+)",
    re.DOTALL,
)


def place_of(inner: str) -> tuple[HoldingKind, bytes]:
    """What the file at `inner`, a path below TOP, is for, and the packed digest it names.

    The digest is empty where the path names none; what a tag points at stands in its file.
    """
    if match := _BLOB.fullmatch(inner):
        digest = _digest(match) if match["encoded"].startswith(match["first"]) else b""
        return (HoldingKind.BLOB, digest) if digest else (HoldingKind.OTHER, b"")
    if match := _IN_REPOSITORY.fullmatch(inner):
        return _place_in_repository(match["part"])
    return HoldingKind.OTHER, b""


def _place_in_repository(part: str) -> tuple[HoldingKind, bytes]:
    if match := _REVISION.fullmatch(part):
        digest = _digest(match)
        return (HoldingKind.REVISION if digest else HoldingKind.OTHER), digest
    for kind, pattern in (
        (HoldingKind.TAG, _TAG),
        (HoldingKind.UPLOAD, _UPLOAD),
        (HoldingKind.BOOKKEEPING, _BOOKKEEPING),
    ):
        if pattern.fullmatch(part):
            return kind, b""
    return HoldingKind.OTHER, b""


def _digest(match: re.Match[str]) -> bytes:
    try:
        return Digest.parse(f"{match['algorithm']}:{match['encoded']}").to_bytes()
    except InvalidDigestError:
        return b""


def blob_path(digest: bytes) -> str:
    """Where the bytes of a packed digest are, below the root directory."""
    parsed = Digest.from_bytes(digest)
    return f"{TOP}blobs/{parsed.algorithm}/{parsed.encoded[:2]}/{parsed.encoded}/data"
