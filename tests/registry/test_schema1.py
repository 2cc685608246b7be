from __future__ import annotations

import base64
import json

import pytest

from auditor.domain.digest import Digest
from auditor.domain.errors import DigestMismatchError
from auditor.registry.schema1 import claimed_size_bytes, signed_payload
from auditor.registry.verify import check_digest

PAYLOAD = b'{\n   "schemaVersion": 1,\n   "fsLayers": []\n}'


def signed(payload: bytes = PAYLOAD, length: int | None = None) -> bytes:
    cut = len(payload) - 2 if length is None else length
    tail = base64.urlsafe_b64encode(payload[-2:]).decode().rstrip("=")
    header = json.dumps({"formatLength": cut, "formatTail": tail, "time": "x"}).encode()
    protected = base64.urlsafe_b64encode(header).decode().rstrip("=")
    signatures = json.dumps([{"header": {}, "signature": "s", "protected": protected}])
    return payload[:-2] + b',\n   "signatures": ' + signatures.encode() + b"\n}"


def test_the_digest_leaves_the_signatures_out() -> None:
    assert signed_payload(signed()) == PAYLOAD
    check_digest(signed(), Digest.of(PAYLOAD), what="a:1")
    with pytest.raises(DigestMismatchError):
        check_digest(signed(), Digest.of(b"other"), what="a:1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"signatures":[]}',
        b'{"signatures":[{"protected":"%%%"}]}',
        b'{"signatures":[{"protected":"e30"}]}',
        signed(length=-1),
        signed(length=10**9),
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
