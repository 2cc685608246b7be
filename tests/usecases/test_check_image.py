"""A verdict from image to exit: facts, findings, bases, the other image, the policy's reach."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.domain.analysis_settings import AnalysisSettings
from auditor.domain.digest import Digest
from auditor.domain.errors import SettingsError, UsageError
from auditor.domain.exactness import Exactness
from auditor.domain.policy import CheckOutcome, CheckReport, PolicyCheck
from auditor.domain.units import parse_bytes
from auditor.settings import Settings
from auditor.settings_policy import PolicyFile, said_of
from auditor.usecases.analyse import Analysis
from auditor.usecases.check_image import CheckRequest, Knowledge, check, check_image
from auditor.usecases.prepare_database import prepare_database
from tests.end_to_end.images.contents import config_for, index_of, layer, manifest_of
from tests.fakes.contents import Contents
from tests.fakes.contents import layer as fake_layer
from tests.registry.archives.making import config_of, docker_archive
from tests.usecases.bench import Bench, target
from tests.usecases.test_read_image import Layout, index_over

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ANALYSIS = Analysis.from_settings(AnalysisSettings(minimum_saving_bytes=1))
APT = "RUN apt-get update && apt-get install -y build-essential"


def rules(**said: Any) -> dict[str, object]:
    return dict(said_of(key, value) for key, value in said.items())


def judged(
    image: str,
    *,
    analysis: Analysis | None = ANALYSIS,
    policy: PolicyFile | None = None,
    repository: str = "",
    is_missing_fine: bool = False,
    **said: Any,
) -> CheckReport:
    request = CheckRequest(
        image,
        policy or PolicyFile(),
        rules(**said),
        repository=repository,
        is_missing_fine=is_missing_fine,
    )
    known = Knowledge(Settings(database_url="sqlite:///no.db"), analysis, NOW)
    return asyncio.run(check_image(request, known))


def only(report: CheckReport) -> PolicyCheck:
    (one,) = report.biggest.checks
    return one


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


@pytest.fixture
def app(layout: Layout) -> str:
    """Two releases in a layout, the second with one layer more, big enough to be told of."""
    bottom, top = layer("bottom", 3_000_000), layer("top", 20_000)
    for tag, layers in (("1", (bottom,)), ("2", (bottom, top))):
        config = config_for(layers, "amd64", (APT, "COPY . /app")[: len(layers)])
        layout.put(*layers, config)
        layout.tag(tag, manifest_of(config, layers))
    return f"oci:{layout.folder}"


def test_growth_is_held_against_a_tag_beside(app: str) -> None:
    assert judged(f"{app}:2", max_growth="1%", against="1").outcome is CheckOutcome.PASSED
    report = judged(f"{app}:2", max_growth="0.1%", against="1")
    assert report.outcome is CheckOutcome.FAILED
    change = report.biggest.facts.change
    assert change is not None
    assert change.after.layers[1].step == "COPY . /app"
    assert only(report).layers == (1,)


def test_nothing_to_compare_with_is_unknown_and_may_be_fine(app: str) -> None:
    report = judged(f"{app}:2", max_growth="1%", against="9")
    assert report.outcome is CheckOutcome.UNKNOWN
    assert "nothing to compare with" in only(report).message
    fine = judged(f"{app}:2", max_growth="1%", against="9", is_missing_fine=True)
    assert fine.outcome is CheckOutcome.PASSED
    assert only(fine).outcome is CheckOutcome.SKIPPED


def test_another_platform_is_nothing_to_compare_with(layout: Layout, app: str) -> None:
    layout.tag("arm", index_over(layout, [("arm", "arm64")]))
    report = judged(f"{app}:arm", max_growth="1%", against="1")
    assert "no image for the same platform" in only(report).message


def test_findings_are_those_of_the_rules_without_any_database(app: str) -> None:
    report = judged(f"{app}:1", forbidden_findings=["apt-*"])
    assert report.outcome is CheckOutcome.FAILED
    assert "apt-lists-kept" in only(report).found
    assert judged(f"{app}:1", max_saving="1kB").outcome is CheckOutcome.FAILED
    assert judged(f"{app}:1", max_saving="1GB").outcome is CheckOutcome.PASSED
    nobody = judged(f"{app}:1", analysis=None, max_saving="1kB", forbidden_bases=["debian"])
    assert nobody.outcome is CheckOutcome.UNKNOWN
    assert nobody.biggest.facts.findings is None


def test_the_biggest_platform_comes_first(layout: Layout, app: str) -> None:
    small = layout.image("small", "arm64")
    layout.put(small)
    big = manifest_of(*_big(layout))
    layout.put(big)
    platforms = [{"os": "linux", "architecture": one} for one in ("arm64", "amd64")]
    children = [
        one.descriptor(platform=of) for one, of in zip((small, big), platforms, strict=True)
    ]
    layout.tag("both", index_of(children))
    report = judged(f"{app}:both", max_layers=5)
    sizes = [one.facts.side.pull_bytes for one in report.images]
    assert sizes == sorted(sizes, reverse=True)
    assert str(report.biggest.facts.side.platform) == "linux/amd64"


def _big(layout: Layout) -> Any:
    one = layer("big", 9_000)
    config = config_for((one,), "amd64", ("COPY big /",))
    layout.put(one, config)
    return config, (one,)


def test_a_policy_goes_by_the_name_of_the_repository(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", b"x" * 9000)
    policy = PolicyFile(
        {"max_size_bytes": 10**9}, (("team/*", {"max_size_bytes": 1}), ("other", {}))
    )
    report = judged(f"docker-archive:{path}", policy=policy)
    assert (report.outcome, report.repository) == (CheckOutcome.FAILED, "team/app")
    named = judged(f"docker-archive:{path}", policy=policy, repository="other")
    assert named.outcome is CheckOutcome.PASSED
    flagged = judged(f"docker-archive:{path}", policy=policy, max_size="1MB")
    assert flagged.outcome is CheckOutcome.PASSED


def test_an_estimate_is_said_to_be_one_until_the_size_is_known(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    known = layer("known", 2_000)
    config = config_for((known,), "amd64", ("COPY known /",))
    layout.put(known, config)
    layout.tag("1", manifest_of(config, (known,)))
    tars = (gzip.decompress(known.body), b"new" * 1000)
    path = docker_archive(tmp_path / "a.tar", *tars)
    alone = judged(f"docker-archive:{path}", max_size="1MB")
    assert alone.biggest.facts.side.exactness is Exactness.ESTIMATED
    assert "estimate" in alone.notes[0]
    beside = judged(
        f"docker-archive:{path}", max_growth="200%", against=f"oci:{tmp_path / 'layout'}"
    )
    side = beside.biggest.facts.side
    assert [one.is_estimated for one in side.layers] == [False, True]
    assert side.layers[0].digest.text == known.digest
    assert beside.biggest.facts.unpacked_bytes == sum(map(len, tars))
    same = docker_archive(tmp_path / "b.tar", tars[0], config=config_of([tars[0]]))
    whole = judged(
        f"docker-archive:{same}", max_growth="200%", against=f"oci:{tmp_path / 'layout'}"
    )
    assert whole.biggest.facts.side.exactness is Exactness.EXACT


@pytest.mark.parametrize(
    "said, words",
    [
        ({}, "nothing to check"),
        ({"against": "1"}, "nothing to check"),
        ({"max_growth": "1%"}, "needs an image to compare with"),
    ],
)
def test_a_gate_that_asks_nothing_is_a_wrong_question(
    app: str, said: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        judged(f"{app}:1", **said)


def test_a_rule_that_is_none_is_a_wrong_question(app: str) -> None:
    with pytest.raises(SettingsError, match="there is no rule apt-list"):
        judged(f"{app}:1", forbidden_findings=["apt-list"])


def asked(image: str, url: str, **said: Any) -> CheckReport:
    settings = Settings(database_url=url)
    return asyncio.run(check(CheckRequest(image, flags=rules(**said)), settings, NOW))


def test_a_database_that_is_there_is_asked_for_bases(app: str, database_url: str) -> None:
    contents = Contents()
    known = Digest.parse(layer("bottom", 3_000_000).digest)
    one = fake_layer(parse_bytes("3MB"), "whatever")
    contents.tag("team/base", "7", contents.image("base", replace(one, digest=known)))
    database = prepare_database(database_url)
    Bench(database).crawl(contents, target("reg.example"))
    database.dispose()
    report = asked(f"{app}:2", database_url, required_bases=["team/base:7"])
    assert report.outcome is CheckOutcome.PASSED
    assert report.biggest.facts.side.layers[0].from_base
    assert [one.from_base for one in report.biggest.facts.side.layers] == [True, False]
    assert (
        asked(f"{app}:2", database_url, forbidden_bases=["team/*"]).outcome is CheckOutcome.FAILED
    )
    assert asked(f"{app}:2", database_url, max_saving="1GB").outcome is CheckOutcome.PASSED


def test_a_database_that_is_not_there_is_not_made(app: str, tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    report = asked(f"{app}:1", f"sqlite:///{file}", max_size="1GB")
    assert (report.outcome, report.notes, file.exists()) == (CheckOutcome.PASSED, (), False)


def test_a_database_that_cannot_be_reached_is_noted(app: str) -> None:
    report = asked(f"{app}:1", "postgresql+psycopg://nobody@127.0.0.1:9/none", max_size="1GB")
    assert report.outcome is CheckOutcome.PASSED
    assert "catalogue alone" in report.notes[0]
