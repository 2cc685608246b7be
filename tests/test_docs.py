"""What the documents say, held against the program."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from auditor.analysis.rules.book import BOOK
from auditor.cli import auditor
from auditor.domain.schedules import Kind
from auditor.settings import (
    RegistrySettings,
    Settings,
    load_settings,
    render_settings,
)
from auditor.settings_alerts import AlertSettings, ChannelSettings, PushSettings
from auditor.settings_analysis import (
    AnalysisSection,
    PullSection,
    RuleSection,
    UserRuleSection,
)
from auditor.settings_estimate import EstimateSettings, IndexesSettings
from auditor.settings_mail import DigestSettings, MailSettings, RecipientSettings
from auditor.settings_monitoring import LogsSettings, MetricsSettings, TelemetrySettings
from auditor.settings_prices import BookEntrySettings, PriceSettings
from auditor.settings_sections import (
    BudgetSettings,
    CrawlSettings,
    HistorySettings,
    OwnerRuleSettings,
    OwnersSettings,
    WebSettings,
)
from auditor.settings_service import ScheduleSection, ServiceSection

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config/auditor.example.toml"
SETTINGS_PAGE = ROOT / "docs/reference/settings.md"
COMMANDS_PAGE = ROOT / "docs/reference/commands.md"
SECTIONS: dict[str, type[BaseModel]] = {
    "": Settings,
    "registries.NAME.": RegistrySettings,
    "registries.NAME.price.": PriceSettings,
    "crawl.": CrawlSettings,
    "history.": HistorySettings,
    "price.": PriceSettings,
    "owners.": OwnersSettings,
    "owners.rules.NAME.": OwnerRuleSettings,
    "budgets.NAME.": BudgetSettings,
    "price_book.NAME.": BookEntrySettings,
    "analysis.": AnalysisSection,
    "analysis.pull.": PullSection,
    "analysis.rule.IDENTIFIER.": RuleSection,
    "analysis.user_rule.NAME.": UserRuleSection,
    **{f"schedules.{kind}.": ScheduleSection for kind in Kind},
    "service.": ServiceSection,
    "web.": WebSettings,
    "mail.": MailSettings,
    "digest.": DigestSettings,
    "digest.recipients.NAME.": RecipientSettings,
    "logs.": LogsSettings,
    "metrics.": MetricsSettings,
    "telemetry.": TelemetrySettings,
    "channels.NAME.": ChannelSettings,
    "alerts.NAME.": AlertSettings,
    "push.NAME.": PushSettings,
    "estimate.": EstimateSettings,
    "estimate.indexes.": IndexesSettings,
}
HOLDS_OTHERS = {
    *("registries", "registries.NAME.price", "crawl", "history", "price", "owners"),
    *("owners.rules", "budgets", "price_book", "web", "schedules", "service"),
    *("analysis", "analysis.pull", "analysis.rule", "analysis.user_rule"),
    *("mail", "digest", "digest.recipients", "logs", "metrics", "telemetry"),
    *("channels", "alerts", "push"),
    *("estimate", "estimate.indexes"),
}
NAMED_IN_THE_EXAMPLE = (
    *("registries.production", "owners.rules.payments", "budgets.payments"),
    "digest.recipients.payments",
    *("price_book.contract-2026", "analysis.rule.apt-lists-kept", "analysis.user_rule.old-key"),
    *("channels.operations", "channels.signed", "channels.mail", "push.production"),
    *("alerts.large-images", "alerts.sudden-growth", "alerts.money"),
    *("alerts.crawls", "alerts.worth-a-change"),
)


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def every_key() -> set[str]:
    keys = {f"{above}{name}" for above, model in SECTIONS.items() for name in model.model_fields}
    return keys - HOLDS_OTHERS


def rows_of(page: Path) -> dict[str, list[str]]:
    """First column of every table row, in code font, to the other columns."""
    row = re.compile(r"^\| `([^`]+)` \|(.+)\|$", re.MULTILINE)
    return {
        key: [cell.strip() for cell in rest.split("|")]
        for key, rest in row.findall(page.read_text())
    }


def test_the_reference_lists_every_setting_and_no_other() -> None:
    assert set(rows_of(SETTINGS_PAGE)) == every_key()


def test_the_reference_names_the_true_defaults(tmp_path: Path) -> None:
    loaded = load_settings(
        config_file=None,
        environment={
            "AUDITOR_REGISTRIES__NAME__ADDRESS": "h.example",
            "AUDITOR_OWNERS__RULES__NAME__REPOSITORIES": "**",
            "AUDITOR_BUDGETS__NAME__TEAM": "Payments",
            "AUDITOR_CHANNELS__NAME__KIND": "email",
            "AUDITOR_CHANNELS__NAME__ADDRESSES": "a@example.org",
            "AUDITOR_ALERTS__NAME__KIND": "budget",
            "AUDITOR_PUSH__NAME__KIND": "quay",
            "AUDITOR_PUSH__NAME__REGISTRY": "name",
            "AUDITOR_PUSH__NAME__SECRET": "a secret of sixteen",
            "AUDITOR_BUDGETS__NAME__AMOUNT": "1",
            "AUDITOR_PRICE_BOOK__NAME__TIERS": "1",
            "AUDITOR_DIGEST__RECIPIENTS__NAME__ADDRESS": "ann@example.org",
            "AUDITOR_ANALYSIS__RULE__NAME__IGNORE": "nothing",
            "AUDITOR_ANALYSIS__USER_RULE__NAME__PATTERN": "curl",
            "AUDITOR_ANALYSIS__USER_RULE__NAME__WHAT": "It",
            "AUDITOR_ANALYSIS__USER_RULE__NAME__FIX": "That",
            "XDG_CONFIG_HOME": str(tmp_path),
        },
        overrides={},
    )
    true = {
        row.key.replace(".rule.name.", ".rule.IDENTIFIER.").replace(".name.", ".NAME."): row.value
        for row in render_settings(loaded)
    }
    documented = {key: columns[0] for key, columns in rows_of(SETTINGS_PAGE).items()}
    plain = {
        key: text.strip("`")
        for key, text in documented.items()
        if re.fullmatch("`[^`]+`", text) and ".NAME.price." not in key
    }
    assert len(plain) > 15
    assert plain == {key: true[key] for key in plain}


def keys_in(content: dict[str, object], above: str = "") -> Iterator[str]:
    for name, value in content.items():
        if isinstance(value, dict) and name != "labels":
            yield from keys_in(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def with_its_table_called_name(key: str) -> str:
    table = next((one for one in NAMED_IN_THE_EXAMPLE if key.startswith(f"{one}.")), "")
    above = table.rpartition(".")[0]
    name = "IDENTIFIER" if above == "analysis.rule" else "NAME"
    return f"{above}.{name}{key.removeprefix(table)}" if table else key


def uncommented(text: str) -> str:
    """The example with every commented key switched on."""
    return re.sub(r"^#([a-z_]+ = |\[)", r"\1", text, flags=re.MULTILINE)


def test_the_example_shows_every_setting_and_no_other() -> None:
    found = {
        with_its_table_called_name(key)
        for key in keys_in(tomllib.loads(uncommented(EXAMPLE.read_text())))
    }
    files = {"database_url_file", "registries.NAME.password_file", "push.NAME.secret_file"}
    files |= {"channels.NAME.webhook_url_file", "channels.NAME.secret_file"}
    files |= {"web.secret_key_file"}
    assert found - files == every_key()
    assert files < found


def test_the_example_loads_as_it_is(tmp_path: Path) -> None:
    loaded = load_settings(config_file=EXAMPLE, environment={}, overrides={})
    assert list(loaded.settings.registries) == ["production"]
    nothing = load_settings(
        config_file=None, environment={"XDG_CONFIG_HOME": str(tmp_path)}, overrides={}
    )
    assert loaded.settings.crawl == nothing.settings.crawl
    assert loaded.settings.web == nothing.settings.web
    assert loaded.settings.owners == nothing.settings.owners
    assert loaded.settings.budgets == nothing.settings.budgets
    assert loaded.settings.price.amount == nothing.settings.price.amount


def commands(group: click.Group, above: str = "auditor") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")


def test_the_reference_lists_every_command_and_every_option() -> None:
    text = COMMANDS_PAGE.read_text()
    missing = []
    for name, command in commands(auditor):
        if not re.search(
            rf"^#+ .*\b{name.removeprefix('auditor ')}\b|`{name}\b", text, re.MULTILINE
        ):
            missing.append(name)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                missing += [f"{name} {flag}" for flag in parameter.opts if f"`{flag}" not in text]
    assert missing == []


@pytest.mark.parametrize("name,command", list(commands(auditor)))
def test_every_command_explains_itself_with_an_example(name: str, command: click.Command) -> None:
    if isinstance(command, click.Group):
        assert command.help, name
        return
    page = f"{command.help or ''}\n{command.epilog or ''}"
    assert "auditor " in page, f"{name} --help has no example"


def anchor_of(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return plain.replace(" ", "-")


def anchors_in(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {anchor_of(heading) for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    without_code = re.sub(
        r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL | re.MULTILINE
    )
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors_in(file)):
            dead.append(target)
    assert dead == []


def test_documents_name_only_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (page.name, target)
        for page in pages()
        for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
    }
    assert {pair for pair in named if pair[1] not in targets} == set()


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs/adr").glob("[0-9]*.md")), ids=lambda page: page.name
)
def test_a_decision_says_context_options_decision_and_consequences(page: Path) -> None:
    headings = "\n".join(re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)).lower()
    for part in ("context", "options", "decision", "consequences"):
        assert part in headings, part


def test_the_changelog_has_a_part_for_what_is_not_released_yet() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_guide_leads_to_each_of_its_pages_and_names_rules_that_exist() -> None:
    guide = ROOT / "docs/guide"
    listed = set(re.findall(r"\]\(([a-z-]+\.md)\)", (guide / "README.md").read_text()))
    assert listed == {page.name for page in guide.glob("*.md")} - {"README.md"}
    rules = {rule.info.identifier for rule in BOOK}
    rules |= {page.stem for page in (ROOT / "docs/reference/rules").glob("*.md")}
    named = {
        name
        for page in guide.glob("*.md")
        for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", page.read_text())
    }
    assert named - rules == {"ca-certificates"}  # a package
    assert len(named) > 10
