"""Estimates as the calculator answers them: with intervals, without, bounded below, hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from auditor.domain.digest import Digest
from auditor.domain.estimates import (
    Alternative,
    BaseLayerHeld,
    BaseUsed,
    Choice,
    Estimate,
    Interval,
    MonthlyCost,
    Part,
    PartKind,
    PullTimes,
    total,
    unpacked_total,
)
from auditor.domain.packages import SizedPackage
from auditor.domain.platform import DEFAULT_PLATFORM

REGISTRY = "registry.example.com"
HOSTILE = "<script>alert(1)</script>"


def about(size_bytes: int, ratio: float = 0.08) -> Interval:
    return Interval(size_bytes, round(size_bytes * (1 - ratio)), round(size_bytes * (1 + ratio)))


def package(name: str, size_bytes: int | None, version: str = "1.0", by: str = "") -> SizedPackage:
    unpacked = None if size_bytes is None else size_bytes * 3
    return SizedPackage(name, version, size_bytes, unpacked, asked_by=by)


def base(
    name: str = "python:3.12-slim", sizes: tuple[int, ...] = (28_200_000, 3_500_000, 12_100_000)
) -> BaseUsed:
    layers = tuple(
        BaseLayerHeld(Digest(f"sha256:{number:064x}"), size, is_held=number < len(sizes))
        for number, size in enumerate(sizes, 1)
    )
    return BaseUsed(
        name,
        DEFAULT_PLATFORM,
        Interval.exactly(sum(sizes)),
        f"crawled from {REGISTRY}",
        date(2026, 11, 20),
        "debian:trixie",
        layers,
    )


def packages_of_flask() -> tuple[SizedPackage, ...]:
    return (
        package("werkzeug", 224_000, "3.1.3", "flask"),
        package("jinja2", 134_000, "3.1.6", "flask"),
        package("flask", 103_000, "3.1.2"),
        package("click", 98_000, "8.3.0", "flask"),
        package("gunicorn", 85_000, "23.0.0"),
        package("itsdangerous", 16_000, "2.2.0", "flask"),
        package("markupsafe", 23_000, "3.0.3", "jinja2"),
        package("blinker", 8_000, "1.9.0", "flask"),
    )


def parts_of(used: BaseUsed) -> tuple[Part, ...]:
    return (
        Part(
            PartKind.BASE, used.name, used.size, about(118_000_000, 0.02), (), "as it was crawled"
        ),
        Part(
            PartKind.APT,
            "curl, libpq5",
            about(2_450_000),
            about(7_900_000),
            (
                package("libcurl4t64", 392_000, "8.14.1-2", "curl"),
                package("curl", 269_000, "8.14.1-2"),
                package("libpq5", 228_000, "17.6-0"),
                *(package(f"lib-of-{n}", 90_000 - n, f"1.{n}", "curl") for n in range(60)),
            ),
            "archives of Debian's index, packed again as layers are",
        ),
        Part(
            PartKind.PIP,
            "requirements.txt",
            about(1_160_000, 0.12),
            about(3_900_000),
            packages_of_flask(),
            "wheels as the index states them, and the byte code pip makes of them",
        ),
        Part(PartKind.FILES, "", Interval.exactly(12_000_000), None, (), "as stated"),
    )


def cost_of(size: Interval, tags: int = 12) -> MonthlyCost:
    price = Decimal("0.023")
    return MonthlyCost(
        price * size.estimate_bytes / 10**9,
        price * size.low_bytes / 10**9,
        price * size.high_bytes / 10**9,
        "USD",
        f"{tags} tags x 15.6 MB + 12.1 MB of the base once",
        "0.023 USD per GB-month, a list price of 2026-10-01",
        size,
        price * size.estimate_bytes * 2 / 10**9,
        3_000 * 59_400_000,
        tags,
    )


def alternatives_of() -> tuple[Alternative, ...]:
    return (
        Alternative(
            Choice.BASE,
            "on python:3.12-alpine",
            about(33_000_000),
            (
                "musl: wheels built for glibc are not taken, and packages may have to be compiled.",
                "apk instead of apt: names of system packages differ.",
            ),
            "python:3.12-alpine",
        ),
        Alternative(
            Choice.BASE,
            "on python:3.12",
            about(428_000_000, 0.02),
            ("Compilers and headers stay in the image.",),
            "python:3.12",
        ),
        Alternative(
            Choice.ZSTD,
            "compressed with zstd",
            about(57_900_000),
            ("Containerd 1.5 or newer reads it.",),
        ),
        Alternative(Choice.RECOMMENDS, "with recommended packages", about(66_100_000, 0.1)),
        Alternative(Choice.DEVELOPMENT, "with development dependencies", about(71_000_000, 0.1)),
    )


def flask_estimate() -> Estimate:
    """A Flask application on a base that the registry holds, all but one layer."""
    used = base()
    parts = parts_of(used)
    marginal = Interval(27_710_000, 27_400_000, 28_000_000)
    return Estimate(
        platform=DEFAULT_PLATFORM,
        base=used,
        parts=parts,
        compressed=total(parts),
        unpacked=unpacked_total(parts),
        marginal=marginal,
        registry=REGISTRY,
        times=PullTimes(0.48, 3.6),
        cost=cost_of(about(199_000_000, 0.03)),
        alternatives=alternatives_of(),
        left_out=("build", "test"),
        notes=(
            "requirements.txt has no hashes: the newest versions that fit were taken.",
            "libpq5 was chosen for libpq: apt may take another provider.",
        ),
    )


def lower_bound() -> Estimate:
    """Bytes that nobody can know are missing from it."""
    found = flask_estimate()
    unknown = Part(PartKind.UNKNOWN, "curl | sh", Interval.exactly(0), None, (), "a download")
    unsized = Part(
        PartKind.NPM,
        "package.json",
        about(5_100_000, 0.2),
        None,
        (package("express", None, "5.1.0"), package("qs", 31_000, "6.14.0", "express")),
        "tarballs as the registry states them",
    )
    parts = (found.parts[0], unsized, unknown)
    return replace(
        found,
        parts=parts,
        compressed=total(parts),
        unpacked=None,
        is_lower_bound=True,
        registry="",
        alternatives=(),
        left_out=(),
        notes=("The size of what “curl | sh” downloads is not known.",),
    )


def from_scratch() -> Estimate:
    """Nothing but files of one's own: known to the byte."""
    parts = (Part(PartKind.FILES, "", Interval.exactly(9_000_000), None, (), "as stated"),)
    return replace(
        lower_bound(),
        base=None,
        parts=parts,
        compressed=total(parts),
        marginal=total(parts),
        is_lower_bound=False,
        notes=(),
    )


def hostile() -> Estimate:
    """Names that would be markup, steer a terminal, or turn a line round."""
    name = f"{HOSTILE}\x1b[2J\u202e"
    found = flask_estimate()
    part = replace(
        found.parts[2],
        name=name,
        explanation=name,
        packages=(package(name, 5, name, name), package("../" * 40 + "passwd", 4)),
    )
    used = replace(base(name * 4), source=name, stand_in=name)
    return replace(
        found,
        base=used,
        parts=(found.parts[0], part),
        compressed=total((found.parts[0], part)),
        registry=name,
        alternatives=(Alternative(Choice.BASE, name, about(1), (name,), name),),
        left_out=(name,),
        notes=(name,),
        cost=replace(found.cost, formula=name, price_note=name, currency=name),
    )
