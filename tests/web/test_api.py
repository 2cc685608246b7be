from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from auditor.domain.views import RankBy, RankQuery
from auditor.reports.as_json import ranking_document
from tests.web.fake_browse import FakeBrowse
from tests.web.fake_views import OTHER_REGISTRY, unanalysed
from web.api.rank import MOST_ROWS


def _json(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200
    assert response.is_json
    assert isinstance(response.json, dict)
    return response.json


def test_rank_answers_the_document_of_the_command(client: FlaskClient, browse: FakeBrowse) -> None:
    query = RankQuery(RankBy.COST, True, OTHER_REGISTRY, "nightly", 5, 2)
    document = _json(
        client,
        f"/api/v1/rank?by=cost&dir=asc&registry={OTHER_REGISTRY}&q=nightly&limit=5&offset=2",
    )
    assert document == ranking_document(browse.rank(query))
    assert len(document["repositories"]) == 5


def test_rank_without_parameters_answers_the_first_thousand(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    expected = ranking_document(browse.rank(RankQuery(limit=MOST_ROWS)))
    assert _json(client, "/api/v1/rank") == expected


def test_rank_links_to_the_next_rows_until_there_are_none(client: FlaskClient) -> None:
    seen: list[str] = []
    address = "/api/v1/rank?by=name&limit=20"
    while address:
        response = client.get(address)
        assert response.json is not None
        seen += [row["repository"] for row in response.json["repositories"]]
        address = response.headers.get("Link", "").partition("<")[2].partition(">")[0]
    assert len(seen) == 67
    assert len(set(seen)) == 67


def test_show_answers_an_image_where_a_tag_is_named(client: FlaskClient) -> None:
    document = _json(client, "/api/v1/show?reference=payments/api:1.4&platform=linux/arm64")
    assert len(document["layers"]) == 10
    assert (document["findings_state"], len(document["findings"])) == ("analysed", 4)


def test_show_answers_a_repository_otherwise(client: FlaskClient) -> None:
    document = _json(client, "/api/v1/show?reference=payments/api")
    assert document["repository"] == "payments/api"
    assert "layers" not in document
    assert [one["rule"] for one in document["findings"]] == ["pip-cache-kept"]


def test_what_nobody_analysed_has_no_findings_rather_than_none_at_all(
    client: FlaskClient, browse: FakeBrowse
) -> None:
    browse.is_analysed, browse.rows = False, unanalysed(browse.rows)
    for reference in ("payments/api", "payments/api:1.4"):
        document = _json(client, f"/api/v1/show?reference={reference}")
        assert (document["findings"], document["findings_state"]) == (None, "not_analysed")
