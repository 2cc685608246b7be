"""`estimate`: the size calculator."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from auditor.commands.session import AuditorCommand, Format, Session, pass_session
from auditor.domain.errors import UsageError
from auditor.domain.estimates import (
    Compression,
    EstimateOptions,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    Usage,
    is_dockerfile_name,
)
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import Platform
from auditor.domain.text import clean_line
from auditor.domain.units import parse_bytes
from auditor.reports import as_json
from auditor.reports.as_text.estimate import estimate_tables
from auditor.reports.estimate_forms import estimate_document, estimate_lines

_BYTES_PER_MBIT = 125_000
_MOST_FILE_BYTES = 20_000_000


class _Flags(TypedDict):
    base: str
    apt: tuple[str, ...]
    apk: tuple[str, ...]
    pip: tuple[str, ...]
    npm: tuple[str, ...]
    lists: tuple[Path, ...]
    files: tuple[str, ...]
    target: str
    build_arg: tuple[str, ...]
    size: tuple[str, ...]
    platform: str
    dev: bool
    extra: tuple[str, ...]
    recommends: bool
    keep_caches: bool
    no_byte_code: bool
    compression: str
    python: str
    distribution: str
    into: str
    tags: int
    growth: float
    pulls: int
    bandwidth: float | None
    offline: bool
    alone: bool


@click.command(
    cls=AuditorCommand,
    epilog="Example: auditor estimate --base python:3.12-slim --pip flask,gunicorn --files ./src",
    short_help="Tell what an image will weigh before it is built.",
)
@click.option("--base", default="", metavar="IMAGE", help="Crawled, a common one, or scratch.")
@click.option("--apt", multiple=True, metavar="NAMES", help="Debian packages: git,curl=8.14.1-2")
@click.option("--apk", multiple=True, metavar="NAMES", help="Alpine packages.")
@click.option("--pip", multiple=True, metavar="NAMES", help="Python packages: flask,uvicorn[std]")
@click.option("--npm", multiple=True, metavar="NAMES", help="npm packages: express@^4,@a/b")
@click.option(
    "--from",
    "lists",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list of packages, a lock file or a Dockerfile; repeatable.",
)
@click.option(
    "--files", multiple=True, metavar="SIZE|DIR", help="Files of your own, as 12MB or a folder."
)
@click.option("--target", default="", metavar="STAGE", help="This stage of the Dockerfile.")
@click.option("--build-arg", multiple=True, metavar="NAME=VALUE", help="For the Dockerfile.")
@click.option(
    "--size", multiple=True, metavar="PATH=SIZE", help="What no reader can know, compressed."
)
@click.option("--platform", default="", metavar="OS/ARCH", help="Such as linux/arm64.")
@click.option("--dev", is_flag=True, help="With development dependencies.")
@click.option("--extra", multiple=True, metavar="NAME", help="Of pyproject.toml; repeatable.")
@click.option("--recommends", is_flag=True, help="With what Debian packages recommend.")
@click.option("--keep-caches", is_flag=True, help="Package managers' caches stay in the layer.")
@click.option("--no-byte-code", is_flag=True, help="pip install --no-compile.")
@click.option(
    "--compression",
    type=click.Choice([one.value for one in Compression]),
    default=Compression.GZIP.value,
    show_default=True,
    help="Of the layers.",
)
@click.option("--python", default="", metavar="VERSION", help="If the base does not tell: 3.12")
@click.option(
    "--distribution", default="", metavar="NAME", help="If the base does not tell: debian:trixie"
)
@click.option("--into", default="", metavar="REGISTRY", help="Where it will lie.")
@click.option("--tags", type=click.IntRange(min=0), default=1, show_default=True, metavar="N")
@click.option(
    "--growth", type=click.FloatRange(-100, 1000), default=0, metavar="PERCENT", help="A month."
)
@click.option("--pulls", type=click.IntRange(min=0), default=0, metavar="N", help="A month.")
@click.option(
    "--bandwidth", type=click.FloatRange(min=0, min_open=True), metavar="MBIT", help="Of a node."
)
@click.option("--offline", is_flag=True, help="Ask no package index, use what is kept.")
@click.option("--alone", is_flag=True, help="Without what it would weigh built otherwise.")
@pass_session
def estimate(session: Session, **flags: Unpack[_Flags]) -> None:
    """Tell what an image will weigh, compressed, from its base and what goes into it.

    Packages are looked up in the indexes that your own pip, npm and apt are set up to use, with
    all they need; what the registry holds already is told apart. Every figure comes with the two
    bounds between which the built image lies four times in five.
    """
    if flags["offline"]:
        session.override("estimate.offline", "true")
    calculator = session.use_cases.open_calculator(session.settings)
    found = calculator.estimate(_request(session, flags))
    if session.format is Format.JSON:
        session.console.data([as_json.dump(estimate_document(found))])
    elif session.format is Format.CSV:
        session.console.data(estimate_lines(found))
    else:
        session.console.tables(estimate_tables(found))


def _request(session: Session, flags: _Flags) -> EstimateRequest:
    given = [_read(path) for path in flags["lists"]]
    dockerfiles = [one for one in given if is_dockerfile_name(one.name)]
    if len(dockerfiles) > 1:
        raise UsageError(
            f"there are {len(dockerfiles)} Dockerfiles", next_step="estimate one after the other"
        )
    return EstimateRequest(
        base=flags["base"],
        platform=(
            Platform.parse(flags["platform"]) if flags["platform"] else session.settings.platform
        ),
        names=_names(flags),
        files=tuple(one for one in given if one not in dockerfiles),
        own=tuple(_own(session, text) for text in flags["files"]),
        dockerfile=dockerfiles[0] if dockerfiles else None,
        target=flags["target"],
        build_arguments=tuple(_pair("--build-arg", text) for text in flags["build_arg"]),
        stated=tuple(_stated(text) for text in flags["size"]),
        options=EstimateOptions(
            dev=flags["dev"],
            recommends=flags["recommends"],
            keeps_caches=flags["keep_caches"],
            is_compiled=not flags["no_byte_code"],
            compression=Compression(flags["compression"]),
        ),
        usage=_usage(session, flags),
        registry=flags["into"],
        distribution=flags["distribution"],
        python=flags["python"],
        extras=flags["extra"],
        has_alternatives=not flags["alone"],
    )


def _names(flags: _Flags) -> tuple[tuple[Ecosystem, str], ...]:
    asked = {
        Ecosystem.APT: flags["apt"],
        Ecosystem.APK: flags["apk"],
        Ecosystem.PIP: flags["pip"],
        Ecosystem.NPM: flags["npm"],
    }
    return tuple((kind, text) for kind, texts in asked.items() for text in texts)


def _usage(session: Session, flags: _Flags) -> Usage:
    mbit = flags["bandwidth"] or session.settings.analysis.pull.bandwidth_mbit_per_second
    return Usage(
        tags=flags["tags"],
        growth_ratio=flags["growth"] / 100,
        pulls_per_month=flags["pulls"],
        link_bytes_per_second=mbit * _BYTES_PER_MBIT,
    )


def _read(path: Path) -> ListFile:
    """The file, up to the first byte too much: what reads it says where the limit is."""
    try:
        with path.open("rb") as file:
            return ListFile(path.name, file.read(_MOST_FILE_BYTES + 1))
    except OSError as error:
        raise UsageError(
            f"{clean_line(str(path))} cannot be read: {error.strerror}",
            next_step="check its path and permissions",
        ) from error


def _own(session: Session, text: str) -> OwnFiles:
    """A size as written, or a folder that is measured: whatever exists comes first."""
    path = Path(text)
    if "\0" not in text and path.is_dir():
        return session.use_cases.measure_folder(path)
    try:
        size = Interval.exactly(parse_bytes(text))
    except UsageError as error:
        raise UsageError(
            f"--files: {clean_line(text)} is neither a folder nor a size",
            next_step="write it as 12MB, or name a folder that exists",
        ) from error
    return OwnFiles("", size, explanation="as stated")


def _stated(text: str) -> tuple[str, int]:
    path, size = _pair("--size", text)
    return path, parse_bytes(size)


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=") if option == "--size" else text.partition("=")
    if not equals or not name:
        raise UsageError(
            f"{option}: {clean_line(text)} is not NAME=VALUE", next_step="put an = in between"
        )
    return name, value
