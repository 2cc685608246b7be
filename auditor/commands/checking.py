"""`check`: a gate for continuous integration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.commands.auditing import asked_password
from auditor.commands.connecting import connection_options
from auditor.commands.failures import exit_code_of_check
from auditor.commands.session import CheckCommand, Format, Session, pass_session
from auditor.commands.version import program_version
from auditor.domain.errors import UsageError
from auditor.domain.platform import Platform
from auditor.domain.policy import CheckReport
from auditor.reports import as_json
from auditor.reports.gate.as_github import github_lines
from auditor.reports.gate.as_gitlab import gitlab_report
from auditor.reports.gate.as_json_document import check_document
from auditor.reports.gate.as_junit import junit_report
from auditor.reports.gate.as_markdown import markdown_report
from auditor.reports.gate.as_sarif import check_sarif
from auditor.reports.gate.as_table import check_tables
from auditor.reports.layout import as_plain

if TYPE_CHECKING:
    from auditor.usecases.check_image import CheckRequest


class _Flags(TypedDict):
    max_size: str | None
    max_growth: str | None
    against: str | None
    policy: Path | None
    max_unpacked_size: str | None
    max_layers: int | None
    max_layer_size: str | None
    forbid_base: tuple[str, ...]
    require_base: tuple[str, ...]
    require_label: tuple[str, ...]
    max_saving: str | None
    forbid_finding: tuple[str, ...]
    platform: str
    repository: str
    allow_missing_baseline: bool
    dockerfile: str
    output: Path | None
    report: tuple[str, ...]
    username: str
    password_stdin: bool
    plain_http: bool
    ca_file: str | None
    no_verify_tls: bool


_RULES = {
    "max_size": "max_size",
    "max_growth": "max_growth",
    "against": "against",
    "max_unpacked_size": "max_unpacked_size",
    "max_layers": "max_layers",
    "max_layer_size": "max_layer_size",
    "forbid_base": "forbidden_bases",
    "require_base": "required_bases",
    "require_label": "required_labels",
    "max_saving": "max_saving",
    "forbid_finding": "forbidden_findings",
}
"""Flags that are rules, with the keys of the policy file that they stand above."""


@click.command(
    cls=CheckCommand,
    epilog="Example: auditor check registry.example.com/team/app:1.5 --max-size 300MiB",
    short_help="Hold an image against a policy, for CI.",
)
@click.argument("image", metavar="IMAGE")
@click.option("--max-size", metavar="SIZE", help="Of a pull, compressed, such as 300MiB.")
@click.option("--max-growth", metavar="GROWTH", help="Against another image: 10% or 20MB.")
@click.option("--against", metavar="TAG", help="The other image: a tag beside, or in full.")
@click.option(
    "--policy",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules from this TOML file; flags stand above it.",
)
@click.option("--max-unpacked-size", metavar="SIZE", help="Of all layers, unpacked.")
@click.option("--max-layers", type=click.IntRange(min=0), metavar="N", help="How many layers.")
@click.option("--max-layer-size", metavar="SIZE", help="Of one layer, compressed.")
@click.option("--forbid-base", multiple=True, metavar="NAME", help="Not built on; repeatable.")
@click.option(
    "--require-base", multiple=True, metavar="NAME", help="Built on one of these; repeatable."
)
@click.option(
    "--require-label", multiple=True, metavar="NAME[=TEXT]", help="Has this label; repeatable."
)
@click.option("--max-saving", metavar="SIZE", help="What findings may save together.")
@click.option(
    "--forbid-finding", multiple=True, metavar="RULE", help="None of this rule; repeatable."
)
@click.option("--platform", default="", metavar="OS/ARCH", help="Only this one of an index.")
@click.option("--repository", default="", metavar="NAME", help="Judge by this one's rules.")
@click.option(
    "--allow-missing-baseline", is_flag=True, help="Nothing to compare with is no failure."
)
@click.option(
    "--dockerfile",
    default="Dockerfile",
    show_default=True,
    metavar="PATH",
    help="The file that annotations point at.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write there instead of printing.",
)
@click.option(
    "--report", multiple=True, metavar="FORMAT=FILE", help="Write this form too; repeatable."
)
@connection_options
@pass_session
def check(session: Session, image: str, **flags: Unpack[_Flags]) -> None:
    """Hold IMAGE against a policy; exit 1 where it fails.

    IMAGE is REGISTRY/REPOSITORY[:TAG|@DIGEST], oci:DIRECTORY[:TAG], oci-archive:FILE[:TAG] or
    docker-archive:FILE[:NAME:TAG]. Of a registry manifests and configs are read, no layers.
    No database is needed; where there is one, it helps to know bases.
    """
    wanted = [_wanted(text) for text in flags["report"]]
    request = _request(session, image, flags)
    verdict = session.use_cases.check(session.settings, request)
    dockerfile = flags["dockerfile"]
    for form, path in wanted:
        _write(path, "".join(_chunks(verdict, form, dockerfile)))
    if flags["output"]:
        _write(flags["output"], "".join(_chunks(verdict, session.format, dockerfile)))
    elif session.format is Format.TABLE:
        session.console.tables(check_tables(verdict))
    else:
        session.console.data(_chunks(verdict, session.format, dockerfile))
    click.get_current_context().exit(exit_code_of_check(verdict))


def _request(session: Session, image: str, flags: _Flags) -> CheckRequest:
    from auditor.settings_policy import PolicyFile, read_policy, said_of
    from auditor.usecases.check_image import CheckRequest

    platform = flags["platform"]
    given = {_RULES[name]: value for name, value in flags.items() if name in _RULES}
    return CheckRequest(
        image=image,
        policy=read_policy(flags["policy"]) if flags["policy"] else PolicyFile(),
        flags=dict(said_of(key, value) for key, value in given.items() if value not in (None, ())),
        platform=Platform.parse(platform) if platform else None,
        repository=flags["repository"],
        is_missing_fine=flags["allow_missing_baseline"],
        access=session.use_cases.target_flags(
            username=flags["username"],
            password=asked_password(flags["username"], from_stdin=flags["password_stdin"]),
            plain_http=flags["plain_http"],
            ca_file=flags["ca_file"] or "",
            verify_tls=not flags["no_verify_tls"],
        ),
    )


def _wanted(text: str) -> tuple[Format, Path]:
    """A form and where to write it; UsageError for anything else."""
    name, equals, path = text.partition("=")
    if not equals or not path or name not in [form.value for form in CheckCommand.forms]:
        forms = ", ".join(CheckCommand.forms)
        raise UsageError(
            f"not a report: {text[:80]!r}", next_step=f"write FORMAT=FILE; formats are {forms}"
        )
    return Format(name), Path(path)


def _chunks(verdict: CheckReport, form: Format, dockerfile: str) -> Iterable[str]:
    if form is Format.JSON:
        return [as_json.dump(check_document(verdict))]
    if form is Format.SARIF:
        document = check_sarif(verdict, dockerfile, program_version=program_version())
        return [as_json.dump(document)]
    if form is Format.GITHUB:
        return github_lines(verdict, dockerfile)
    if form is Format.GITLAB:
        return [gitlab_report(verdict, dockerfile)]
    if form is Format.JUNIT:
        return [junit_report(verdict)]
    return [markdown_report(verdict) if form is Format.MARKDOWN else _table(verdict)]


def _table(verdict: CheckReport) -> str:
    return as_plain(check_tables(verdict))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}",
            next_step="name a file in a folder that exists",
        ) from None
