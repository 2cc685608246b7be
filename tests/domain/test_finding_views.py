from auditor.domain.finding_views import FindingsBy, FindingsQuery
from auditor.domain.findings import Confidence


def test_without_a_wish_everything_is_listed_by_priority() -> None:
    query = FindingsQuery()
    assert (query.by, query.confidence, query.limit) == (
        FindingsBy.PRIORITY,
        Confidence.LOW,
        None,
    )
    assert (query.rule, query.team, query.minimum_bytes) == ("", None, 0)
