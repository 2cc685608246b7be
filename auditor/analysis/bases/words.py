"""What the words in names of public base images mean.

Facts about naming, read from the repositories that make the images: docker-library
(debian, python, node, openjdk, php, …), adoptium, dotnet-docker, GoogleContainerTools/distroless.
"""

from __future__ import annotations

from collections.abc import Mapping

DEBIAN_RELEASES: Mapping[str, str] = {
    "6": "squeeze",
    "7": "wheezy",
    "8": "jessie",
    "9": "stretch",
    "10": "buster",
    "11": "bullseye",
    "12": "bookworm",
    "13": "trixie",
    "14": "forky",
}
UBUNTU_RELEASES: Mapping[str, str] = {
    "12.04": "precise",
    "14.04": "trusty",
    "16.04": "xenial",
    "17.10": "artful",
    "18.04": "bionic",
    "20.04": "focal",
    "22.04": "jammy",
    "24.04": "noble",
    "25.10": "questing",
    "26.04": "resolute",
}
CODENAMES: Mapping[str, str] = {
    **dict.fromkeys((*DEBIAN_RELEASES.values(), "sid"), "debian"),
    **dict.fromkeys(UBUNTU_RELEASES.values(), "ubuntu"),
}
"""Codename to distribution."""

JAVA = frozenset(
    {
        "openjdk",
        "java",
        "eclipse-temurin",
        "amazoncorretto",
        "ibmjava",
        "sapmachine",
        "zulu-openjdk",
    }
)
DOTNET = frozenset({"sdk", "aspnet", "runtime", "runtime-deps"})
BUILT_ON_A_RUNTIME = frozenset({"maven", "gradle", "tomcat", "jetty", "elixir"})
RUNTIMES = (
    frozenset(
        {
            *("python", "pypy", "node", "php", "ruby", "golang", "rust", "erlang", "perl"),
            *("dotnet", "julia", "swift", "haskell", "r-base", "bun", "deno"),
        }
    )
    | JAVA
    | BUILT_ON_A_RUNTIME
)
SYSTEMS = frozenset(
    {
        *("debian", "ubuntu", "alpine", "centos", "fedora", "amazonlinux", "oraclelinux"),
        *("rockylinux", "almalinux", "opensuse", "photon", "busybox", "buildpack-deps"),
        *("ubi", "ubi-minimal", "ubi8", "ubi8-minimal", "ubi9", "ubi9-minimal", "wolfi-base"),
    }
)
DISTRIBUTIONS = SYSTEMS - {"buildpack-deps", "busybox"}

VERSION_PARTS: Mapping[str, int] = {
    **dict.fromkeys(("python", "pypy", "php", "ruby", "golang", "rust", "perl"), 2),
    **dict.fromkeys(("elixir", "tomcat", "dotnet", "alpine", "ubuntu"), 2),
}
"""How many numbers of a version must agree for two images to run the same programs; else 1.

`3.12` and `3.11` of python differ in what they run, `20.1` and `20.2` of node do not.
"""

ROLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(JAVA, ("jdk", "jre", "sdk", "sfj")),
    **dict.fromkeys(BUILT_ON_A_RUNTIME, ("jdk", "jre")),
    "php": ("cli", "fpm", "apache", "zts"),
    "buildpack-deps": ("curl", "scm"),
    "dotnet": tuple(sorted(DOTNET)),
}
"""Words that say what an image is for."""

USUAL_ROLE: Mapping[str, str] = {
    **dict.fromkeys(JAVA, "jdk"),
    "ibmjava": "jre",
    "php": "cli",
}

LEANER_ROLES: Mapping[str, tuple[str, ...]] = {"jdk": ("jre",), "sdk": ("jre", "aspnet")}
"""Roles that run what the key's role runs, without what only building needs."""

DISTROLESS_PYTHON: Mapping[str, tuple[int, ...]] = {
    "debian11": (3, 9),
    "debian12": (3, 11),
    "debian13": (3, 13),
}
"""Python of a Debian release, which is the one in `distroless/python3-debianNN`."""
