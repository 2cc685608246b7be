"""Rankings of very many repositories: row by row, and no statement with too many values."""

from __future__ import annotations

from auditor.domain.exactness import Exactness
from auditor.domain.observation import StorageScope
from auditor.domain.views import RankBy, RankQuery
from auditor.store.ranking_reads import load_ranking, load_registry_history, stream_ranking
from tests.store.bench import NAME, Bench, one_price
from tests.store.things import seen
from tests.store.totals import put

MOST_PARAMETERS = 8_000
"""Values one statement may bind: well below PostgreSQL's 65,535 and SQLite's 32,766."""
MANY = MOST_PARAMETERS + 1
QUERY = RankQuery(by=RankBy.TAGS, ascending=True)


def put_many(bench: Bench, scope: StorageScope = StorageScope.REPOSITORY) -> None:
    """Each repository has a storage scope of its own; the last one could not be read."""
    told = {f"app-{number:05}": {"tags": number} for number in range(MANY - 1)}
    put(bench, {**told, "unread": {"tags": MANY, "is_incomplete": True}}, scope=scope)


def test_a_stream_goes_through_very_many_rows_in_order_and_in_pieces(bench: Bench) -> None:
    put_many(bench)
    with bench.statements() as told, bench.database.reading() as connection:
        rows = stream_ranking(connection, QUERY, one_price)
        first = next(rows)
        asked_before_the_first = len(told)
        rest = list(rows)
    assert [row.tags for row in (first, *rest)] == [*range(MANY - 1), MANY]
    assert [row.repository for row in rest if row.is_stale] == ["unread"]
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
    assert asked_before_the_first < len(told), "nothing was asked for later rows"


def test_a_stream_knows_what_is_unread_in_a_scope_whichever_piece_holds_it(bench: Bench) -> None:
    put_many(bench, StorageScope.REGISTRY)
    with bench.database.reading() as connection:
        shares = [
            row.sizes.sharing_exactness for row in stream_ranking(connection, QUERY, one_price)
        ]
    assert set(shares[:-1]) == {Exactness.UPPER_BOUND}
    assert shares[-1] is Exactness.LOWER_BOUND


def test_all_rows_at_once_need_no_statement_with_too_many_values(bench: Bench) -> None:
    """`limit` None means all rows, and every repository may be a storage scope."""
    put_many(bench)
    with bench.statements() as told, bench.database.reading() as connection:
        rows = load_ranking(connection, QUERY, one_price)
    assert [row.tags for row in rows] == [*range(MANY - 1), MANY]
    assert max(one.parameters for one in told) <= MOST_PARAMETERS


def test_the_past_of_very_many_registries_needs_no_statement_with_too_many_values(
    bench: Bench,
) -> None:
    bench.crawl(seen("app"))
    names = [NAME, *(f"r{number}.example" for number in range(MANY - 1))]
    with bench.statements() as told, bench.database.reading() as connection:
        assert len(load_registry_history(connection, names)) == 1
    assert max(one.parameters for one in told) <= MOST_PARAMETERS
