"""Root file systems of the bases, made by mmdebstrap from the machine's own Debian mirror."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.pairs.commands import BuildError, run

SUITE = "bookworm"
# What the roots of Docker's official Debian images set, in our own words: apt keeps no
# archives, keeps its lists packed, and fetches no translations.
_APT_SETTINGS = {
    "docker-clean": """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
""",
    "docker-gzip-indexes": 'Acquire::GzipIndexes "true";\n',
    "docker-no-languages": 'Acquire::Languages "none";\n',
    "docker-autoremove-suggests": 'Apt::AutoRemove::SuggestsImportant "false";\n',
}
_SLIM_PATHS = ("doc/*", "man/*", "info/*", "locale/*", "groff/*", "lintian/*", "linda/*")


@dataclass(frozen=True, slots=True)
class Root:
    """`is_slim`: without documents and translations. `is_first`: as first released, no updates."""

    is_slim: bool
    is_first: bool = False


ROOTS = {
    "full": Root(is_slim=False),
    "slim": Root(is_slim=True),
    "first": Root(is_slim=True, is_first=True),
}


def make_root(name: str, target: Path, built_at: datetime, folder: Path) -> None:
    """Write the root file system as a tar file."""
    root, mirrors = ROOTS[name], _mirrors()
    sources = folder / "sources.list"
    sources.write_text("".join(f"{line}\n" for line in mirrors))
    settings = folder / "apt-settings"
    settings.mkdir(exist_ok=True)
    for file, text in _APT_SETTINGS.items():
        (settings / file).write_text(text)
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{path}" for path in _SLIM_PATHS]
    keep = ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    used = [line for line in mirrors if not root.is_first or f" {SUITE} " in line]
    command = [
        *("nice", "mmdebstrap", "--quiet", "--variant=minbase", "--include=usr-is-merged"),
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        *(excludes + keep if root.is_slim else []),
        f"--customize-hook=copy-in {sources} /etc/apt/",
        *(
            f"--customize-hook=copy-in {settings / file} /etc/apt/apt.conf.d/"
            for file in _APT_SETTINGS
        ),
        "--customize-hook=rm -f $1/var/cache/apt/*.bin",
        *(SUITE, str(target), *used),
    ]
    epoch = {"SOURCE_DATE_EPOCH": str(int(built_at.timestamp()))}
    run(command, epoch)


def _mirrors() -> list[str]:
    """`deb URI SUITE COMPONENT` of every Debian suite this machine is set up for."""
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(CREATED_BY) $(SITE) $(RELEASE) $(COMPONENT)",
    ]
    lines = run(command).splitlines()
    fields = [line.split() for line in sorted(set(lines))]
    suites = (SUITE, f"{SUITE}-updates", f"{SUITE}-security")
    found = [f"deb {site} {suite} {part}" for kind, site, suite, part in fields
             if kind == "Packages" and suite in suites and part == "main"]  # fmt: skip
    if not any(f" {SUITE} " in line for line in found):
        raise BuildError(f"no mirror of Debian {SUITE} in this machine's apt sources")
    return found
