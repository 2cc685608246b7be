"""Limits that no single module answers for: nesting of whatever a registry sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from auditor.domain import media_types
from auditor.domain.descriptor import Descriptor
from auditor.domain.digest import Digest
from auditor.domain.errors import NotARegistryError, ProtocolError
from auditor.registry.client import RegistryClient
from auditor.registry.layout import LayoutSource
from auditor.registry.options import ClientOptions
from tests.fakes.registry import always, image
from tests.registry.conftest import Bench, repositories

STRICT = ClientOptions(json_max_depth=8)
DEEP = json.loads("[" * 8 + "]" * 8)
CONFIG = json.dumps({"os": "linux", "architecture": "amd64", "extra": DEEP}).encode()
SUBJECT = Digest.of(b"subject")

Question = Callable[[RegistryClient], Awaitable[object]]
QUESTIONS: dict[str, Question] = {
    "manifest by tag": lambda client: client.get_manifest_by_tag("a", "1", ()),
    "config": lambda client: client.get_config(
        "a", Descriptor(media_types.OCI_CONFIG, Digest.of(CONFIG), len(CONFIG))
    ),
    "catalogue": repositories,
    "tags": lambda client: client.list_tags("a"),
    "referrers": lambda client: client.list_referrers("a", SUBJECT),
}


def fill(bench: Bench) -> None:
    """Every kind of document, each nested nine levels deep."""
    bench.registry.push("a", "1", image(1) | {"extra": DEEP})
    bench.registry.push_blob(CONFIG)
    answers: dict[str, dict[str, object]] = {
        "/v2/_catalog": {"repositories": ["a"]},
        "/v2/a/tags/list": {"tags": ["1"]},
        f"/v2/a/referrers/{SUBJECT}": {"schemaVersion": 2, "manifests": []},
    }
    for path, content in answers.items():
        body = json.dumps(content | {"extra": DEEP}).encode()
        bench.registry.answers[path] = always(body, content_type=media_types.OCI_INDEX)


@pytest.mark.parametrize("kind", QUESTIONS)
def test_documents_are_refused_below_the_depth_that_is_allowed(bench: Bench, kind: str) -> None:
    fill(bench)
    bench.ask(QUESTIONS[kind])
    bench.options = STRICT
    with pytest.raises(ProtocolError, match="nested more than 8 levels deep"):
        bench.ask(QUESTIONS[kind])


def test_a_layout_on_disk_is_held_to_the_same_depth(tmp_path: Path) -> None:
    (tmp_path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [], "extra": DEEP}))

    asyncio.run(LayoutSource(tmp_path).check())
    with pytest.raises(NotARegistryError, match=r"index\.json is nested more than 8 levels"):
        asyncio.run(LayoutSource(tmp_path, STRICT).check())
