"""What comes along with Debian packages only because they recommend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Sums of the .deb sizes that `apt-get -s install` adds with recommended packages, on a Debian 12
# root of required packages and apt; Debian 12's index of 2026-11.
_DEB_BYTES = {
    "apache2": 2_173_848,
    "build-essential": 26_344_316,
    "bzip2": 0,
    "ca-certificates": 0,
    "chromium": 41_667_492,
    "cmake": 69_576_328,
    "cron": 8_144_136,
    "curl": 1_879_816,
    "default-jdk": 18_657_690,
    "default-jdk-headless": 12_774_868,
    "default-jre": 16_339_328,
    "default-jre-headless": 12_774_868,
    "default-mysql-client": 904_828,
    "dnsutils": 63_520,
    "ffmpeg": 52_518_236,
    "file": 0,
    "g++": 16_666_436,
    "gcc": 24_125_180,
    "gdb": 11_966_428,
    "ghostscript": 2_866_040,
    "git": 4_802_664,
    "gnupg": 2_146_176,
    "graphviz": 13_588_796,
    "imagemagick": 34_002_824,
    "iproute2": 146_884,
    "iputils-ping": 15_052,
    "jq": 0,
    "less": 0,
    "libgl1": 0,
    "libglib2.0-0": 12_059_340,
    "libpq-dev": 159_464,
    "libreoffice": 411_031_616,
    "libsm6": 0,
    "libxext6": 0,
    "locales": 0,
    "logrotate": 8_144_136,
    "make": 0,
    "mariadb-client": 904_828,
    "maven": 12_774_868,
    "mercurial": 4_334_664,
    "nano": 14_216,
    "net-tools": 0,
    "netcat-openbsd": 0,
    "nginx": 146_884,
    "nodejs": 5_174_872,
    "npm": 156_941_444,
    "openjdk-17-jdk": 18_657_690,
    "openjdk-17-jdk-headless": 12_774_868,
    "openjdk-17-jre": 16_339_328,
    "openjdk-17-jre-headless": 12_774_868,
    "openssh-client": 1_417_884,
    "openssh-server": 9_165_136,
    "php-cli": 0,
    "poppler-utils": 1_601_364,
    "postgresql": 5_685_552,
    "postgresql-client": 159_464,
    "procps": 272_912,
    "python3": 1_671_708,
    "python3-dev": 18_180_996,
    "python3-pip": 100_684_240,
    "python3-venv": 77_736,
    "redis-server": 0,
    "rsync": 0,
    "ruby-full": 3_438_460,
    "socat": 63_520,
    "strace": 0,
    "subversion": 130_116,
    "sudo": 0,
    "supervisor": 1_671_708,
    "telnet": 63_520,
    "tesseract-ocr": 3_874_272,
    "tini": 0,
    "tzdata": 0,
    "unzip": 0,
    "vim": 84_116,
    "wget": 3_756_368,
    "wkhtmltopdf": 54_053_964,
    "xvfb": 6_625_244,
    "xz-utils": 0,
    "zip": 166_496,
}
_JAVA = "openjdk-"
# A layer grows by 1.24 of that; nine errors in ten are below 41 % (OPTIMISATION.md section 4).
_LAYER_TO_DEB, _SPREAD = 1.24, 0.41


@dataclass(frozen=True, slots=True)
class Recommended:
    """Bytes of a layer: likely, at least, at most."""

    estimate_bytes: int
    low_bytes: int
    high_bytes: int
    is_whole: bool


def recommended_with(names: Iterable[str]) -> Recommended | None:
    """What packages of these names bring beside what they need; None where none is known.

    Of several the most that one brings, as they mostly recommend the same; at most their sum.
    `is_whole` is False where some are not known.
    """
    known = [_DEB_BYTES.get(_without_release(name)) for name in names]
    sizes = [size for size in known if size is not None]
    if not sizes:
        return None
    estimate = _LAYER_TO_DEB * max(sizes)
    most = _LAYER_TO_DEB * sum(sizes) * (1 + _SPREAD)
    low = estimate * (1 - _SPREAD)
    return Recommended(round(estimate), round(low), round(most), len(sizes) == len(known))


def _without_release(name: str) -> str:
    """`openjdk-17-jre` for that of any release: they recommend alike."""
    if not name.startswith(_JAVA):
        return name
    release, _, rest = name.removeprefix(_JAVA).partition("-")
    return f"{_JAVA}17-{rest}" if release.isdigit() else name
