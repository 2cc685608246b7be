"""Images in Docker's first manifest format: signed, without sizes, top layer first."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.end_to_end.complaints import assert_passed_by, audit
from tests.end_to_end.images.contents import Stored, layer
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.rogue_registry import Answer, RogueRegistry
from tests.fakes.schema1 import signed

pytestmark = pytest.mark.real

SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
BOTTOM, TOP = layer("bottom", 5_000), layer("top", 3_000)


def payload_of(*layers: Stored) -> bytes:
    """What the signature covers; sizes in it are the unpacked ones and too large."""
    compatibility = json.dumps({"os": "linux", "architecture": "amd64", "Size": 999_999})
    document = {
        "schemaVersion": 1,
        "name": "old/app",
        "tag": "1",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": each.digest} for each in reversed(layers)],
        "history": [{"v1Compatibility": compatibility}] * len(layers),
    }
    return json.dumps(document, indent=3).encode()


def serve(rogue: RogueRegistry, payload: bytes, *stored: Stored) -> str:
    """One tag in the first format; returns the digest of its payload."""
    digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    headers = {"Content-Type": SIGNED, "Docker-Content-Digest": digest}
    rogue.add_tags("old/app", "1")
    for reference in ("1", digest):
        path = f"/v2/old/app/manifests/{reference}"
        rogue.answers[path] = Answer(signed(payload), headers=headers)
    for blob in stored:
        rogue.add_blob("old/app", blob)
    return digest


def test_layers_have_the_sizes_that_head_finds(auditor: Auditor, rogue: RogueRegistry) -> None:
    payload = payload_of(BOTTOM, TOP, TOP)
    digest = serve(rogue, payload, BOTTOM, TOP)
    row = rows_by_name(auditor.json("audit", rogue.address))["old/app"]
    stored_bytes = len(payload) + len(BOTTOM.body) + len(TOP.body)
    assert (row["tags"], row["images"], row["stored_bytes"]) == (1, 1, stored_bytes)
    shown = auditor.json("show", f"{rogue.address}/old/app:1")
    assert shown["digest"] == digest
    assert [(each["digest"], each["size_bytes"]) for each in shown["layers"]] == [
        (each.digest, len(each.body)) for each in (BOTTOM, TOP, TOP)
    ]


def test_crawling_it_again_changes_nothing(auditor: Auditor, rogue: RogueRegistry) -> None:
    serve(rogue, payload_of(BOTTOM, TOP), BOTTOM, TOP)
    first = auditor.json("audit", rogue.address)
    assert auditor.json("audit", rogue.address)["repositories"] == first["repositories"]


def test_layers_are_measured_and_never_read(auditor: Auditor, rogue: RogueRegistry) -> None:
    payload = payload_of(BOTTOM, TOP)
    serve(rogue, payload, BOTTOM, TOP)
    auditor.json("audit", rogue.address)
    assert rogue.sent_bytes < len(BOTTOM.body)


def test_a_signature_over_other_bytes_is_passed_by(auditor: Auditor, rogue: RogueRegistry) -> None:
    payload = payload_of(BOTTOM, TOP)
    digest = serve(rogue, payload, BOTTOM, TOP)
    for reference in ("1", digest):
        path = f"/v2/old/app/manifests/{reference}"
        headers = rogue.answers[path].headers
        rogue.answers[path] = Answer(signed(payload_of(BOTTOM)), headers=headers)
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="old/app", bad="old/app", saying="digest")
