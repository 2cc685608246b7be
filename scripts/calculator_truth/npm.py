"""npm: packages installed into an empty project, without and with development and caches."""

from __future__ import annotations

import base64
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.calculator_truth.facts import Json
from scripts.calculator_truth.measuring import measure
from scripts.calculator_truth.running import NotBuiltError, run

ECOSYSTEM = "npm"
VARIANTS = ("plain", "cache", "dev", "production")
_SECONDS = 120
_QUIET = ("--silent", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
_NOBODY = 65534


@dataclass(slots=True)
class NpmBuilder:
    """Installs by npm, as nobody; packages lie below `folder`, layers in the making below `layers`."""

    folder: Path
    layers: Path

    def prepare(self) -> Json:
        """What makes the layers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "home").mkdir(exist_ok=True)
        os.chown(self.folder / "home", _NOBODY, _NOBODY)
        return {
            "npm": run(["npm", "--version"], seconds=_SECONDS).strip(),
            "node": run(["node", "--version"], seconds=_SECONDS).strip().removeprefix("v"),
        }

    def build(self, root: str, variant: str, lists: Json) -> tuple[Json, dict[str, Json]]:
        """The row's layers and closure, and its packages."""
        project = lists.get("projects", {}).get(root)
        if project is None:
            wanted = {"dependencies": {root: "latest"}}
        else:
            wanted = {
                "dependencies": dict.fromkeys(project["dependencies"], "latest"),
                "devDependencies": dict.fromkeys(project["dev"], "latest"),
            }
        app = self._project(wanted)
        self._npm(
            app,
            self.folder / "home/cache",
            "install",
            *(["--omit=dev"] if variant != "dev" else []),
        )
        entries = list(self._installed(app))
        row: Json = {"packages": sorted(entry["key"] for entry in entries), "layers": {}}
        if any(entry["is_dev"] for entry in entries):
            row["dev"] = sorted(entry["key"] for entry in entries if entry["is_dev"])
        if variant == "cache":
            row["layers"] = self._caches(app)
        else:
            row["layers"]["plain"] = measure(self.layers / "layer", self.layers / "layer.tar")
        return row, {entry["key"]: entry["package"] for entry in entries}

    def clean(self) -> None:
        """Remove what one build left; tarballs once fetched are kept beside."""
        for name in ("layer", "install", "ci"):
            shutil.rmtree(self.layers / name, ignore_errors=True)

    def _project(self, wanted: Json) -> Path:
        app = self.layers / "layer/app"
        app.mkdir(parents=True)
        (app / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0", **wanted}))
        for path in (app, app / "package.json"):
            os.chown(path, _NOBODY, _NOBODY)
        return app

    def _npm(self, app: Path, cache: Path, *arguments: str) -> None:
        run(
            [
                *("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"),
                *("npm", *arguments, *_QUIET, "--cache", str(cache)),
            ],
            seconds=_SECONDS,
            folder=app,
            environment={"HOME": str(self.folder / "home"), **_registry()},
        )

    def _caches(self, app: Path) -> Json:
        """What `npm install` and `npm ci` leave behind, each begun with an empty cache."""
        layers = {}
        for name in ("install", "ci"):
            shutil.rmtree(app / "node_modules")
            if name == "install":
                (app / "package-lock.json").unlink()
            cache = self.layers / name
            cache.mkdir()
            os.chown(cache, _NOBODY, _NOBODY)
            self._npm(app, cache / "root/.npm", name, "--omit=dev")
            layers[name] = measure(cache, self.layers / "layer.tar")
        return layers

    def _installed(self, app: Path) -> Iterator[Json]:
        """What the lock names and the disk has: packages of other systems are left out."""
        lock = json.loads((app / "package-lock.json").read_text())
        for place, entry in lock["packages"].items():
            if not place or entry.get("link") or not (app / place).exists():
                continue
            if "integrity" not in entry:  # bundled in its parent's tarball
                continue
            name = entry.get("name") or place.rpartition("node_modules/")[2]
            yield {
                "key": f"{name}@{entry['version']}",
                "is_dev": bool(entry.get("dev")),
                "package": self._tarball(entry["integrity"]),
            }

    def _tarball(self, integrity: str) -> Json:
        """The tarball as fetched, from npm's cache, where its content names it."""
        algorithm, _, encoded = integrity.split(maxsplit=1)[0].partition("-")
        digest = base64.b64decode(encoded).hex()
        content = self.folder / "home/cache/_cacache/content-v2"
        path = content / algorithm / digest[:2] / digest[2:4] / digest[4:]
        if not path.exists():
            raise NotBuiltError("a tarball is not in npm's cache")
        with tarfile.open(path) as tarball:
            sizes = [member.size for member in tarball if member.isreg()]
        return {
            "archive_bytes": path.stat().st_size,
            "unpacked_bytes": sum(sizes),
            "files": len(sizes),
        }


def _registry() -> dict[str, str]:
    """Root's own registry for npm, which runs as nobody."""
    said = run(["npm", "config", "get", "registry"], seconds=_SECONDS).strip()
    return {"npm_config_registry": said} if said and said != "undefined" else {}
