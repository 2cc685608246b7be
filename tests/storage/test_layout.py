from __future__ import annotations

import pytest

from auditor.domain.digest import Digest
from auditor.domain.holdings import HoldingKind
from auditor.storage.layout import TOP, blob_path, place_of

HEX = "ab" * 32
PACKED = Digest.parse(f"sha256:{HEX}").to_bytes()


@pytest.mark.parametrize(
    "inner, kind, digest",
    [
        (f"blobs/sha256/ab/{HEX}/data", HoldingKind.BLOB, PACKED),
        (f"blobs/sha256/cd/{HEX}/data", HoldingKind.OTHER, b""),
        (f"blobs/sha256/ab/{HEX}/data.bak", HoldingKind.OTHER, b""),
        (f"blobs/sha256/ab/{HEX[:-1]}/data", HoldingKind.OTHER, b""),
        (f"blobs/sha256/AB/{HEX.upper()}/data", HoldingKind.OTHER, b""),
        (f"repositories/a/_manifests/revisions/sha256/{HEX}/link", HoldingKind.REVISION, PACKED),
        (f"repositories/a/b/_manifests/revisions/sha256/{HEX}/link", HoldingKind.REVISION, PACKED),
        ("repositories/a/_manifests/revisions/sha256/zz/link", HoldingKind.OTHER, b""),
        ("repositories/a/_manifests/tags/1.0/current/link", HoldingKind.TAG, b""),
        (
            f"repositories/a/_manifests/tags/1.0/index/sha256/{HEX}/link",
            HoldingKind.BOOKKEEPING,
            b"",
        ),
        (f"repositories/a/_layers/sha256/{HEX}/link", HoldingKind.BOOKKEEPING, b""),
        ("repositories/a/_uploads/id/data", HoldingKind.UPLOAD, b""),
        ("repositories/a/_uploads/id/startedat", HoldingKind.BOOKKEEPING, b""),
        ("repositories/a/_uploads/id/hashstates/sha256/0", HoldingKind.BOOKKEEPING, b""),
        ("repositories/a/_uploads/id/else", HoldingKind.OTHER, b""),
        ("repositories/a/readme", HoldingKind.OTHER, b""),
        ("repositories/_uploads/id/data", HoldingKind.OTHER, b""),
        ("", HoldingKind.OTHER, b""),
        ("blobs/../../../etc/passwd", HoldingKind.OTHER, b""),
        (f"blobs/sha256/ab/{HEX}/data\n", HoldingKind.OTHER, b""),
        ("repositories/\n\x1b[31m\udcff/_uploads/\x00/data", HoldingKind.UPLOAD, b""),
    ],
)
def test_a_place_says_what_a_file_is_for(inner: str, kind: HoldingKind, digest: bytes) -> None:
    assert place_of(inner) == (kind, digest)


def test_the_path_of_a_blob_leads_back_to_its_digest() -> None:
    for digest in (PACKED, Digest.of(b"", "sha512").to_bytes()):
        assert place_of(blob_path(digest).removeprefix(TOP)) == (HoldingKind.BLOB, digest)
