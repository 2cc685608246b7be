"""What to estimate, as page and API are given it: fields word for word, then a request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from werkzeug.datastructures import FileStorage, MultiDict

from auditor.domain.errors import UsageError
from auditor.domain.estimates import (
    Alternative,
    Choice,
    Compression,
    Estimate,
    EstimateOptions,
    EstimateRequest,
    Interval,
    ListFile,
    OwnFiles,
    PartKind,
    Usage,
    is_dockerfile_name,
)
from auditor.domain.packages import Ecosystem, SizedPackage
from auditor.domain.platform import Platform
from auditor.domain.text import clean_line
from auditor.domain.units import parse_bytes
from web.query import LONGEST_TEXT, Arguments

LONGEST_LIST = 4_000
MOST_FILE_BYTES = 20_000_000
MOST_FILES = 50
MOST_TAGS = 1_000_000
MOST_PULLS = 1_000_000_000
LEAST_GROWTH, MOST_GROWTH = -100, 1_000
MOST_MBIT = 1_000_000
BYTES_PER_MBIT = 125_000
_LONGEST_NAME = 255
_LISTS = ("apt", "apk", "pip", "npm", "size", "build_arg")
_PAIR_JOINT = re.compile(r",(?=[^,=]*=)")
_WORD_JOINT = re.compile(r"[,\s]+")
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,9})?", re.ASCII)
_YES, _NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
_PINS = {Ecosystem.PIP: "==", Ecosystem.NPM: "@"}


@dataclass(frozen=True, slots=True)
class EstimateFields:
    """What was written, in one line each; empty where nothing was."""

    base: str = ""
    platform: str = ""
    apt: str = ""
    apk: str = ""
    pip: str = ""
    npm: str = ""
    files: str = ""
    dev: str = ""
    recommends: str = ""
    caches: str = ""
    no_byte_code: str = ""
    compression: str = ""
    python: str = ""
    distribution: str = ""
    extra: str = ""
    registry: str = ""
    tags: str = ""
    growth: str = ""
    pulls: str = ""
    bandwidth: str = ""
    target: str = ""
    build_arg: str = ""
    size: str = ""
    alone: str = ""

    @classmethod
    def read(cls, arguments: Arguments) -> EstimateFields:
        """Read every field; a name that is given again goes on, as lines of a text do."""
        return cls(**{name: _line(arguments, name) for name in NAMES})

    @property
    def is_question(self) -> bool:
        """Whether there is something to estimate."""
        return any((self.base, self.apt, self.apk, self.pip, self.npm, self.files))

    def said(self, *names: str) -> str:
        """What is said of these, in a few words; empty for nothing."""
        given = [(name.replace("_", " "), getattr(self, name)) for name in names]
        return ", ".join(name if text == "1" else f"{name} {text}" for name, text in given if text)

    def otherwise(self, one: Alternative) -> EstimateFields | None:
        """Fields that ask for an alternative, None where fields cannot."""
        if one.choice is Choice.BASE:
            return replace(self, base=one.base) if one.base else None
        change = {
            Choice.RECOMMENDS: ("recommends", "" if self.recommends else "1"),
            Choice.CACHES: ("caches", "" if self.caches else "1"),
            Choice.BYTE_CODE: ("no_byte_code", "1"),
            Choice.ZSTD: ("compression", Compression.ZSTD.value),
        }.get(one.choice)
        return replace(self, **{change[0]: change[1]}) if change else None

    def arguments(self, **changes: str) -> dict[str, str]:
        """The parts of an address that says the same, with `changes` made."""
        parts = {name: str(getattr(self, name)) for name in NAMES} | changes
        return {name: value for name, value in parts.items() if value}

    def request(self, usual: EstimateRequest, sent: Sequence[ListFile] = ()) -> EstimateRequest:
        """What they ask for, over what is `usual`, with files that were `sent`.

        Raises UsageError for a field that cannot be meant.
        """
        for name in NAMES:
            _check(name, getattr(self, name))
        return replace(
            usual,
            base=self.base,
            platform=Platform.parse(self.platform) if self.platform else usual.platform,
            names=tuple(self._names()),
            own=(_own(self.files),) if self.files else (),
            files=tuple(one for one in sent if not is_dockerfile_name(one.name)),
            dockerfile=_dockerfile(sent),
            target=self.target,
            build_arguments=tuple(_pairs("build_arg", self.build_arg)),
            stated=tuple(_stated(self.size)),
            options=self._options(),
            usage=self._usage(usual.usage),
            registry=self.registry,
            distribution=self.distribution,
            python=self.python,
            extras=tuple(one for one in _WORD_JOINT.split(self.extra) if one),
            has_alternatives=not _flag("alone", self.alone),
        )

    def _names(self) -> Iterator[tuple[Ecosystem, str]]:
        for ecosystem in Ecosystem:
            names = str(getattr(self, ecosystem.value))
            if names:
                yield ecosystem, names

    def _options(self) -> EstimateOptions:
        return EstimateOptions(
            dev=_flag("dev", self.dev),
            recommends=_flag("recommends", self.recommends),
            keeps_caches=_flag("caches", self.caches),
            is_compiled=not _flag("no_byte_code", self.no_byte_code),
            compression=_compression(self.compression),
        )

    def _usage(self, usual: Usage) -> Usage:
        return Usage(
            tags=_whole("tags", self.tags, usual.tags, MOST_TAGS),
            growth_ratio=_growth(self.growth, usual.growth_ratio),
            pulls_per_month=_whole("pulls", self.pulls, usual.pulls_per_month, MOST_PULLS),
            link_bytes_per_second=_link(self.bandwidth, usual.link_bytes_per_second),
        )


BUILT = (
    *("dev", "recommends", "caches", "no_byte_code", "compression", "registry", "tags"),
    *("growth", "pulls", "bandwidth", "python", "distribution"),
)
"""How it is built, kept and pulled."""
OF_FILES = ("target", "build_arg", "size", "extra")
"""What has a meaning for files only."""
NAMES = tuple(one.name for one in fields(EstimateFields))
"""All fields, in the order in which an address has them."""


def sent_files(files: MultiDict[str, FileStorage]) -> tuple[ListFile, ...]:
    """The files that came along, by the last part of their names; read once, and kept nowhere.

    Raises UsageError for too many of them, and for more bytes than MOST_FILE_BYTES together.
    """
    given = [one for _, one in files.items(multi=True) if one.filename]
    if len(given) > MOST_FILES:
        raise UsageError(
            f"{len(given)} files were sent", next_step=f"send {MOST_FILES} at the most"
        )
    read: list[ListFile] = []
    left_bytes = MOST_FILE_BYTES
    for one in given:
        name = re.split(r"[/\\]", str(one.filename))[-1][-_LONGEST_NAME:]
        content = one.stream.read(left_bytes + 1)
        left_bytes -= len(content)
        if left_bytes < 0:
            raise UsageError(
                f"with {clean_line(name)} more was sent than the {MOST_FILE_BYTES // 10**6} MB "
                "that are read",
                next_step="send a shorter file, or fewer, or use `auditor estimate --from FILE`",
            )
        read.append(ListFile(name, content))
    return tuple(read)


def as_fields(asked: EstimateFields, found: Estimate) -> EstimateFields | None:
    """Fields that ask for what was found, where files did before; None for too much to write.

    What is in files of one's own becomes a size, and packages of a language keep the version
    that was chosen: those of distributions go away with the next one.
    """
    own = sum(
        part.compressed.estimate_bytes
        for part in found.parts
        if part.kind in (PartKind.FILES, PartKind.DOWNLOAD)
    )
    made = replace(
        asked,
        base=found.base.name if found.base else "scratch",
        files=str(own) if own else "",
        target="",
        build_arg="",
        size="",
        extra="",
        **{ecosystem.value: _asked_for(found, ecosystem) for ecosystem in Ecosystem},
    )
    is_short = all(len(getattr(made, one.value)) <= LONGEST_LIST for one in Ecosystem)
    return made if is_short else None


def _asked_for(found: Estimate, ecosystem: Ecosystem) -> str:
    names: dict[str, str] = {}
    for part in found.parts:
        if part.kind.value == ecosystem.value:
            for package in part.packages:
                if not package.asked_by:
                    names.setdefault(package.name, _pinned(package, ecosystem))
    return ", ".join(names[name] for name in sorted(names))


def _pinned(package: SizedPackage, ecosystem: Ecosystem) -> str:
    pin = _PINS.get(ecosystem)
    return f"{package.name}{pin}{package.version}" if pin and package.version else package.name


def _line(arguments: Arguments, name: str) -> str:
    lines = [
        line for one in arguments.getlist(name) for line in one.replace("\r", "\n").split("\n")
    ]
    return ", ".join(line.strip(", ") for line in lines if line.strip(", "))


def _check(name: str, value: str) -> None:
    most = LONGEST_LIST if name in _LISTS else LONGEST_TEXT
    if len(value) > most:
        raise UsageError(
            f"{name} has {len(value):,} characters",
            next_step=f"write {most:,} at the most; a longer list can be sent as a file",
        )
    if any(character < " " or character == "\x7f" for character in value.replace("\t", " ")):
        raise UsageError(f"{name} has control characters", next_step=f"write {name} again")


def _own(text: str) -> OwnFiles:
    return OwnFiles("", Interval.exactly(_bytes("files", text)), explanation="as stated")


def _bytes(name: str, text: str) -> int:
    try:
        return parse_bytes(text)
    except UsageError as error:
        raise UsageError(f"{name} is {error.message}", next_step=error.next_step) from error


def _dockerfile(sent: Sequence[ListFile]) -> ListFile | None:
    found = [one for one in sent if is_dockerfile_name(one.name)]
    if len(found) > 1:
        raise UsageError(
            f"there are {len(found)} Dockerfiles", next_step="estimate one after the other"
        )
    return found[0] if found else None


def _pairs(name: str, text: str) -> Iterator[tuple[str, str]]:
    for pair in _PAIR_JOINT.split(text) if text else ():
        key, equals, value = pair.partition("=") if name == "build_arg" else pair.rpartition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"{name}: {clean_line(pair)} is not NAME=VALUE", next_step="put an = in between"
            )
        yield key.strip(), value.strip()


def _stated(text: str) -> Iterator[tuple[str, int]]:
    for path, size in _pairs("size", text):
        yield path, _bytes(f"size of {clean_line(path)}", size)


def _flag(name: str, text: str) -> bool:
    if text.lower() in (*_YES, *_NO):
        return text.lower() in _YES
    raise UsageError(f"not a usable {name}: {text[:80]!r}", next_step=f"{name} is 1, or left out")


def _compression(text: str) -> Compression:
    try:
        return Compression(text.lower() or Compression.GZIP)
    except ValueError:
        raise UsageError(
            f"not a usable compression: {text[:80]!r}",
            next_step=f"compression is one of {', '.join(Compression)}",
        ) from None


def _whole(name: str, text: str, usual: int, most: int) -> int:
    plain = text.replace(",", "").replace(" ", "")
    if not text:
        return usual
    if (
        not (plain.isascii() and plain.isdigit())
        or len(plain) > len(str(most))
        or int(plain) > most
    ):
        raise UsageError(
            f"not a usable {name}: {text[:80]!r}",
            next_step=f"{name} is a whole number from 0 to {most:,}",
        )
    return int(plain)


def _growth(text: str, usual: float) -> float:
    if not text:
        return usual
    percent = _decimal("growth", text.removesuffix("%").strip())
    if not LEAST_GROWTH <= percent <= MOST_GROWTH:
        raise UsageError(
            f"not a usable growth: {text[:80]!r}",
            next_step=f"growth is a percentage from {LEAST_GROWTH} to {MOST_GROWTH:,}",
        )
    return percent / 100


def _link(text: str, usual: float) -> float:
    if not text:
        return usual
    mbit = _decimal("bandwidth", text)
    if not 0 < mbit <= MOST_MBIT:
        raise UsageError(
            f"not a usable bandwidth: {text[:80]!r}",
            next_step=f"bandwidth is in Mbit/s, above 0 and up to {MOST_MBIT:,}",
        )
    return mbit * BYTES_PER_MBIT


def _decimal(name: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise UsageError(f"not a usable {name}: {text[:80]!r}", next_step="write it as 12 or 0.5")
    return float(text)
