"""Dockerfiles of our own making, and the history that builders record for them.

How builders write a RUN step: the classic builder `/bin/sh -c TEXT` (moby
builder/dockerfile/dispatchers.go), with build arguments `|1 A=b /bin/sh -c TEXT`; BuildKit
`RUN /bin/sh -c TEXT # buildkit` (frontend/dockerfile/dockerfile2llb/convert.go), a
here-document as its lines; buildah `/bin/sh -c TEXT` (imagebuildah); kaniko `RUN TEXT`
(pkg/commands/run.go).
"""

from __future__ import annotations

import random
from dataclasses import dataclass

DIALECTS = ("classic", "arguments", "buildkit", "heredoc", "buildah", "kaniko")
_APT_PACKAGES = ("curl", "git", "ca-certificates", "libpq5", "nginx")
_RPM_PACKAGES = ("curl", "git", "httpd", "tar")
_APK_PACKAGES = ("curl", "git", "bash", "libpq")
_PIP_PACKAGES = ("flask==3.0.0", "requests==2.31.0", "numpy==1.26.0")


@dataclass(frozen=True, slots=True)
class Sample:
    """One Dockerfile with one RUN step. `commands`: what the step runs, joined by `&&`."""

    name: str
    base: str
    environment: str
    commands: tuple[str, ...]
    dialect: str

    @property
    def dockerfile(self) -> str:
        """The text a linter reads; DL3006-proof base, one RUN."""
        lines = [f"FROM {self.base}"]
        if self.environment:
            lines.append(f"ENV {self.environment}")
        lines.append("RUN " + " \\\n    && ".join(self.commands))
        return "\n".join(lines) + "\n"

    @property
    def history(self) -> tuple[str, ...]:
        """`created_by` of the steps behind the base, in the sample's dialect."""
        joined = " && ".join(self.commands)
        spaced = "     && ".join(self.commands)
        run = {
            "classic": f"/bin/sh -c {spaced}",
            "arguments": f"|1 VERSION=1 /bin/sh -c {spaced}",
            "buildkit": f"RUN /bin/sh -c {spaced} # buildkit",
            "heredoc": "RUN /bin/sh -c " + "\n".join(("set -e", *self.commands)) + "\n # buildkit",
            "buildah": f"/bin/sh -c {joined}",
            "kaniko": f"RUN {joined}",
        }[self.dialect]
        if not self.environment:
            return (run,)
        name, _, value = self.environment.partition("=")
        env = {
            "buildkit": f"ENV {name}={value}",
            "heredoc": f"ENV {name}={value}",
            "kaniko": f"ENV {name}={value}",
        }.get(self.dialect, f"/bin/sh -c #(nop)  ENV {name}={value}")
        return (env, run)


def samples(count: int = 240, seed: int = 20261126) -> tuple[Sample, ...]:
    """So many Dockerfiles, always the same ones."""
    chance = random.Random(seed)  # noqa: S311 - no secret, always the same
    kinds = (_apt, _apk, _rpm, _zypper, _pip, _yarn)
    found = []
    for number in range(count):
        base, environment, commands = kinds[number % len(kinds)](chance)
        dialect = DIALECTS[chance.randrange(len(DIALECTS))]
        found.append(Sample(f"sample-{number:03}", base, environment, tuple(commands), dialect))
    return tuple(found)


_Made = tuple[str, str, list[str]]


def _some(chance: random.Random, names: tuple[str, ...]) -> str:
    return " ".join(chance.sample(names, chance.randint(1, 3)))


def _around(chance: random.Random, commands: list[str]) -> list[str]:
    before = chance.choice(([], [], ["set -eux"], ["mkdir -p /srv"]))
    after = chance.choice(([], [], ["echo done"], ["ldconfig"]))
    return [*before, *commands, *after]


def _apt(chance: random.Random) -> _Made:
    tool = chance.choice(("apt-get", "apt-get", "apt-get", "apt"))
    lean = chance.choice((" --no-install-recommends", " --no-install-recommends", "", ""))
    if lean == "" and chance.random() < 0.2:
        lean = " -o APT::Install-Recommends=false"
    commands = [f"{tool} update", f"{tool} install -y{lean} {_some(chance, _APT_PACKAGES)}"]
    if chance.random() < 0.15:
        commands.insert(1, "dpkg --configure -a")
    commands += chance.choice(
        ([], ["rm -rf /var/lib/apt/lists/*"], ["apt-get clean", "rm -rf /var/lib/apt/lists/*"])
    )
    return "debian:12", "", _around(chance, commands)


def _apk(chance: random.Random) -> _Made:
    flag = chance.choice((" --no-cache", " --no-cache", "", ""))
    commands = [f"apk add{flag} {_some(chance, _APK_PACKAGES)}"]
    if not flag and chance.random() < 0.4:
        commands = [f"apk add --update {_some(chance, _APK_PACKAGES)}", "rm -rf /var/cache/apk/*"]
    return "alpine:3.20", "", _around(chance, commands)


def _rpm(chance: random.Random) -> _Made:
    tool = chance.choice(("dnf", "yum", "microdnf"))
    commands = [f"{tool} install -y {_some(chance, _RPM_PACKAGES)}"]
    cleaned = chance.choice(([], [f"{tool} clean all"], [f"rm -rf /var/cache/{tool}/*"]))
    if tool == "microdnf" and cleaned[:1] == ["rm -rf /var/cache/microdnf/*"]:
        cleaned = ["microdnf clean all"]
    return "fedora:40", "", _around(chance, commands + cleaned)


def _zypper(chance: random.Random) -> _Made:
    commands = [f"zypper install -y {_some(chance, _RPM_PACKAGES)}"]
    commands += chance.choice(([], ["zypper clean"], ["zypper cc"]))
    return "opensuse/leap:15.6", "", _around(chance, commands)


def _pip(chance: random.Random) -> _Made:
    flag = chance.choice((" --no-cache-dir", "", ""))
    tool = chance.choice(("pip", "pip3", "python3 -m pip"))
    environment = chance.choice(("", "", "PIP_NO_CACHE_DIR=1", "PIP_NO_CACHE_DIR=off"))
    return (
        "python:3.12-slim",
        environment,
        _around(chance, [f"{tool} install{flag} {_some(chance, _PIP_PACKAGES)}"]),
    )


def _yarn(chance: random.Random) -> _Made:
    commands = [chance.choice(("yarn install", "yarn install --production"))]
    commands += chance.choice(([], ["yarn cache clean"]))
    return "node:22-slim", "", _around(chance, commands)
