from __future__ import annotations

import json
from dataclasses import replace

import click
import pytest

from auditor.domain.errors import AuthenticationError, NotFoundError, RegistryUnreachableError
from auditor.domain.hints import DueRepositories
from auditor.domain.observation import CrawlOutcome, CrawlReport
from tests.commands.fake_use_cases import FakeUseCases, clean_report, known, rows_in, run
from tests.reports import samples


def test_audit_prints_the_ranking_and_tells_about_the_crawl_beside_it(fakes: FakeUseCases) -> None:
    result = run(fakes, "audit", "localhost:5000", "--format", "json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["repositories"]) == 2
    assert "was crawled completely" in result.stderr
    assert fakes.browse.queries[0].registry == "localhost:5000"


def test_quiet_leaves_standard_error_empty(fakes: FakeUseCases) -> None:
    result = run(fakes, "audit", "localhost:5000", "--quiet")
    assert result.stderr == ""
    assert result.stdout


def test_one_failing_registry_does_not_stop_the_others_and_the_worst_code_counts(
    fakes: FakeUseCases,
) -> None:
    fakes.outcomes["a.example.com"] = AuthenticationError("refused", next_step="docker login")
    fakes.outcomes["b.example.com"] = samples.crawl_report(CrawlOutcome.PARTIAL)
    result = run(fakes, "audit", "a.example.com", "b.example.com", "localhost:5000")
    assert result.exit_code == 4
    assert [name for name, _ in fakes.crawled] == [
        "a.example.com",
        "b.example.com",
        "localhost:5000",
    ]
    assert "auditor: refused; docker login" in result.stderr
    assert "team/app" in result.stdout
    assert fakes.browse.queries[0].registry == ""


def test_audit_of_a_reference_says_that_it_is_one_and_ranks_nothing(fakes: FakeUseCases) -> None:
    upstream = replace(clean_report("hub.example.com"), is_reference=True)
    fakes.outcomes["hub.example.com"] = upstream
    result = run(fakes, "audit", "hub.example.com")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "A reference: its images serve as bases and are not counted." in result.stderr
    assert fakes.browse.queries == []
    result = run(fakes, "audit", "hub.example.com", "--format", "json", "--quiet")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "only references were read, which are in no ranking" in result.stderr
    result = run(fakes, "audit", "hub.example.com", "localhost:5000")
    assert "team/app" in result.stdout


@pytest.mark.parametrize(
    "outcome, code",
    [
        (RegistryUnreachableError("no answer"), 4),
        (NotFoundError("no such repository"), 3),
        (ValueError("a defect"), 3),
        (KeyboardInterrupt(), 130),
        (samples.crawl_report(CrawlOutcome.INTERRUPTED), 130),
        (samples.crawl_report(CrawlOutcome.PARTIAL), 3),
        (samples.crawl_report(CrawlOutcome.FAILED), 3),
        (samples.crawl_report(CrawlOutcome.COMPLETE), 3),
        (clean_report("localhost:5000"), 0),
    ],
)
def test_exit_codes_of_audit(
    fakes: FakeUseCases, outcome: CrawlReport | BaseException, code: int
) -> None:
    fakes.outcomes["localhost:5000"] = outcome
    result = run(fakes, "audit", "localhost:5000")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr
    if isinstance(outcome, BaseException):
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1


def test_an_interrupted_crawl_says_that_it_can_go_on(fakes: FakeUseCases) -> None:
    fakes.outcomes["localhost:5000"] = KeyboardInterrupt()
    result = run(fakes, "crawl", "known.example.com", "--quiet")
    assert result.exit_code == 0
    assert "interrupted; what was read is kept" in run(fakes, "audit", "localhost:5000").stderr


def test_a_crawl_that_another_one_overtook_says_why_it_ended(fakes: FakeUseCases) -> None:
    overtaken = samples.crawl_report(CrawlOutcome.INTERRUPTED)
    fakes.outcomes["localhost:5000"] = replace(overtaken, warnings=("another crawl began",))
    result = run(fakes, "audit", "localhost:5000")
    assert result.exit_code == 130
    assert "warning: another crawl began" in result.stderr


def test_held_back_removals_are_said_even_when_quiet(fakes: FakeUseCases) -> None:
    fakes.outcomes["localhost:5000"] = samples.crawl_report(CrawlOutcome.COMPLETE)
    result = run(fakes, "audit", "localhost:5000", "--quiet")
    assert "--accept-removals" in result.stderr
    run(fakes, "audit", "localhost:5000", "--accept-removals")
    assert fakes.crawled[-1] == ("localhost:5000", True)


def test_flags_of_audit_reach_the_target(fakes: FakeUseCases) -> None:
    arguments = ["--username", "me", "--password-stdin", "--plain-http", "--no-verify-tls"]
    arguments += ["--scope", "namespace", "--repository", "a", "--repository", "b"]
    result = run(
        fakes, "audit", "r.example.com", *arguments, "--platform", "linux/arm64", stdin="s3cret\n"
    )
    assert result.exit_code == 0
    assert fakes.overrides == {"platform": "linux/arm64"}
    assert fakes.flags == [
        {
            "username": "me",
            "password": "s3cret",
            "plain_http": True,
            "ca_file": "",
            "verify_tls": False,
            "scope": "namespace",
            "repositories": ("a", "b"),
        }
    ]
    assert "s3cret" not in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("one.example.com", "--password-stdin"),
        ("one.example.com", "--username", "me"),
        ("one.example.com", "two.example.com", "--username", "me", "--password-stdin"),
        ("http://me:canary@one.example.com",),
        (),
        ("one.example.com", "--password", "canary"),
    ],
)
def test_requests_that_make_no_sense_crawl_nothing(
    fakes: FakeUseCases, arguments: tuple[str, ...]
) -> None:
    result = run(fakes, "audit", *arguments, stdin="")
    assert result.exit_code == 2
    assert fakes.crawled == []
    assert "Traceback" not in result.output


def test_crawl_takes_configured_names_known_addresses_or_all(fakes: FakeUseCases) -> None:
    fakes.configured = {"main": "http://registry.example.com"}
    assert run(fakes, "crawl").exit_code == 0
    assert run(fakes, "crawl", "main", "known.example.com").exit_code == 0
    assert [name for name, _ in fakes.crawled] == [
        "registry.example.com",
        "registry.example.com",
        "known.example.com",
    ]
    unknown = run(fakes, "crawl", "mian")
    assert unknown.exit_code == 2
    assert "candidates: known.example.com, main" in unknown.stderr


@pytest.mark.parametrize(
    "text, address",
    [
        ("known.example.com", "https://known.example.com"),
        ("KNOWN.example.com/", "https://known.example.com"),
        ("http://known.example.com", "http://known.example.com"),
        ("known.example.com/docker", "https://known.example.com/docker"),
        ("http://known.example.com/docker/", "http://known.example.com/docker"),
        ("localhost:5000/docker", "http://localhost:5000/docker"),
        ("configured.example.com", "http://configured.example.com"),
        ("oci:/srv/images", ""),
    ],
)
@pytest.mark.parametrize("command", ["crawl", "audit"])
def test_both_commands_find_a_known_registry_by_its_name_or_address(
    fakes: FakeUseCases, command: str, text: str, address: str
) -> None:
    names = ("known.example.com", "known.example.com/docker", "localhost:5000/docker")
    fakes.browse.known = [known(name) for name in (*names, "oci:/srv/images")]
    fakes.configured = {"own": "http://configured.example.com"}
    result = run(fakes, command, text, "--accept-removals")
    assert result.exit_code == 0, result.stderr
    assert [found.base_url for found in fakes.targets] == [address]
    assert [accepts for _, accepts in fakes.crawled] == [True]


def test_a_path_below_a_registry_that_nobody_knows_is_a_repository(fakes: FakeUseCases) -> None:
    for command in ("crawl", "audit"):
        result = run(fakes, command, "new.example.com/team/app")
        assert result.exit_code == 2
        assert "audit new.example.com and name the repository with --repository" in result.stderr
    assert fakes.crawled == []


def test_an_address_that_never_answered_is_not_known(fakes: FakeUseCases) -> None:
    fakes.browse.known = [known("typo.example.com", CrawlOutcome.FAILED)]
    assert run(fakes, "crawl").exit_code == 2
    result = run(fakes, "crawl", "typo.example.com")
    assert result.exit_code == 2
    assert "no registry is called 'typo.example.com'" in result.stderr


def test_a_password_in_a_name_is_not_repeated(fakes: FakeUseCases) -> None:
    result = run(fakes, "crawl", "me:canary@known.example.com")
    assert result.exit_code == 2
    assert "canary" not in result.output


def test_crawl_reports_in_every_form(fakes: FakeUseCases) -> None:
    fakes.outcomes["known.example.com"] = samples.crawl_report(CrawlOutcome.PARTIAL)
    assert "not read: team/private" in run(fakes, "crawl").stdout
    document = json.loads(run(fakes, "crawl", "--format", "json").stdout)
    assert document["crawls"][0]["problems"][1]["repository"] == "team/private"
    assert rows_in(run(fakes, "crawl", "--format", "csv").stdout, "csv") == 1
    fakes.outcomes["known.example.com"] = AuthenticationError("refused")
    failed = run(fakes, "crawl", "--format", "json")
    assert (failed.exit_code, len(json.loads(failed.stdout)["failures"])) == (4, 1)


def test_there_may_be_nothing_to_crawl(
    fakes: FakeUseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fakes.browse, "registries", lambda: ())
    result = run(fakes, "crawl")
    assert result.exit_code == 2
    assert "auditor audit REGISTRY" in result.stderr


def test_a_password_is_asked_for_on_a_terminal(
    fakes: FakeUseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auditor.commands.auditing._is_terminal", lambda: True)
    result = run(fakes, "audit", "r.example.com", "--username", "me", stdin="s3cret\n")
    assert result.exit_code == 0
    assert fakes.flags[0]["password"] == "s3cret"
    assert "s3cret" not in result.output


def test_giving_up_at_the_password_is_an_interruption(
    fakes: FakeUseCases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> str:
        raise click.Abort

    monkeypatch.setattr("auditor.commands.auditing._is_terminal", lambda: True)
    monkeypatch.setattr("click.prompt", interrupt)
    result = run(fakes, "audit", "r.example.com", "--username", "me")
    assert (result.exit_code, result.stderr) == (130, "auditor: interrupted\n")


def test_warnings_about_credentials_are_said_once_even_when_quiet(fakes: FakeUseCases) -> None:
    fakes.warnings = ("credentials in config.json are not read: they are no JSON object",)
    result = run(fakes, "audit", "a.example.com", "b.example.com", "--quiet")
    assert result.stderr.count("auditor: warning: credentials in config.json are not read") == 1


def test_what_was_hinted_is_crawled_and_nothing_else(fakes: FakeUseCases) -> None:
    result = run(fakes, "crawl", "--hinted", "known.example.com")
    assert (result.exit_code, fakes.crawled) == (0, [])
    assert "no push event waits" in result.stderr
    fakes.due = [
        DueRepositories("known.example.com", ("team/app",)),
        DueRepositories("other.example.com", ("x",)),
    ]
    result = run(fakes, "crawl", "--hinted", "known.example.com", "--format", "json")
    assert result.exit_code == 0
    assert fakes.hinted == fakes.due[:1]
    assert len(json.loads(result.stdout)["crawls"]) == 1
    fakes.due = [DueRepositories("known.example.com", ())]
    assert run(fakes, "crawl", "--hinted", "known.example.com").stdout == ""
