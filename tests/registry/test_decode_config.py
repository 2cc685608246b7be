from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.digest import DiffId, Digest
from auditor.domain.errors import InvalidManifestError
from auditor.domain.image_config import ImageConfig
from auditor.registry.decode_config import decode_config, parse_time

D = Digest.of(b"config")


def decode(document: object) -> ImageConfig:
    return decode_config(json.dumps(document).encode(), D)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-03-04T05:06:07Z", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2026-03-04T05:06:07.123456789Z", datetime(2026, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)),
        ("2026-03-04T05:06:07+05:30", datetime(2026, 3, 3, 23, 36, 7, tzinfo=UTC)),
        ("2026-03-04T05:06:07", datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("9999-12-31T23:59:59-01:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("0000-00-00T00:00:00Z", None),
        ("yesterday", None),
        ("2" * 10_000, None),
        ("", None),
        (None, None),
        (1700000000, None),
    ],
)
def test_times_are_utc_or_unknown(text: object, moment: datetime | None) -> None:
    assert parse_time(text) == moment


@given(st.text(max_size=70))
def test_any_text_is_a_time_in_utc_or_none(text: str) -> None:
    moment = parse_time(text)
    assert moment is None or moment.tzinfo is UTC


def test_a_config_keeps_what_an_audit_needs() -> None:
    config = decode(
        {
            "os": "linux",
            "architecture": "amd64",
            "created": "2026-01-01T00:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": [Digest.of(b"1").text]},
            "history": [{"created_by": "RUN a", "empty_layer": True, "comment": "c"}, None, {}],
            "config": {"Labels": {"a": "b", "c": 5}, "Env": ["PASSWORD=canary"]},
        }
    )
    assert str(config.platform) == "linux/amd64"
    assert config.diff_ids == (DiffId.parse(Digest.of(b"1").text),)
    assert [step.created_by for step in config.history] == ["RUN a", "", ""]
    assert [step.is_empty_layer for step in config.history] == [True, False, False]
    assert config.labels == {"a": "b"}
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"os": "linux"},
        {"architecture": "", "os": "x"},
        {"rootfs": None, "config": None, "history": None},
    ],
)
def test_a_sparse_config_is_unknown_in_parts(document: object) -> None:
    config = decode(document)
    assert config.platform is None
    assert config.diff_ids == ()
    assert config.history == ()


def test_one_bad_diff_id_leaves_none() -> None:
    assert decode({"rootfs": {"diff_ids": [Digest.of(b"1").text, "x"]}}).diff_ids == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"a":' + b"[" * 5000, b'{"config":"x"}'])
def test_an_unusable_config_is_a_typed_error(body: bytes) -> None:
    with pytest.raises(InvalidManifestError):
        decode_config(body, D)


def test_labels_and_steps_are_made_harmless_and_cut() -> None:
    body = b'{"config":{"Labels":{"k":"\\u0000\\ud800\\u202e\\u001b[2J"}},"history":[{"created_by":"%s"}]}'
    config = decode_config(body % (b"x" * 100_000), D)
    assert config.labels == {"k": "\\x00\\ud800\\u202e\\x1b[2J"}
    assert len(config.history[0].created_by) == 32_768
    assert config.history[0].created_by.endswith("…")


def test_history_keeps_its_number_when_its_texts_are_too_long_together() -> None:
    steps = [{"created_by": "x" * 32_000, "empty_layer": True}] * 50
    history = decode_config(json.dumps({"history": steps}).encode(), Digest.of(b"")).history
    assert len(history) == 50
    assert [bool(one.created_by) for one in history] == [True] * 32 + [False] * 18
    assert all(one.is_empty_layer for one in history)


def test_more_diff_ids_than_any_image_has_are_none() -> None:
    ids = ["sha256:" + "a" * 64] * 10_001
    body = json.dumps({"rootfs": {"diff_ids": ids}}).encode()
    assert decode_config(body, Digest.of(b"")).diff_ids == ()
