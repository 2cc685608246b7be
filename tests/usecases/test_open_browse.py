from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from auditor.domain.errors import StoreError, UnknownReferenceError
from auditor.domain.platform import Platform
from auditor.domain.views import RankQuery
from auditor.settings import Settings, load_settings
from auditor.usecases.open_browse import open_browse


def settings(tmp_path: Path, **overrides: str) -> Settings:
    url = f"sqlite:///{tmp_path / 'new' / 'auditor.db'}"
    given = {"database_url": url, **{key.replace("__", "."): v for key, v in overrides.items()}}
    return load_settings(config_file=None, environment={}, overrides=given).settings


def test_what_may_be_read_is_there_before_anything_was_crawled(tmp_path: Path) -> None:
    browse = open_browse(settings(tmp_path))
    overview = browse.overview()
    assert (overview.as_of, overview.growth_bytes) == (None, None)
    assert (overview.totals.repositories, overview.totals.stored_bytes) == (0, 0)
    assert (overview.registries, overview.largest, overview.growers) == ((), (), ())
    assert (overview.history, overview.price_notes) == ((), ())
    assert browse.registries() == ()
    assert browse.rank(RankQuery()).rows == ()
    assert list(browse.iterate_rank(RankQuery())) == []
    with pytest.raises(UnknownReferenceError, match="nothing was crawled yet"):
        browse.resolve("team/app:1.4")
    browse.database.dispose()


def test_platform_and_prices_are_those_of_the_settings(tmp_path: Path) -> None:
    browse = open_browse(settings(tmp_path, platform="linux/arm64", price__amount="0.5"))
    assert browse.platform == Platform("linux", "arm64")
    assert browse.prices.of("registry.example").amount == Decimal("0.5")
    browse.database.dispose()


def test_a_database_that_cannot_be_opened_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be made"):
        open_browse(settings(tmp_path))
