"""The listing beside the vendored files is true."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_VENDOR = Path(__file__).parents[2] / "web" / "static" / "vendor"
_LISTING = (_VENDOR / "VENDOR.md").read_text()
_ROW = re.compile(
    r"^\| (\S+) \| (\S+) \| (\d+\.\d+\.\d+) \| (\S+) \| ([0-9a-f]{64}) \|$", re.MULTILINE
)


def test_every_file_has_the_listed_hash() -> None:
    rows = _ROW.findall(_LISTING)
    assert len(rows) == 3
    for name, _, _, _, sha256 in rows:
        assert hashlib.sha256((_VENDOR / name).read_bytes()).hexdigest() == sha256


def test_every_file_is_listed() -> None:
    listed = {row[0] for row in _ROW.findall(_LISTING)}
    present = {path.name for path in _VENDOR.iterdir() if path.suffix in (".js", ".css")}
    assert present == listed


def test_every_package_has_its_licence_text() -> None:
    texts = {path.stem: path.read_text() for path in (_VENDOR / "licences").iterdir()}
    assert set(texts) == {
        "echarts-license", "echarts-notice", "htmx-org-license", "picocss-pico-license",
        "tslib-license", "zrender-license",
    }  # fmt: skip
    assert all(len(text) > 100 for text in texts.values())


def test_the_chart_build_makes_no_code_from_text() -> None:
    build = (_VENDOR / "echarts.custom.min.js").read_text()
    assert not re.search(r"new Function\(|\beval\(", build)
