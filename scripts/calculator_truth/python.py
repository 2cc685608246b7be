"""pip: wheels installed below a prefix of their own, with and without byte-compiled files."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.calculator_truth.facts import Json
from scripts.calculator_truth.measuring import measure
from scripts.calculator_truth.running import run
from scripts.pairs.serving import DOWNLOADS_PORT, serving

ECOSYSTEM = "pip"
VARIANTS = ("plain", "cache")
_SECONDS = 120
_PIP = (sys.executable, "-m", "pip")
_QUIET = ("--quiet", "--no-input", "--disable-pip-version-check")
_AS_ROOT = ("--root-user-action=ignore", "--no-warn-script-location")


@dataclass(slots=True)
class PythonBuilder:
    """Installs by pip; packages lie below `folder`, layers in the making below `layers`."""

    folder: Path
    layers: Path

    def prepare(self) -> Json:
        """What makes the layers."""
        (self.folder / "kept").mkdir(parents=True, exist_ok=True)
        version = run([*_PIP, "--version"], seconds=_SECONDS).split()[1]
        return {"pip": version, "python": ".".join(str(part) for part in sys.version_info[:3])}

    def build(self, root: str, variant: str, _: Json) -> tuple[Json, dict[str, Json]]:
        """The row's layers and closure, and its packages."""
        wheels = self.layers / "served/wheels"
        # Fetched once, through the machine's own pip configuration; installed from there.
        run(
            [
                *(*_PIP, "download", *_QUIET, "--only-binary=:all:"),
                *("--find-links", str(self.folder / "kept"), "--dest", str(wheels), root),
            ],
            seconds=_SECONDS,
        )
        files = sorted(wheels.glob("*.whl"))
        for file in files:
            shutil.copy(file, self.folder / "kept")
        packages = {file.name: _contents(file) for file in files}
        if variant == "cache":
            layers = {"cache": self._cache(files)}
        else:
            layers = {
                "compiled": self._layer(files),
                "plain": self._layer(files, "--no-compile"),
            }
        return {"packages": sorted(packages), "layers": layers}, packages

    def clean(self) -> None:
        """Remove what one build left."""
        for name in ("prefix", "served", "cache"):
            shutil.rmtree(self.layers / name, ignore_errors=True)

    def _layer(self, files: list[Path], *flags: str) -> Json:
        prefix = self.layers / "prefix/usr/local"
        shutil.rmtree(self.layers / "prefix", ignore_errors=True)
        run(
            [
                *(*_PIP, "install", *_QUIET, "--no-cache-dir", "--no-index", "--no-deps"),
                *("--ignore-installed", *_AS_ROOT, "--prefix", str(prefix)),
                *(*flags, *(str(file) for file in files)),
            ],
            seconds=_SECONDS,
        )
        return measure(self.layers / "prefix", self.layers / "layer.tar")

    def _cache(self, files: list[Path]) -> Json:
        """Pip keeps only what comes with caching headers, as real indexes send them."""
        cache = self.layers / "cache/root/.cache/pip"
        with _index(self.layers / "served", files) as address:
            run(
                [
                    *(*_PIP, "install", *_QUIET, "--no-deps", "--ignore-installed"),
                    *(*_AS_ROOT, "--prefix", str(self.layers / "prefix")),
                    *("--index-url", address, "--cache-dir", str(cache)),
                    *("--trusted-host", f"127.0.0.1:{DOWNLOADS_PORT}"),
                    *(_pinned(file) for file in files),
                ],
                seconds=_SECONDS,
                environment={
                    "PIP_CONFIG_FILE": "/dev/null",
                    "PIP_FIND_LINKS": "",
                    "PIP_CERT": "",
                },
            )
        return measure(self.layers / "cache", self.layers / "layer.tar")


@contextmanager
def _index(folder: Path, files: list[Path]) -> Iterator[str]:
    for file in files:
        project = _pinned(file).partition("==")[0].lower().replace("_", "-").replace(".", "-")
        page = folder / "simple" / project / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(
            f'<!DOCTYPE html><html><body><a href="../../wheels/{file.name}">{file.name}</a>'
            "</body></html>\n"
        )
    with serving(folder) as address:
        yield f"{address}/simple"


def _pinned(file: Path) -> str:
    name, version = file.name.split("-")[:2]
    return f"{name}=={version}"


def _contents(file: Path) -> Json:
    with zipfile.ZipFile(file) as wheel:
        members = wheel.infolist()
    return {
        "archive_bytes": file.stat().st_size,
        "unpacked_bytes": sum(one.file_size for one in members),
        "source_bytes": sum(one.file_size for one in members if one.filename.endswith(".py")),
        "files": len(members),
    }
