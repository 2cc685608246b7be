"""Repositories with figures of one's choice, straight into the tables: no crawl makes ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert

from auditor.domain.observation import StorageScope
from auditor.store.batches import insert_new
from auditor.store.tables.places import RegistryRow, RepositoryRow, StorageScopeRow
from auditor.store.tables.totals import RegistryTotalRow, RepositoryTotalRow
from tests.store.bench import NAME, Bench
from tests.store.things import day

_SIZES = ("logical_bytes", "stored_bytes", "exclusive_bytes", "fair_share_bytes")


def put(
    bench: Bench,
    repositories: Mapping[str, Mapping[str, Any]],
    *,
    registry: str = NAME,
    scope: StorageScope = StorageScope.REGISTRY,
) -> None:
    """Write these repositories of one registry with these figures, zero where none is told."""
    taken = len(bench.table(RegistryRow)) + 1
    first = 1_000_000 * taken
    names = list(repositories)
    scopes = {scope.name_for(name): first + place for place, name in enumerate(names)}
    keys = {name: first + place for place, name in enumerate(names)}
    with bench.database.writing() as connection:
        connection.execute(
            insert(RegistryRow),
            {
                "id": taken,
                "name": registry,
                "scope": scope.value,
                "platform": "linux/amd64",
                "lists_untagged": True,
                "lists_repositories": True,
            },
        )
        insert_new(
            connection,
            StorageScopeRow,
            [{"id": key, "registry_id": taken, "name": name} for name, key in scopes.items()],
        )
        where = {
            name: {"registry_id": taken, "scope_id": scopes[scope.name_for(name)]} for name in names
        }
        insert_new(
            connection,
            RepositoryRow,
            [_place(name, keys[name], where[name], repositories[name]) for name in names],
        )
        totals = [_total(keys[name], where[name], repositories[name]) for name in names]
        insert_new(connection, RepositoryTotalRow, totals)
        insert_new(connection, RegistryTotalRow, [_sum(taken, totals)])


def _place(
    name: str, key: int, where: Mapping[str, int], told: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "id": key,
        **where,
        "name": name,
        "since": day(0),
        "last_crawl_id": 0,
        "is_incomplete": told.get("is_incomplete", False),
    }


def _total(key: int, where: Mapping[str, int], told: Mapping[str, Any]) -> dict[str, Any]:
    figures = {name: told.get(name, 0) for name in ("tags", "images", *_SIZES)}
    unknown = {name: told.get(name) for name in ("image_bytes", "image_tag", "growth_bytes")}
    return {"repository_id": key, **where, **figures, **unknown}


def _sum(registry: int, totals: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    rows = list(totals)
    summed = {"tags": "tags", "images": "images", "logical_bytes": "logical_bytes"}
    return {
        "registry_id": registry,
        "repositories": len(rows),
        **{name: sum(row[source] for row in rows) for name, source in summed.items()},
        "stored_bytes": sum(row["fair_share_bytes"] for row in rows),
    }
