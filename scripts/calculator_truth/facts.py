"""The record: what was built and what it weighs; names, versions and bytes, and no address.

A row is one layer: its root package, the variant of the installation, the packages it brought
as keys of the ecosystem's table of packages, and its measured layers.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]
VERSION = 1


def half_of(ecosystem: str, root: str) -> int:
    """Which half of all roots this one is in, 0 or 1, whatever it weighs.

    Fixed before anything was built: whether the first byte of SHA-256 of "ecosystem:root" is odd.
    """
    return hashlib.sha256(f"{ecosystem}:{root}".encode()).digest()[0] % 2


def load(path: Path) -> Json:
    """What was recorded before; an empty record where there is no file."""
    if not path.exists():
        return {"version": VERSION, "tools": {}, "packages": {}, "rows": [], "dropped": []}
    facts: Json = json.loads(gzip.decompress(path.read_bytes()))
    return facts


def save(path: Path, facts: Json) -> None:
    """The same bytes for the same facts; a run that is ended meanwhile loses nothing."""
    facts["rows"].sort(key=row_key)
    facts["dropped"].sort(key=row_key)
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()
    fresh = path.with_suffix(".new")
    fresh.write_bytes(gzip.compress(text, compresslevel=9, mtime=0))
    fresh.replace(path)


def row_key(row: Json) -> tuple[str, str, str]:
    """What a row is about; one row for each."""
    return row["ecosystem"], row["variant"], row["root"]


def add_row(facts: Json, row: Json, packages: dict[str, Json]) -> None:
    """Put a row in the place of the one before; `packages` are those it names."""
    facts["rows"] = [one for one in facts["rows"] if row_key(one) != row_key(row)]
    facts["dropped"] = [one for one in facts["dropped"] if row_key(one) != row_key(row)]
    facts["rows"].append(row)
    facts["packages"].setdefault(row["ecosystem"], {}).update(packages)


def drop(facts: Json, about: Json, reason: str) -> None:
    """Note a root that could not be built, with the reason; it is not tried again by itself."""
    facts["dropped"] = [one for one in facts["dropped"] if row_key(one) != row_key(about)]
    facts["dropped"].append({**about, "reason": reason})
