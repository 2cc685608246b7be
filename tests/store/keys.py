"""By which keys the database knows what was crawled: some reads are asked by them."""

from __future__ import annotations

from auditor.domain.digest import Digest
from auditor.store.tables.facts import BlobRow
from auditor.store.tables.places import RegistryRow, RepositoryRow
from tests.store.bench import NAME, Bench

NOTHING = 10**9
"""A key that no row of a test has."""


def repository_key(bench: Bench, repository: str, registry: str = NAME) -> int:
    registries = {row["id"] for row in bench.table(RegistryRow) if row["name"] == registry}
    (found,) = (
        row["id"]
        for row in bench.table(RepositoryRow)
        if row["name"] == repository and row["registry_id"] in registries
    )
    return int(found)


def blob_keys(bench: Bench, *digests: Digest) -> list[int]:
    """Of stored blobs, manifests among them, in this order."""
    keys = {row["digest"]: int(row["id"]) for row in bench.table(BlobRow)}
    return [keys[digest.to_bytes()] for digest in digests]
