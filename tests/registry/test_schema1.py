from __future__ import annotations

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import DigestMismatchError
from auditor.registry.schema1 import claimed_size_bytes, signed_payload
from auditor.registry.verify import check_digest, covered_part
from tests.fakes.schema1 import signed

PAYLOAD = b'{\n   "schemaVersion": 1,\n   "fsLayers": []\n}'


def test_the_digest_leaves_the_signatures_out() -> None:
    assert signed_payload(signed(PAYLOAD)) == PAYLOAD
    assert covered_part(signed(PAYLOAD), Digest.of(PAYLOAD), what="a:1") == PAYLOAD
    with pytest.raises(DigestMismatchError):
        covered_part(signed(PAYLOAD), Digest.of(b"other"), what="a:1")


def test_signatures_count_for_nothing_but_manifests() -> None:
    with pytest.raises(DigestMismatchError):
        check_digest(signed(PAYLOAD), Digest.of(PAYLOAD), what="a config")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"signatures":[]}',
        b'{"signatures":[{"protected":"%%%"}]}',
        b'{"signatures":[{"protected":"e30"}]}',
        signed(PAYLOAD, length=-1),
        signed(PAYLOAD, length=10**9),
        b'{"signatures":' + b"[" * 5000,
    ],
)
def test_what_is_not_signed_has_no_payload(body: bytes) -> None:
    assert signed_payload(body) is None


@pytest.mark.parametrize(
    "text, size",
    [
        ('{"Size":5}', 5),
        ("{}", 0),
        ('{"Size":-5}', 0),
        ('{"Size":true}', 0),
        ("x", 0),
        ('{"Size":"5"}', 0),
    ],
)
def test_a_claimed_size_is_a_sane_integer_or_nothing(text: str, size: int) -> None:
    assert claimed_size_bytes(text) == size
