from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from auditor.domain.errors import AuthenticationError
from auditor.reports import as_json
from tests.reports import samples

ROW_KEYS = [
    "registry",
    "repository",
    "tags",
    "images",
    "image_bytes",
    "logical_bytes",
    "stored_bytes",
    "exclusive_bytes",
    "fair_share_bytes",
    "monthly_cost",
    "pull_saving_bytes",
    "stored_saving_bytes",
    "exactness",
]


def read(document: Mapping[str, object]) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(as_json.dump(document))
    return decoded


def test_the_published_keys_of_a_ranking_come_first() -> None:
    document = read(as_json.ranking_document(samples.doubtful_ranking()))
    assert list(document)[:5] == ["schema_version", "as_of", "exactness", "totals", "repositories"]
    totals = ["repositories", "tags", "images", "logical_bytes", "stored_bytes"]
    assert list(document["totals"])[:5] == totals
    assert list(document["repositories"][0])[:13] == ROW_KEYS


def test_each_figure_has_its_own_exactness() -> None:
    row = as_json.ranking_row(samples.row(coverage=samples.HAND_PICKED))
    assert row["exactness"] == "exact"
    assert row["exactness_by_figure"] == {
        "logical_bytes": "exact",
        "stored_bytes": "exact",
        "exclusive_bytes": "upper_bound",
        "fair_share_bytes": "upper_bound",
        "monthly_cost": "upper_bound",
    }


def test_money_is_a_decimal_string_with_four_decimals() -> None:
    row = replace(samples.row(), monthly_cost=Decimal("1E-7"))
    assert as_json.ranking_row(row)["monthly_cost"] == {"amount": "0.0000", "currency": "USD"}
    large = replace(samples.row(), monthly_cost=Decimal("1E+3"))
    assert as_json.ranking_row(large)["monthly_cost"] == {"amount": "1000.0000", "currency": "USD"}


def test_totals_over_several_currencies_have_no_cost() -> None:
    ranking = samples.plain_ranking()
    mixed = replace(ranking, totals=replace(ranking.totals, monthly_cost=None))
    assert read(as_json.ranking_document(mixed))["totals"]["monthly_cost"] is None


def test_savings_are_null_and_say_why() -> None:
    row = as_json.ranking_row(samples.row())
    assert (row["pull_saving_bytes"], row["savings_state"]) == (None, "not_analysed")
    known = as_json.ranking_row(replace(samples.row(), pull_saving_bytes=0))
    assert (known["pull_saving_bytes"], known["savings_state"]) == (0, "analysed")


def test_the_published_keys_of_a_layer_come_first() -> None:
    document = read(as_json.image_document(samples.image_view()))
    assert list(document["layers"][0])[:7] == [
        "position",
        "digest",
        "size_bytes",
        "created_by",
        "media_type",
        "shared_by_repositories",
        "from_base",
    ]
    assert list(document["base"])[:4] == ["names", "digest", "basis", "confidence"]
    assert (document["findings"], document["findings_state"]) == (None, "not_analysed")


def test_an_image_without_a_known_base_says_null() -> None:
    view = replace(samples.image_view(), base=None, platform=None, config_digest=None)
    document = read(as_json.image_document(view))
    assert (document["base"], document["platform"], document["config_digest"]) == (None,) * 3


def test_hostile_text_is_ascii_and_comes_back_as_it_was() -> None:
    text = as_json.dump(as_json.ranking_document(samples.hostile_ranking()))
    assert text.isascii()
    assert "\x1b" not in text
    assert text.endswith("}\n")
    assert json.loads(text)["repositories"][0]["repository"] == samples.HOSTILE


def test_registries_that_gave_no_report_are_listed() -> None:
    failure = ("a.example.com", AuthenticationError("refused", next_step="log in"))
    document = read(as_json.crawls_document([samples.crawl_report()], [failure]))
    assert document["crawls"][0]["outcome"] == "partial"
    assert document["failures"] == [
        {"registry": "a.example.com", "message": "refused", "next_step": "log in"}
    ]
