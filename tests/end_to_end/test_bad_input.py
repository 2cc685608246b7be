"""One bad thing among good ones: passed by, named, and the good ones unharmed."""

from __future__ import annotations

import json
import re

import pytest

from tests.end_to_end.complaints import (
    GOOD,
    GOOD_BYTES,
    GOOD_IMAGE,
    assert_passed_by,
    audit,
)
from tests.end_to_end.images.contents import (
    OCI_CONFIG,
    OCI_MANIFEST,
    Stored,
    config_for,
    index_of,
    json_of,
    layer,
    manifest_of,
)
from tests.end_to_end.images.fleet import simple_image
from tests.end_to_end.images.pushing import RawRegistry
from tests.end_to_end.program import Auditor, rows_by_name
from tests.end_to_end.rogue_registry import Answer, RogueRegistry
from tests.end_to_end.storage_folder import StorageFolder
from tests.servers.docker_registry import (
    RunningRegistry,
)

pytestmark = pytest.mark.real

CAP_BYTES = 16 * 1024 * 1024


@pytest.fixture
def with_good(registry: RunningRegistry) -> RawRegistry:
    """docker-registry with one good repository."""
    raw = RawRegistry(registry.url)
    raw.put_image(GOOD, "1", GOOD_IMAGE)
    return raw


def test_a_repository_whose_manifests_cannot_be_read_is_passed_by(
    auditor: Auditor, registry: RunningRegistry, with_good: RawRegistry
) -> None:
    image = simple_image("broken", 1_111)
    with_good.put_image("bad/broken", "1", image)
    storage = StorageFolder(registry.storage)
    storage.revision_link("bad/broken", image[0].digest).write_text("not a digest")
    finished = audit(auditor, registry.address)
    assert_passed_by(finished, naming="bad/broken", bad="bad/broken", saying="500|404|failed|not")


def test_a_manifest_that_is_not_what_its_digest_says_is_passed_by(
    auditor: Auditor, registry: RunningRegistry, with_good: RawRegistry
) -> None:
    image, other = simple_image("truth", 1_112), simple_image("lie", 1_113)
    with_good.put_image("bad/lying", "1", image)
    StorageFolder(registry.storage).blob_path(image[0].digest).write_bytes(other[0].body)
    finished = audit(auditor, registry.address)
    assert_passed_by(finished, naming="bad/lying", bad="bad/lying", saying="digest")
    assert rows_by_name(finished.json())["bad/lying"]["stored_bytes"] == 0


def test_a_child_of_an_index_that_is_not_what_its_digest_says_is_passed_by(
    auditor: Auditor, registry: RunningRegistry, with_good: RawRegistry
) -> None:
    image, other = simple_image("child", 1_117), simple_image("changeling", 1_118)
    with_good.put_image("bad/index", image[0].digest, image)
    index = index_of([image[0].descriptor(platform={"os": "linux", "architecture": "amd64"})])
    with_good.put_manifest("bad/index", "1", index)
    StorageFolder(registry.storage).blob_path(image[0].digest).write_bytes(other[0].body)
    finished = audit(auditor, registry.address)
    assert_passed_by(finished, naming="bad/index", bad="bad/index", saying="digest")
    row = rows_by_name(finished.json())["bad/index"]
    assert (row["tags"], row["images"], row["stored_bytes"]) == (1, 0, len(index.body))


@pytest.mark.parametrize("size", [-1, -(2**63)])
def test_a_negative_size_is_passed_by(
    auditor: Auditor, registry: RunningRegistry, with_good: RawRegistry, size: int
) -> None:
    only = layer("negative", 1_114)
    config = config_for((only,), "amd64", ("COPY negative /",))
    manifest = manifest_of(config, (), layers=[only.descriptor(size=size)])
    with_good.put_image("bad/negative", "1", (manifest, (config, only)))
    finished = audit(auditor, registry.address)
    assert_passed_by(finished, naming="bad/negative", bad="bad/negative", saying="size")


def test_an_absurd_size_that_a_registry_accepts_does_no_harm(
    auditor: Auditor, registry: RunningRegistry, with_good: RawRegistry
) -> None:
    """A declared size within 63 bits is believed until measured: the sum still has to fit."""
    only = layer("absurd", 1_115)
    config = config_for((only,), "amd64", ("COPY absurd /",))
    manifest = manifest_of(config, (), layers=[only.descriptor(size=2**63 - 1)])
    with_good.put_image("bad/absurd", "1", (manifest, (config, only)))
    finished = audit(auditor, registry.address)
    assert finished.code in {0, 3}
    assert "Traceback" not in finished.err
    rows = rows_by_name(finished.json())
    assert rows[GOOD]["stored_bytes"] == GOOD_BYTES
    assert rows["bad/absurd"]["stored_bytes"] >= 0
    shown = auditor.run("show", f"{registry.address}/bad/absurd:1")
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    "size", ["9223372036854775808", "1e400", "1.5", '"12"', "true", "null", "9" * 5_000]
)
def test_a_size_that_is_no_number_of_bytes_is_passed_by(
    auditor: Auditor, rogue: RogueRegistry, size: str
) -> None:
    manifest = manifest_of(*_config_and_layers())
    digest = re.escape(_config_and_layers()[1][0].digest.encode())
    body = re.sub(rb'(?<="digest":"' + digest + rb'","size":)\d+', size.encode(), manifest.body)
    assert body != manifest.body
    put_bad(rogue, Stored(body, OCI_MANIFEST))
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="size|number")


def _config_and_layers() -> tuple[Stored, tuple[Stored, ...]]:
    only = layer("bad-size", 1_116)
    return config_for((only,), "amd64", ("COPY bad-size /",)), (only,)


def put_bad(rogue: RogueRegistry, manifest: Stored) -> None:
    rogue.add_tags("bad/one", "1")
    rogue.add_manifest("bad/one", "1", manifest)


def test_five_thousand_levels_of_json_are_passed_by(auditor: Auditor, rogue: RogueRegistry) -> None:
    deep = b'{"schemaVersion":2,"layers":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    put_bad(rogue, Stored(deep, OCI_MANIFEST))
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="deep|level|nest")


def test_five_thousand_levels_of_json_in_a_config_are_passed_by(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    deep = Stored(b'{"history":' + b"[" * 5_000 + b"]" * 5_000 + b"}", OCI_CONFIG)
    put_bad(rogue, manifest_of(deep, ()))
    rogue.add_blob("bad/one", deep)
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="deep|level|nest")


@pytest.mark.parametrize("levels, code", [(64, 0), (65, 3)])
def test_sixty_four_levels_of_json_are_the_limit(
    auditor: Auditor, rogue: RogueRegistry, levels: int, code: int
) -> None:
    config = config_for((), "amd64", ())
    nested = json.loads("[" * (levels - 1) + "]" * (levels - 1))
    put_bad(rogue, manifest_of(config, (), **{"org.example.nested": nested}))
    rogue.add_blob("bad/one", config)
    assert audit(auditor, rogue.address).code == code


def test_a_redirect_in_a_circle_is_given_up(auditor: Auditor, rogue: RogueRegistry) -> None:
    rogue.add_tags("bad/one", "1")
    path = "/v2/bad/one/manifests/1"
    rogue.answers[path] = Answer(status=307, headers={"Location": path})
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="redirect")


def test_an_error_of_a_hundred_megabytes_is_not_read_to_its_end(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    rogue.add_tags("bad/one", "1")
    long_error = Answer(b" " * 1_000_000, status=400, repeat=100, is_chunked=True)
    rogue.answers["/v2/bad/one/manifests/1"] = long_error
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="400")
    # The cap is 64 KiB; the rest is what the sockets between hold.
    assert rogue.sent_bytes < CAP_BYTES


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_manifest_of_a_hundred_megabytes_is_not_read_to_its_end(
    auditor: Auditor, rogue: RogueRegistry, is_chunked: bool
) -> None:
    rogue.add_tags("bad/one", "1")
    rogue.answers["/v2/bad/one/manifests/1"] = Answer(
        b" " * 1_000_000, headers={"Content-Type": OCI_MANIFEST}, repeat=100, is_chunked=is_chunked
    )
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="16|large|big|cap|limit")
    # What the sockets between hold is sent without ever being read.
    assert rogue.sent_bytes < 2 * CAP_BYTES


def test_a_manifest_just_under_the_cap_is_read(auditor: Auditor, rogue: RogueRegistry) -> None:
    config = config_for((), "amd64", ())
    padding = "x" * (CAP_BYTES - 1_000)
    big = manifest_of(config, (), annotations={"org.example.padding": padding})
    put_bad(rogue, big)
    rogue.add_blob("bad/one", config)
    finished = audit(auditor, rogue.address)
    assert finished.code == 0, finished.err
    expected = len(big.body) + len(config.body)
    assert rows_by_name(finished.json())["bad/one"]["stored_bytes"] == expected


def test_a_config_that_is_not_what_its_digest_says_is_passed_by(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    config = config_for((), "amd64", ())
    put_bad(rogue, manifest_of(config, ()))
    path = f"/v2/bad/one/blobs/{config.digest}"
    rogue.answers[path] = Answer(b"{}" + b" " * (len(config.body) - 2))
    finished = audit(auditor, rogue.address)
    assert_passed_by(finished, naming="bad/one", bad="bad/one", saying="digest")


def test_text_that_would_move_the_cursor_is_printed_harmlessly(
    auditor: Auditor, rogue: RogueRegistry
) -> None:
    config = json_of({"architecture": "amd64", "os": "linux", "history": []}, OCI_CONFIG)
    put_bad(rogue, manifest_of(config, ()))
    escape = Answer(b'{"errors":[{"code":"\x1b[2J","message":"\x1b]0;owned\x07"}]}', 500)
    rogue.answers[f"/v2/bad/one/blobs/{config.digest}"] = escape
    finished = audit(auditor, rogue.address)
    assert "\x1b" not in finished.err + finished.out
