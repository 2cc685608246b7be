from __future__ import annotations

import pytest

from auditor.domain.errors import UnknownReferenceError
from auditor.usecases.crawl_status import CrawlStatuses
from tests.fakes.contents import Contents
from tests.usecases.bench import REGISTRY, Bench, target


def test_every_registry_is_told_and_one_can_be_named(bench: Bench) -> None:
    for where in (REGISTRY, "other.example"):
        bench.crawl(Contents(), target(where))
    statuses = CrawlStatuses(bench.database)
    assert [one.registry for one in statuses.read()] == ["other.example", REGISTRY]
    assert [len(one.crawls) for one in statuses.read(REGISTRY)] == [1]


def test_an_unknown_registry_is_an_error_with_candidates(bench: Bench) -> None:
    bench.crawl(Contents())
    with pytest.raises(UnknownReferenceError) as caught:
        CrawlStatuses(bench.database).read("nowhere.example")
    assert caught.value.candidates == (REGISTRY,)
