"""Which image stands for a repository: the newest tagged one of the preferred platform."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, bindparam

from auditor.domain.platform import Platform

VARIANTS: BindParameter[Any] = bindparam("variants", expanding=True)


def wanted_platform(platform: Platform) -> dict[str, Any]:
    """The platform as `newest_images` asks for it; without a variant any will do."""
    return {
        "os": platform.os,
        "architecture": platform.architecture,
        "any_variant": not platform.variant,
        "variants": sorted(platform.same_variants),
    }


def newest_images(repositories: str, is_open: str = "{row}.until IS NULL") -> str:
    """SQL for one row per repository: its id, the tag's `name`, `manifest_id`, `pull_bytes`.

    `repositories` is a subquery of ids. `is_open` says which rows of tag and presence
    count, `{row}` standing for their alias: those of now unless told otherwise. Newest by
    the config's date, else by first sight; ties by tag name, then nearest first, as in
    `manifest_graph`. Each manifest is met once a level, however often it is listed.
    """
    return f"""
      WITH RECURSIVE target (repository_id, name, since, manifest_id, depth, place) AS (
        SELECT t.repository_id, t.name, t.since, t.manifest_id, 0, CAST(0 AS BIGINT)
        FROM tag AS t
        WHERE {is_open.format(row="t")} AND t.repository_id IN ({repositories})
        UNION
        SELECT target.repository_id, target.name, target.since, c.child_id, target.depth + 1,
               c.position
        FROM target JOIN manifest_child AS c ON c.manifest_id = target.manifest_id
        WHERE target.depth < 8
      ),
      choice AS (
        SELECT target.repository_id, target.name, target.manifest_id,
          ROW_NUMBER() OVER (
            PARTITION BY target.repository_id
            ORDER BY COALESCE(i.created_at, target.since) DESC, target.name, target.depth, target.place,
              body.digest
          ) AS rank_number
        FROM target
        JOIN image AS i ON i.manifest_id = target.manifest_id
        JOIN blob AS body ON body.id = target.manifest_id
        JOIN presence AS p ON p.repository_id = target.repository_id
          AND p.manifest_id = target.manifest_id AND {is_open.format(row="p")}
        WHERE i.os = :os AND i.architecture = :architecture
          AND (:any_variant OR i.variant IN :variants)
      )
      SELECT choice.repository_id, choice.name, choice.manifest_id, (
        SELECT CAST(SUM(b.size_bytes) AS BIGINT) FROM blob AS b WHERE b.id IN (
          SELECT mb.blob_id FROM manifest_blob AS mb WHERE mb.manifest_id = choice.manifest_id)
      ) AS pull_bytes
      FROM choice WHERE choice.rank_number = 1
    """  # noqa: S608 - constant text
