"""Docker's first manifest format as a registry sends it."""

from __future__ import annotations

import base64
import json


def signed(payload: bytes, length: int | None = None) -> bytes:
    """A JSON object that ends in a line of its own, with a signature added before that line.

    `length` is how much the signature says it covers. Source: libtrust, JSON signatures.
    """
    cut = len(payload) - 2 if length is None else length
    tail = base64.urlsafe_b64encode(payload[-2:]).decode().rstrip("=")
    header = json.dumps({"formatLength": cut, "formatTail": tail, "time": "x"}).encode()
    protected = base64.urlsafe_b64encode(header).decode().rstrip("=")
    signatures = json.dumps([{"header": {}, "signature": "s", "protected": protected}])
    return payload[:-2] + b',\n   "signatures": ' + signatures.encode() + b"\n}"
