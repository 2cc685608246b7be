"""`diff`: what changed between two images."""

from __future__ import annotations

import click

from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.platform import Platform
from auditor.reports import as_json
from auditor.reports.as_text.image_change import image_change_tables
from auditor.reports.image_change_forms import image_change_document, image_change_lines


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor diff team/app:1.4 team/app:1.5",
    short_help="Explain what changed between two images.",
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option("--platform", default="", metavar="OS/ARCH", help="Which images of indexes.")
@pass_session
def diff(session: Session, before: str, after: str, platform: str) -> None:
    """Explain what changed from image A to image B, in parts that add up to the byte.

    Each is REPOSITORY:TAG or REPOSITORY@DIGEST, with the registry in front where several are
    known; they may be of different repositories and registries.
    """
    wanted = Platform.parse(platform) if platform else None
    browse = session.use_cases.open_browse(session.settings)
    change = browse.diff(browse.resolve(before), browse.resolve(after), wanted)
    if session.format is Format.JSON:
        session.console.data([as_json.dump(image_change_document(change))])
    elif session.format is Format.CSV:
        session.console.data(image_change_lines(change))
    else:
        session.console.tables(image_change_tables(change))
