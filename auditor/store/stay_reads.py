"""For how long blobs were kept that lost a manifest in a period."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import Connection, bindparam, text

from auditor.domain.ledger import Period, Stay
from auditor.store.columns import UtcDateTime

_STREAM_ROWS = 2_000


def iterate_stays(connection: Connection, registry_id: int, period: Period) -> Iterator[list[Stay]]:
    """The stays of each such blob, storage scope by storage scope, in the order of `since`."""
    values = {"registry": registry_id, "start": period.start, "end": period.end}
    rows = connection.execute(_STAYS, values, execution_options={"yield_per": _STREAM_ROWS})
    for _, group in groupby(rows, key=lambda row: (row.scope_id, row.blob_id)):
        yield [Stay(row.size_bytes, row.since, row.until) for row in group]


_STAYS = (
    text(
        """
        WITH lost AS (
          SELECT DISTINCT r.scope_id, mb.blob_id
          FROM repository AS r
          JOIN presence AS p ON p.repository_id = r.id
          JOIN manifest_blob AS mb ON mb.manifest_id = p.manifest_id
          WHERE r.registry_id = :registry AND p.until >= :start AND p.until < :end
            AND NOT mb.is_foreign)
        SELECT DISTINCT lost.scope_id, lost.blob_id, b.size_bytes, p.id, p.since, p.until
        FROM lost
        JOIN blob AS b ON b.id = lost.blob_id
        JOIN manifest_blob AS mb ON mb.blob_id = lost.blob_id AND NOT mb.is_foreign
        JOIN presence AS p ON p.manifest_id = mb.manifest_id
        JOIN repository AS r ON r.id = p.repository_id AND r.scope_id = lost.scope_id
        ORDER BY lost.scope_id, lost.blob_id, p.since
        """
    )
    .bindparams(bindparam("start", type_=UtcDateTime()), bindparam("end", type_=UtcDateTime()))
    .columns(since=UtcDateTime(), until=UtcDateTime())
)
