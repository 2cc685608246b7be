from __future__ import annotations

from datetime import UTC, datetime

from auditor.settings import Settings
from auditor.usecases.check_prices import check_prices
from tests.fakes.contents import Contents, many_tags
from tests.usecases.bench import Bench, target

SETTINGS = Settings(database_url="sqlite:///unused.db")


def test_a_list_price_of_long_ago_is_named(bench: Bench) -> None:
    assert check_prices(bench.database, SETTINGS, now=datetime(2030, 1, 1, tzinfo=UTC)) == ()
    contents = Contents()
    many_tags(contents, "team/app", 1)
    bench.crawl(contents, target("1234.dkr.ecr.eu-west-1.amazonaws.com"))
    (sentence,) = check_prices(bench.database, SETTINGS, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert "over 180 days ago" in sentence
