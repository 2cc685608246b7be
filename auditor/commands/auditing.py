"""`audit` and `crawl`: read registries into the database."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from auditor.commands.connecting import connection_options
from auditor.commands.crawling import crawl_all, crawl_what_was_hinted, tell
from auditor.commands.ranking import by_option, print_ranking, wanted_limit
from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.errors import UnknownReferenceError, UsageError
from auditor.domain.observation import StorageScope
from auditor.domain.reference import RegistryAddress, registry_name
from auditor.domain.views import RankBy, RankQuery
from auditor.reports import as_csv, as_json
from auditor.reports.as_text.crawl import crawl_lines

if TYPE_CHECKING:
    from auditor.settings import Settings
    from auditor.usecases.audit_registry import TargetFlags
    from auditor.usecases.crawl_registry import CrawlTarget


class _AuditFlags(TypedDict):
    username: str
    password_stdin: bool
    plain_http: bool
    ca_file: str | None
    no_verify_tls: bool
    scope: str | None
    repository: tuple[str, ...]
    platform: str
    by: str
    limit: int | None
    accept_removals: bool


_accept_removals = click.option(
    "--accept-removals",
    is_flag=True,
    help="Believe that tags missing in large numbers are really gone.",
)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor audit localhost:5000 --by exclusive",
    short_help="Crawl registries and print the ranking.",
)
@click.argument("registries", metavar="REGISTRY...", nargs=-1, required=True)
@connection_options
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in StorageScope]),
    help="Within what the registry stores a blob once.",
)
@click.option(
    "--repository", multiple=True, metavar="NAME", help="Only this repository; repeatable."
)
@click.option("--platform", default="", metavar="OS/ARCH", help="Size images for this platform.")
@by_option
@click.option(
    "--limit", type=click.IntRange(min=0), help="How many rows; 0 for all. 30 in a table."
)
@_accept_removals
@pass_session
def audit(session: Session, registries: tuple[str, ...], **flags: Unpack[_AuditFlags]) -> None:
    """Crawl each REGISTRY, then print its repositories, largest first.

    REGISTRY is host[:port], a URL, or oci:DIRECTORY for an OCI image layout on disk.
    What was seen stays in the database; a second run fetches only what is new. A reference
    is crawled and not ranked.
    """
    if flags["platform"]:
        session.override("platform", flags["platform"])
    query = RankQuery(by=RankBy(flags["by"]), limit=wanted_limit(session, flags["limit"]))
    target_flags = _target_flags(session, registries, flags)
    settings = session.settings
    addresses = _whole_addresses(session, registries, plain_http=flags["plain_http"])
    targets = _targets(session, addresses, settings, target_flags)
    crawls = crawl_all(session, targets, accept_removals=flags["accept_removals"])
    for report in crawls.reports:
        tell(session.console, report)
    counted = [report for report in crawls.reports if not report.is_reference]
    if counted:
        # Several registries: the ranking is over everything the database knows.
        name = targets[0].address.name if len(targets) == 1 else ""
        print_ranking(session, _in_registry(query, name))
    elif crawls.reports and session.format is not Format.TABLE:
        session.console.warn("only references were read, which are in no ranking")
    click.get_current_context().exit(crawls.code)


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor crawl production --quiet",
    short_help="Crawl configured registries.",
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@_accept_removals
@click.option(
    "--hinted",
    is_flag=True,
    help="Only what push events named since the last look; see push events in the reference.",
)
@click.option("--wait", is_flag=True, help="Wait for whoever crawls it already.")
@pass_session
def crawl(
    session: Session, names: tuple[str, ...], *, accept_removals: bool, hinted: bool, wait: bool
) -> None:
    """Crawl the configured registries of these NAMEs, or all of them.

    One crawl of a registry at a time: where somebody else is at it, it says who, since when.

    NAME may also be the address of a registry that was audited before; where that was plain
    http, write http://NAME.
    """
    settings = session.settings
    wanted = _wanted_registries(session, settings, names)
    targets = _targets(session, wanted, settings, session.use_cases.target_flags())
    crawls = (
        crawl_what_was_hinted(session, targets, accept_removals=accept_removals, waits=wait)
        if hinted
        else crawl_all(session, targets, accept_removals=accept_removals, waits=wait)
    )
    if session.format is Format.JSON:
        document = as_json.crawls_document(crawls.reports, crawls.failures)
        session.console.data([as_json.dump(document)])
    elif session.format is Format.CSV:
        session.console.data(as_csv.crawl_lines(crawls.reports))
    else:
        lines = (line for report in crawls.reports for line in crawl_lines(report))
        session.console.data(f"{line}\n" for line in lines)
    click.get_current_context().exit(crawls.code)


def _in_registry(query: RankQuery, name: str) -> RankQuery:
    return RankQuery(by=query.by, registry=name, limit=query.limit)


def _target_flags(session: Session, registries: Sequence[str], flags: _AuditFlags) -> TargetFlags:
    if flags["username"] and len(set(registries)) > 1:
        raise UsageError(
            "--username is for one registry, and a password goes only where it belongs",
            next_step="audit one registry at a time, or use docker login",
        )
    return session.use_cases.target_flags(
        username=flags["username"],
        password=asked_password(flags["username"], from_stdin=flags["password_stdin"]),
        plain_http=flags["plain_http"],
        ca_file=flags["ca_file"] or "",
        verify_tls=not flags["no_verify_tls"],
        scope=StorageScope(flags["scope"]) if flags["scope"] else None,
        repositories=flags["repository"],
    )


def asked_password(username: str, *, from_stdin: bool) -> str:
    if from_stdin and not username:
        raise UsageError("--password-stdin needs --username", next_step="name the user")
    if from_stdin:
        password: str = sys.stdin.read().rstrip("\r\n")
    elif username and _is_terminal():
        password = str(click.prompt("Password", hide_input=True, err=True))
    else:
        password = ""
    if username and not password:
        raise UsageError(
            f"there is no password for {username}",
            next_step="pipe it in with --password-stdin",
        )
    return password


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _targets(
    session: Session, addresses: Iterable[str], settings: Settings, flags: TargetFlags
) -> list[CrawlTarget]:
    return [session.use_cases.target_for(address, settings, flags) for address in addresses]


def _wanted_registries(session: Session, settings: Settings, names: Sequence[str]) -> list[str]:
    """These names without repetition; for no names all configured, else all known ones."""
    configured = list(settings.registries)
    if configured and not names:
        return configured
    known = _known_names(session)
    if not names and not known:
        raise UsageError(
            "there is no registry to crawl",
            next_step="run `auditor audit REGISTRY`, or add [registries.NAME] to the settings",
        )
    for name in names:
        if name not in configured and registry_name(name) not in known | _addressed(settings):
            RegistryAddress.parse(name)  # says what is wrong with it, without any password
            raise UnknownReferenceError(
                f"no registry is called {name!r}",
                next_step="run `auditor audit` with its address, or add it to the settings",
                candidates=tuple(sorted({*configured, *known})),
            )
    return [_whole_address(name, settings, known) for name in dict.fromkeys(names) or sorted(known)]


def _known_names(session: Session) -> set[str]:
    """Names in the database, but for registries that failed and never gave anything."""
    views = session.use_cases.open_browse(session.settings).registries()
    return {view.registry for view in views if view.gave_anything}


def _addressed(settings: Settings) -> set[str]:
    return {registry.address.name for registry in settings.registries.values()}


def _whole_addresses(session: Session, texts: Sequence[str], *, plain_http: bool) -> Iterable[str]:
    """The texts without repetition; looks into the database only where one has a path."""
    if not any(re.fullmatch(r"(?!oci:)[^/]+/(?!/).+", text) for text in texts):
        return dict.fromkeys(texts)
    known, settings = _known_names(session), session.settings
    return dict.fromkeys(
        _whole_address(text, settings, known, plain_http=plain_http) for text in texts
    )


def _whole_address(
    text: str, settings: Settings, known: set[str], *, plain_http: bool = False
) -> str:
    """`text`, or the address of a known registry below a path, whose name alone is none."""
    name = registry_name(text)
    is_name = "://" not in text and name in known and name not in _addressed(settings)
    if not is_name or "/" not in name:
        return text
    address = RegistryAddress.of_name(name, plain_http=plain_http)
    return address.base_url or text
