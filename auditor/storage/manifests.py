"""The digests in a stored manifest, however odd the rest of it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidDigestError
from auditor.domain.holdings import References


def references_in(body: bytes) -> References:
    """What a manifest refers to: Docker schema 1 and 2, OCI manifests, indexes, artifacts.

    Entries without a usable digest are passed by. Raises ValueError for what is no JSON
    object.
    """
    try:
        document = json.loads(body)
    except RecursionError:
        raise ValueError("its JSON is nested too deep") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - of a wrong kind, as other JSON
    blobs = [
        *_digests([document.get("config")], "digest"),
        *_digests(document.get("layers"), "digest"),
        *_digests(document.get("blobs"), "digest"),
        *_digests(document.get("fsLayers"), "blobSum"),
    ]
    subject = next(_digests([document.get("subject")], "digest"), b"")
    children = _digests(document.get("manifests"), "digest")
    return References(tuple(dict.fromkeys(blobs)), tuple(dict.fromkeys(children)), subject)


def _digests(entries: Any, key: str) -> Iterator[bytes]:  # noqa: ANN401 - whatever JSON holds
    for entry in entries if isinstance(entries, list) else ():
        try:
            yield Digest.parse(entry[key]).to_bytes()
        except (InvalidDigestError, KeyError, IndexError, TypeError):
            continue
