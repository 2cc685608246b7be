"""What tools and helpers weigh in a layer, by name.

Bytes that a package brings to a layer on a Debian 12 root of required packages, with all
it depends on and without recommended ones: 1.40 times the sum of the .deb sizes. That
formula was fitted on half of 253 real installs and has a median error of 7 % and a
90th percentile of 29 % on the other half. The sums were taken from Debian 12's index of
2026-11; other distributions differ, so what comes from here is a model.
"""

from __future__ import annotations

from collections.abc import Iterable

# gcc with libc6-dev, which most compilers and build tools bring; counted once.
CORE_BYTES = 71_900_000
# The median library's headers and libraries, over gcc: 4,481 packages of Debian's section
# libdevel. Of them 0.56 are the libraries, which a program needs to run.
_HEADERS_BYTES, _LIBRARIES_BYTES = 250_000, 310_000
# Unicode's headers and libraries, which libxml2's and others' bring; counted once.
_UNICODE_HEADERS_BYTES, _UNICODE_BYTES = 14_800_000, 13_100_000
_NEEDS_UNICODE = frozenset({"libicu-dev", "libxml2-dev", "libxslt1-dev"})
# Four errors in five of the formula lie within this share of the truth.
SPREAD = 0.25

_NEEDS_CORE = frozenset(
    {
        *("gcc", "g++", "cc", "build-essential", "build-base", "gfortran", "libtool", "rustc"),
        *("cargo", "rust", "ghc", "gcc-c++", "base-devel", "libc++-dev", "llvm", "gnat", "clang"),
    }
)
_TOOLS = {
    "gcc": 0,
    "cc": 0,
    "binutils": 0,
    "libc6-dev": 0,
    "libc-dev": 0,
    "musl-dev": 0,
    "glibc-devel": 0,
    "linux-libc-dev": 0,
    "g++": 17_800_000,
    "gcc-c++": 17_800_000,
    "build-essential": 22_100_000,
    "build-base": 18_400_000,
    "dpkg-dev": 4_200_000,
    "gfortran": 16_500_000,
    "make": 600_000,
    "gmake": 600_000,
    "cmake": 33_300_000,
    "meson": 11_700_000,
    "ninja-build": 200_000,
    "autoconf": 900_000,
    "automake": 2_100_000,
    "libtool": 1_400_000,
    "bison": 2_000_000,
    "flex": 1_000_000,
    "re2c": 1_000_000,
    "pkg-config": 100_000,
    "pkgconf": 100_000,
    "clang": 85_900_000,
    "llvm": 79_500_000,
    "nasm": 600_000,
    "yasm": 600_000,
    "swig": 2_400_000,
    "gnat": 27_200_000,
    "golang": 113_500_000,
    "golang-go": 113_500_000,
    "go": 113_500_000,
    "rustc": 132_300_000,
    "rust": 132_300_000,
    "cargo": 8_100_000,
    "ghc": 104_700_000,
    "maven": 13_200_000,
    "gradle": 13_600_000,
    "ant": 2_200_000,
    "kernel-headers": 1_200_000,
    "linux-headers": 1_200_000,
    "python3-dev": 11_900_000,
    "python-dev": 11_900_000,
    "libpython3-dev": 16_500_000,
    "python3-devel": 11_900_000,
    "ruby-dev": 2_800_000,
    "php-dev": 9_200_000,
    "libicu-dev": 0,
    "libxml2-dev": 1_100_000,
    "libxslt1-dev": 1_600_000,
    "libpq-dev": 2_800_000,
    "libssl-dev": 3_400_000,
    "openssl-dev": 3_400_000,
    "default-libmysqlclient-dev": 5_100_000,
    "libcurl4-openssl-dev": 100_000,
    "libmagickwand-dev": 53_300_000,
    "libboost-all-dev": 80_300_000,
    "libgtk-3-dev": 48_300_000,
    "zlib1g-dev": 1_300_000,
    "libjpeg-dev": 500_000,
    "libffi-dev": 100_000,
}
# Libraries that headers bring and that a program compiled with them needs to run.
_LIBRARIES = {
    "libicu-dev": 0,
    "libxml2-dev": 1_000_000,
    "libxslt1-dev": 1_300_000,
    "libpq-dev": 1_500_000,
    "libssl-dev": 0,
    "openssl-dev": 0,
    "libffi-dev": 0,
    "zlib1g-dev": 0,
    "libjpeg-dev": 200_000,
    "default-libmysqlclient-dev": 300_000,
    "libcurl4-openssl-dev": 2_600_000,
    "libmagickwand-dev": 55_800_000,
    "libboost-all-dev": 54_900_000,
    "libgtk-3-dev": 131_500_000,
}
_WITHOUT_LIBRARIES = frozenset({"libc6-dev", "libc-dev", "musl-dev", "linux-libc-dev", "dpkg-dev"})
# A Java development kit (175.8 MB) less the runtime environment in it (76.2 MB).
_JDK_BYTES = 99_600_000
# They bring the interpreter too, which the program may need: its bytes are left out above.
_HOLD_A_RUNTIME = frozenset({"python3-dev", "python-dev", "python3-devel", "ruby-dev", "php-dev"})
# What a build fetches and unpacks with; certificates come with static bases too.
_HELPERS = {
    "ca-certificates": 0,
    "git": 15_900_000,
    "curl": 3_100_000,
    "wget": 1_400_000,
    "gnupg": 13_100_000,
    "dirmngr": 2_900_000,
    "unzip": 200_000,
    "xz-utils": 700_000,
    "bzip2": 100_000,
    "openssh-client": 2_700_000,
    "subversion": 6_000_000,
    "mercurial": 14_800_000,
    "software-properties-common": 53_300_000,
}
# What else a later step may remove.
_OTHERS = {
    "vim": 12_500_000,
    "nano": 1_200_000,
    "jq": 500_000,
    "rsync": 700_000,
    "python3": 10_300_000,
    "python3-pip": 13_700_000,
    "nodejs": 29_900_000,
    "npm": 60_200_000,
    "ffmpeg": 184_600_000,
}
# Interpreters, without what development adds to them.
_INTERPRETERS = {
    "python3": ("Python", 10_300_000),
    "python": ("Python", 10_300_000),
    "python2": ("Python", 10_300_000),
    "python3-minimal": ("Python", 4_200_000),
    "python3-pip": ("Python", 13_700_000),
    "nodejs": ("Node.js", 29_900_000),
    "npm": ("Node.js", 60_200_000),
    "ruby": ("Ruby", 9_700_000),
    "ruby-full": ("Ruby", 15_900_000),
    "php": ("PHP", 19_600_000),
    "php-cli": ("PHP", 19_600_000),
    "default-jre-headless": ("Java", 76_200_000),
    "default-jre": ("Java", 76_200_000),
}


def without_version(name: str) -> str:
    """`gcc` for `gcc-12`, `python3-dev` for `python3.11-dev`, `llvm-dev` for `llvm-14-dev`."""
    if name.startswith(("python3.", "python2.")):
        minor = name[len("python3.") :]
        return name[: len("python3")] + minor.lstrip("0123456789")
    parts = [part for part in name.split("-") if not part or not part[0].isdigit()]
    return "-".join(parts) or name


def is_build_tool(name: str) -> bool:
    """A compiler, its helpers, or headers: nothing that a running program reads."""
    plain = without_version(name)
    return plain in _TOOLS or plain.endswith(("-dev", "-devel")) or is_jdk(name)


def is_jdk(name: str) -> bool:
    """A Java development kit: `openjdk-17-jdk-headless`, on Alpine `openjdk17`."""
    is_alpine = name.startswith("openjdk") and name.rstrip("0123456789") == "openjdk"
    return is_alpine or name.endswith(("-jdk", "-jdk-headless", "-openjdk-devel"))


def holds_a_runtime(name: str) -> bool:
    """A build tool that brings what a program may run on: a JDK, `python3-dev`."""
    return is_jdk(name) or without_version(name) in _HOLD_A_RUNTIME


def is_helper(name: str) -> bool:
    """What a build fetches and unpacks with."""
    return name in _HELPERS


def tool_bytes(names: Iterable[str]) -> int:
    """What build tools of these names bring to a layer, without libraries; 0 for none."""
    tools = {name for name in names if is_build_tool(name)}
    plain = {without_version(name) for name in tools if not is_jdk(name)}
    jdk = _JDK_BYTES if any(is_jdk(name) for name in tools) else 0
    shared = CORE_BYTES if plain & _NEEDS_CORE else 0
    shared += _UNICODE_HEADERS_BYTES if plain & _NEEDS_UNICODE else 0
    return shared + jdk + sum(_TOOLS.get(name, _HEADERS_BYTES) for name in plain)


def library_bytes(names: Iterable[str]) -> int:
    """What of the layers of these headers are libraries that a program needs to run."""
    plain = {without_version(name) for name in names}
    headers = {name for name in plain if name.endswith(("-dev", "-devel"))} - _WITHOUT_LIBRARIES
    shared = _UNICODE_BYTES if plain & _NEEDS_UNICODE else 0
    return shared + sum(_LIBRARIES.get(name, _LIBRARIES_BYTES) for name in headers)


def other_bytes(names: Iterable[str]) -> int:
    """What packages that are no build tools bring to a layer; 0 for names unknown."""
    return sum(_HELPERS.get(name, _OTHERS.get(name, 0)) for name in set(names))


def interpreter(name: str) -> tuple[str, int] | None:
    """The language a package interprets, and its bytes in a layer; None for other packages."""
    return _INTERPRETERS.get(without_version(name)) or _INTERPRETERS.get(name)
