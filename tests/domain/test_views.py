from __future__ import annotations

from auditor.domain.exactness import Coverage, Exactness
from auditor.domain.views import RankQuery, Sizes


def test_sizes_say_how_far_each_of_them_can_be_trusted() -> None:
    sizes = Sizes(4, 3, 1, 2, Coverage(lists_untagged=True, lists_repositories=False))
    assert sizes.exactness is Exactness.EXACT
    assert sizes.sharing_exactness is Exactness.UPPER_BOUND


def test_a_ranking_shows_all_repositories_by_size_unless_asked_otherwise() -> None:
    query = RankQuery()
    assert (query.by, query.limit, query.offset, query.text) == ("size", None, 0, "")
