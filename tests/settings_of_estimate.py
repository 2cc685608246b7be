"""Settings of the calculator's indexes, each written unusually, and where it takes effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from auditor.indexes.apk_addresses import find_apk
from auditor.indexes.apt_addresses import find_apt
from auditor.indexes.options import ClientOptions
from auditor.indexes.surroundings import Surroundings
from auditor.settings import Settings
from auditor.usecases.package_indexes import PackageIndexes, open_package_indexes

Case = tuple[str, Callable[[Settings], object], object]
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def nothing(_: Sequence[str]) -> str:
    return ""


AROUND = Surroundings(
    {"PIP_INDEX_URL": "http://usual.example", "npm_config_registry": "http://usual.example"},
    home=Path("/nowhere"),
    root=Path("/nowhere"),
    ask=nothing,
)


def indexes(settings: Settings) -> PackageIndexes:
    return open_package_indexes(settings, now=NOW, around=AROUND)


def options(settings: Settings) -> ClientOptions:
    return indexes(settings).options


def pip(settings: Settings) -> object:
    with indexes(settings) as opened:
        return vars(opened.python())["_indexes"]


def npm(settings: Settings) -> object:
    with indexes(settings) as opened:
        return vars(opened.npm())["_registry"]


def debian(settings: Settings) -> object:
    named = settings.estimate.indexes.debian
    return named and find_apt(named, "sid", AROUND).sources[0].address


def alpine(settings: Settings) -> object:
    named = settings.estimate.indexes.alpine
    return named and find_apk(named, "edge", AROUND).indexes


MIRROR = "https://m.example/simple"
CASES: Mapping[str, Case] = {
    "estimate.indexes.pip": (MIRROR, pip, (MIRROR,)),
    "estimate.indexes.pip_extra": (MIRROR, pip, ("http://usual.example", MIRROR)),
    "estimate.indexes.npm": ("https://m.example/npm", npm, "https://m.example/npm"),
    "estimate.indexes.debian": ("https://m.example/d", debian, "https://m.example/d"),
    "estimate.indexes.alpine": (
        "https://m.example/a",
        alpine,
        ("https://m.example/a/edge/main", "https://m.example/a/edge/community"),
    ),
    "estimate.indexes.file_hosts": ("f.example", lambda s: options(s).file_hosts, ("f.example",)),
    "estimate.cache_folder": ("/kept", lambda s: options(s).cache_folder, Path("/kept")),
    "estimate.cache_hours": ("2", lambda s: options(s).fresh_seconds, 7200),
    "estimate.cache_max_bytes": ("2000000", lambda s: options(s).cache_max_bytes, 2_000_000),
    "estimate.offline": ("true", lambda s: options(s).is_offline, True),
    "estimate.timeout_seconds": ("7", lambda s: options(s).timeout_seconds, 7),
    "estimate.ca_file": ("/ca.pem", lambda s: options(s).ca_files, ("/ca.pem",)),
}
