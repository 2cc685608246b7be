"""What is answered about findings before anything was analysed."""

from __future__ import annotations

from auditor.domain.finding_views import FindingsQuery
from auditor.domain.reference import ImageReference
from tests.fakes.contents import Contents, layer
from tests.usecases.bench import REGISTRY, Bench


def test_before_the_first_analysis_nothing_is_known_and_nothing_is_zero(
    either_bench: Bench,
) -> None:
    contents = Contents()
    contents.tag("team/app", "1", contents.image("app", layer(10**6, "app")))
    either_bench.crawl(contents)
    browse, query = either_bench.browse(), FindingsQuery()
    page = browse.findings(query)
    assert (page.as_of, page.rows, page.matches) == (None, (), 0)
    assert list(browse.iterate_findings(query)) == []
    reference = ImageReference("team/app", REGISTRY, tag="1")
    assert browse.image_findings(reference) is None
    assert browse.image(reference).findings is None
    assert browse.repository(REGISTRY, "team/app").row.pull_saving_bytes is None
    assert browse.overview().totals.stored_saving_bytes is None
