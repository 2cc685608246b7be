from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.domain.views import ImageView, Ranking, RepositoryView
from auditor.reports import as_csv, as_json
from auditor.reports.as_text.crawl import crawl_lines
from auditor.reports.as_text.image import image_tables
from auditor.reports.as_text.ranking import ranking_table
from auditor.reports.as_text.repository import repository_tables
from auditor.reports.layout import as_plain
from tests.reports import finding_samples, samples
from tests.reports.approved import assert_matches_snapshot

RANKINGS = {
    "ranking": samples.plain_ranking(),
    "ranking-analysed": samples.analysed_ranking(),
    "ranking-doubtful": samples.doubtful_ranking(),
    "ranking-hostile": samples.hostile_ranking(),
}
IMAGES = {
    "image": samples.image_view(),
    "image-hostile": samples.hostile_image(),
    "image-analysed": replace(samples.image_view(), findings=finding_samples.image_findings()),
}
REPOSITORIES = {
    "repository": samples.repository_view(),
    "repository-analysed": replace(
        samples.repository_view(),
        row=samples.analysed_ranking().rows[0],
        findings=finding_samples.finding_rows(),
    ),
}


@pytest.mark.parametrize("width", [None, 80, 120])
@pytest.mark.parametrize("name", RANKINGS)
def test_a_ranking_for_people_is_as_approved(name: str, width: int | None) -> None:
    text = as_plain([ranking_table(RANKINGS[name])], width=width)
    assert_matches_snapshot(f"{name}-{width or 'full'}.txt", text)


@pytest.mark.parametrize("name, ranking", RANKINGS.items())
def test_a_ranking_for_machines_is_as_approved(name: str, ranking: Ranking) -> None:
    document = as_json.dump(as_json.ranking_document(ranking))
    assert_matches_snapshot(f"{name}.json", document)
    assert_matches_snapshot(f"{name}.csv", "".join(as_csv.ranking_lines(ranking.rows)))


@pytest.mark.parametrize("name, view", IMAGES.items())
def test_an_image_in_every_form_is_as_approved(name: str, view: ImageView) -> None:
    assert_matches_snapshot(f"{name}-full.txt", as_plain(image_tables(view)))
    assert_matches_snapshot(f"{name}-80.txt", as_plain(image_tables(view), width=80))
    assert_matches_snapshot(f"{name}.json", as_json.dump(as_json.image_document(view)))
    assert_matches_snapshot(f"{name}.csv", "".join(as_csv.layer_lines(view)))


@pytest.mark.parametrize("name, view", REPOSITORIES.items())
def test_a_repository_in_every_form_is_as_approved(name: str, view: RepositoryView) -> None:
    tables = repository_tables(view)
    assert_matches_snapshot(f"{name}-full.txt", as_plain(tables))
    assert_matches_snapshot(f"{name}-80.txt", as_plain(tables, width=80))
    assert_matches_snapshot(f"{name}.json", as_json.dump(as_json.repository_document(view)))
    assert_matches_snapshot(f"{name}.csv", "".join(as_csv.tag_lines(view)))


def test_a_crawl_in_every_form_is_as_approved() -> None:
    report = samples.crawl_report()
    assert_matches_snapshot("crawl.txt", "\n".join((*crawl_lines(report), "")))
    assert_matches_snapshot("crawl.json", as_json.dump(as_json.crawl_document(report)))
    assert_matches_snapshot("crawl.csv", "".join(as_csv.crawl_lines([report])))
