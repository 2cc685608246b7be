from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from auditor.domain.platform import Platform
from auditor.domain.views import RankBy, RankQuery
from tests.commands.fake_use_cases import FakeUseCases, rows_in, run
from tests.reports import samples


def test_rank_prints_a_table_and_nothing_on_standard_error(fakes: FakeUseCases) -> None:
    result = run(fakes, "rank", "--by", "exclusive", "--reverse", "--match", "team")
    assert result.exit_code == 0
    assert "team/worker" in result.stdout
    assert "not analysed" in result.stdout
    assert result.stderr == ""
    assert fakes.browse.queries == [
        RankQuery(by=RankBy.EXCLUSIVE, ascending=True, text="team", limit=30)
    ]


def test_rank_says_on_standard_error_how_many_rows_it_left_out(fakes: FakeUseCases) -> None:
    result = run(fakes, "rank", "--limit", "1")
    assert "team/worker" not in result.stdout
    assert "1 more" in result.stderr
    assert "--limit 0" in result.stderr


@pytest.mark.parametrize("form", ["json", "csv"])
def test_machines_get_every_row_unless_they_ask_for_fewer(fakes: FakeUseCases, form: str) -> None:
    fakes.browse.rows = tuple(samples.row(f"team/app{number}") for number in range(50))
    whole, cut = (
        run(fakes, "rank", "--format", form),
        run(fakes, "rank", "--format", form, "--limit", "2"),
    )
    assert (rows_in(whole.stdout, form), rows_in(cut.stdout, form)) == (50, 2)


@pytest.mark.parametrize(
    "text", ["own", "registry.example.com", "REGISTRY.example.com", "http://registry.example.com/"]
)
def test_rank_takes_a_registrys_name_address_or_configured_name(
    fakes: FakeUseCases, text: str
) -> None:
    fakes.configured = {"own": "http://registry.example.com"}
    assert run(fakes, "rank", "--registry", text).exit_code == 0
    assert fakes.browse.queries[0].registry == "registry.example.com"


def test_repositories_are_ranked_by_potential(fakes: FakeUseCases) -> None:
    for command in (["rank"], ["audit", "localhost:5000"]):
        result = run(fakes, *command, "--by", "potential")
        assert result.exit_code == 0
        assert "not analysed" in result.stdout
    assert [query.by for query in fakes.browse.queries] == [RankBy.POTENTIAL] * 2


def test_what_could_be_saved_is_a_figure_once_it_is_analysed(fakes: FakeUseCases) -> None:
    analysed = replace(samples.row(), pull_saving_bytes=48_000_000, stored_saving_bytes=-1_000)
    fakes.browse.rows = (analysed, samples.row("team/worker"))
    table = run(fakes, "rank", "--by", "potential").stdout
    for words in ("pull saving", "48.0 MB", "-1.00 kB", "not analysed", "auditor findings"):
        assert words in table


def test_an_empty_database_is_said_in_words_and_prints_no_data(fakes: FakeUseCases) -> None:
    fakes.browse.rows = ()
    result = run(fakes, "rank")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "auditor audit REGISTRY" in result.stderr


def test_show_explains_an_image_layer_by_layer(fakes: FakeUseCases) -> None:
    result = run(fakes, "show", "team/app:1.4", "--platform", "linux/arm64")
    assert "build-essential" in result.stdout
    asked = ("localhost:5000/team/app:1.4", Platform("linux", "arm64"))
    assert fakes.browse.asked == [asked]
    layers = json.loads(run(fakes, "show", "team/app:1.4", "--format", "json").stdout)["layers"]
    assert [layer["position"] for layer in layers] == [0, 1, 2, 3]
    assert rows_in(run(fakes, "show", "team/app:1.4", "--format", "csv").stdout, "csv") == 4


def test_show_explains_a_repository(fakes: FakeUseCases) -> None:
    assert "freed if this repository were deleted" in run(fakes, "show", "team/app").stdout
    document = json.loads(run(fakes, "show", "team/app", "--format", "json").stdout)
    assert (document["kind"], document["findings_state"]) == ("repository", "not_analysed")
    assert rows_in(run(fakes, "show", "team/app", "--format", "csv").stdout, "csv") == 2


def test_an_unknown_reference_names_the_candidates_in_one_harmless_line(
    fakes: FakeUseCases,
) -> None:
    result = run(fakes, "show", "nobody/knows")
    assert result.exit_code == 2
    assert result.stderr == (
        "auditor: nothing is stored as 'nobody/knows'; candidates: a/one, b/two\\x1b[31m\n"
    )


@pytest.mark.parametrize(
    "arguments", [("team/app", "--platform", "linux/arm64"), ("x", "--platform", "odd")]
)
def test_a_platform_that_makes_no_sense_is_a_usage_error(
    fakes: FakeUseCases, arguments: tuple[str, ...]
) -> None:
    result = run(fakes, "show", *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_date_asks_for_the_past(fakes: FakeUseCases) -> None:
    end_of_day = datetime(2026, 11, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    run(fakes, "rank", "--at", "2026-11-01")
    assert fakes.browse.queries[-1].at == end_of_day
    for reference in ("team/app", "team/app:1.4"):
        run(fakes, "show", reference, "--at", "2026-11-01")
    assert fakes.browse.moments == [end_of_day, end_of_day]
    run(fakes, "show", "team/app")
    assert fakes.browse.moments[-1] is None


@pytest.mark.parametrize("date", ["yesterday", "2027-01-01"])
def test_what_is_no_date_of_the_past_is_a_usage_error(fakes: FakeUseCases, date: str) -> None:
    result = run(fakes, "rank", "--at", date)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "2026-11-25" in result.stderr
