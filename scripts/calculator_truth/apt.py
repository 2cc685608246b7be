"""apt: packages of Debian installed into a minimal root, the overlay above it being the layer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from scripts.calculator_truth.facts import Json
from scripts.calculator_truth.measuring import measure
from scripts.calculator_truth.running import run
from scripts.pairs.roots import SUITE, make_root

ECOSYSTEM = "apt"
VARIANTS = ("plain", "recommends", "lists")
_SECONDS = 120
_ROOT_SECONDS = 600
# In namespaces of its own: whatever happens, no mount and no daemon is left behind.
_INSIDE = """\
set -e
mount -t overlay overlay -o lowerdir="$1/root,upperdir=$2/upper,workdir=$2/inner" "$1/merged"
mount -t proc proc "$1/merged/proc"
mount -t tmpfs tmpfs "$1/merged/dev"
for device in null zero full random urandom tty; do
    touch "$1/merged/dev/$device"
    mount --bind "/dev/$device" "$1/merged/dev/$device"
done
mkdir "$1/merged/dev/shm"
mount --bind "$1/archives" "$1/merged/mnt"
[ "$3" = keep-lists ] || mount --bind "$1/lists" "$1/merged/var/lib/apt/lists"
shift 3
exec chroot "$TRUTH_MERGED" "$@"
"""
_APT = (
    *("apt-get", "--quiet=2", "--yes", "-o", "Dir::Cache::archives=/mnt"),
    *("-o", "Dpkg::Options::=--force-unsafe-io"),
)
_EXCLUDED = re.compile(r"usr/share/(?:doc|man|info|locale|groff|lintian|linda)/.")
_KEPT = re.compile(r"usr/share/doc/[^/]+(?:/copyright)?$")


@dataclass(slots=True)
class AptBuilder:
    """Installs by apt; packages lie below `folder`, layers in the making below `layers`."""

    folder: Path
    layers: Path
    _index: dict[str, Json] = field(default_factory=dict)
    _in_base: set[str] = field(default_factory=set)

    def prepare(self) -> Json:
        """Make the root once, read the index once; what made them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("archives", "lists", "merged"):
            (self.folder / name).mkdir(exist_ok=True)
        if not (self.folder / "root/etc").exists():
            make_root("full", self.folder / "root", datetime.now(UTC), self.folder)
            refuse = self.folder / "root/usr/sbin/policy-rc.d"
            refuse.write_text("#!/bin/sh\nexit 101\n")
            refuse.chmod(0o755)
            shutil.copy("/etc/resolv.conf", self.folder / "root/etc/resolv.conf")
        if not any((self.folder / "lists").glob("*Packages*")):
            self._run_inside(*_APT, "update")
        self._index = dict(_stanzas(self._run_inside("apt-cache", "dumpavail")))
        self._in_base = set(self._installed())
        version = self._run_inside("apt-get", "--version").splitlines()[0].split()[1]
        return {"apt": version, "apt_suite": SUITE, "apt_base": len(self._in_base)}

    def build(self, root: str, variant: str, _: Json) -> tuple[Json, dict[str, Json]]:
        """The row's layers and closure, and its packages."""
        if variant == "lists":
            return self._lists()
        recommends = [] if variant == "recommends" else ["--no-install-recommends"]
        self._run_inside(*_APT, "install", *recommends, root)
        added = [key for key in self._installed(is_fresh=False) if key not in self._in_base]
        upper, scratch = self.layers / "upper", self.layers / "layer.tar"
        layers = {"full": measure(upper, scratch), "slim": measure(upper, scratch, _is_slim)}
        packages = {key: self._index.get(key, {}) for key in added}
        return {"packages": sorted(added), "layers": layers}, packages

    def clean(self) -> None:
        """Remove what one build left."""
        for name in ("upper", "inner"):
            shutil.rmtree(self.layers / name, ignore_errors=True)

    def _lists(self) -> tuple[Json, dict[str, Json]]:
        """What `apt-get update` alone leaves in a layer."""
        self._run_inside(*_APT, "update", lists="keep-lists")
        layer = measure(self.layers / "upper", self.layers / "layer.tar")
        return {"packages": [], "layers": {"full": layer}, "index_packages": len(self._index)}, {}

    def _installed(self, *, is_fresh: bool = True) -> list[str]:
        """`name=version` of all installed packages; `is_fresh`: of the root itself."""
        form = "${db:Status-Abbrev}\t${Package}=${Version}\n"
        folder = self.folder / "root" if is_fresh else self.layers / "upper"
        said = run(
            ["dpkg-query", f"--admindir={folder}/var/lib/dpkg", "-W", "-f", form],
            seconds=_SECONDS,
        )
        rows = [line.split("\t") for line in said.splitlines()]
        return [name for status, name in rows if status.startswith("ii")]

    def _run_inside(self, *command: str, lists: str = "") -> str:
        self.clean()
        for name in ("upper", "inner"):
            (self.layers / name).mkdir(parents=True)
        return run(
            [
                *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts"),
                *(
                    "sh",
                    "-c",
                    _INSIDE,
                    "sh",
                    str(self.folder),
                    str(self.layers),
                    lists or "bind-lists",
                    *command,
                ),
            ],
            seconds=_SECONDS,
            environment={
                "TRUTH_MERGED": str(self.folder / "merged"),
                "DEBIAN_FRONTEND": "noninteractive",
                "LC_ALL": "C.UTF-8",
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            },
        )


def _is_slim(name: str) -> bool:
    """Whether Docker's slim images would have unpacked this path."""
    return _EXCLUDED.match(name) is None or _KEPT.match(name) is not None


def _stanzas(text: str) -> Iterator[tuple[str, Json]]:
    for stanza in text.split("\n\n"):
        fields = dict(
            line.split(": ", 1)
            for line in stanza.splitlines()
            if ": " in line[1:] and line[0] > " "
        )
        if "Size" in fields:
            yield (
                f"{fields['Package']}={fields['Version']}",
                {
                    "archive_bytes": int(fields["Size"]),
                    "unpacked_bytes": int(fields.get("Installed-Size", 0)) * 1024,
                    "section": fields.get("Section", ""),
                },
            )
