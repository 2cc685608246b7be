"""Labels of the image that stands for each repository: its newest tagged one."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import JSON, Connection, text

from auditor.domain.platform import Platform
from auditor.store.newest_images import VARIANTS, newest_images, wanted_platform

_STREAM_ROWS = 2_000
_OF_REGISTRY = "SELECT id FROM repository WHERE registry_id = :registry AND removed_at IS NULL"


def iterate_labels(
    connection: Connection, registry_id: int, keys: Collection[str], platform: Platform
) -> Iterator[tuple[str, dict[str, str]]]:
    """Repositories with the labels of these keys, only those that have one of them."""
    values = {"registry": registry_id, **wanted_platform(platform)}
    options = {"yield_per": _STREAM_ROWS}
    for name, labels in connection.execute(_LABELS, values, execution_options=options):
        found = {key: str(labels[key]) for key in keys if key in labels}
        if found:
            yield name, found


_LABELS = (
    text(
        f"""
        SELECT r.name, config.labels
        FROM ({newest_images(_OF_REGISTRY)}) AS newest
        JOIN repository AS r ON r.id = newest.repository_id
        JOIN manifest AS m ON m.id = newest.manifest_id
        JOIN image_config AS config ON config.id = m.config_id
        """  # noqa: S608 - constant text
    )
    .bindparams(VARIANTS)
    .columns(labels=JSON)
)
