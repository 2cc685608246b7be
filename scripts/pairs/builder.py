"""buildah without a daemon: chroot isolation, a store of its own, a registry on loopback."""

from __future__ import annotations

import contextlib
import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.pairs.commands import BuildError, run
from scripts.pairs.contexts import write_context
from scripts.pairs.reading import REGISTRY, Recipe, Variant
from scripts.pairs.serving import DOWNLOADS, DOWNLOADS_PORT
from scripts.pairs.stored import Stored
from tests.servers.docker_registry import start_docker_registry

NOTE = "registry-auditor.sample.note"
BUILT_FOR_THE_DEMO = "built for the demo"
_TYPES = "application/vnd.oci.image.manifest.v1+json"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_COMPRESSIONS = {
    "none": ("--disable-compression",),
    "gzip": ("--compression-format", "gzip"),
    "zstd": ("--compression-format", "zstd"),
}
_SETTINGS = "/run/pairs"
"""Where certificates are mounted while a step runs: no layer holds them."""


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds and pushes; everything it writes lies below `folder`."""

    folder: Path
    address: str

    def build(self, recipe: Recipe, variant: Variant, release: int, index: str = "") -> str:
        """Build one release; the image's local name. `index`: a package index for pip."""
        context = self.folder / "context"
        if not recipe.root:
            write_context(recipe.context, context, release, variant.ignore)
        dockerfile = self.folder / "Dockerfile"
        dockerfile.write_text(variant.dockerfile)
        name = f"localhost/{variant.repository}:{variant.tags[release]}"
        label = ["--label", f"{NOTE}={BUILT_FOR_THE_DEMO}"] if variant.role == "base" else []
        self._buildah(
            *("bud", "--isolation", "chroot", "--layers", "--format", "oci"),
            *("--timestamp", str(_seconds(recipe.built_at(release)))),
            # What pip keeps depends on headers, which no key of the layer cache knows of.
            *(["--no-cache"] if index else []),
            *("--add-host", f"{DOWNLOADS}:127.0.0.1"),
            *(f"--volume={source}:{target}:ro" for source, target in self._mounts(index)),
            *("--annotation", f"{NOTE}={BUILT_FOR_THE_DEMO}", *label),
            *("--tag", name, "--file", str(dockerfile), str(context)),
        )
        return name

    def push(self, name: str, repository: str, tag: str, compression: str) -> Stored:
        """Push a built image and read back what the registry holds.

        A compression asked for (`gzip`, `zstd`, `none`) goes by way of a folder: a push straight
        to the registry takes a layer that it has in any compression for the one that is wanted.
        """
        target = f"docker://{self.address}/{repository}:{tag}"
        if not compression:
            self._buildah("push", "--tls-verify=false", name, target)
        else:
            layout = self.folder / "layout"
            shutil.rmtree(layout, ignore_errors=True)
            how = _COMPRESSIONS[compression]
            self._buildah("push", *how, name, f"dir:{layout}")
            plain = ("--dest-tls-verify=false", "--preserve-digests")
            run(["nice", "skopeo", "copy", "--quiet", *plain, f"dir:{layout}", target])
        manifest = self._get(f"{repository}/manifests/{tag}")
        digest = json.loads(manifest)["config"]["digest"]
        return Stored(manifest, self._get(f"{repository}/blobs/{digest}"))

    def forget(self, name: str) -> None:
        """Remove a local name, so that the next build takes the base from the registry."""
        self._buildah("rmi", "--force", name)

    def version(self) -> str:
        """`1.28.2`."""
        return self._buildah("--version").split()[2]

    def _mounts(self, index: str) -> Iterator[tuple[Path, str]]:
        """The machine's own package sources, for the time of a step."""
        pip, npm = self.folder / "pip.conf", self.folder / "npmrc"
        pip_index = index or _said_by("pip", "config", "get", "global.index-url")
        npm_registry = _said_by("npm", "config", "get", "registry")
        authority = f"{_SETTINGS}/ca.crt"
        pip.write_text(
            f"[global]\ncert = {authority}\n"
            + (f"index-url = {pip_index}\n" if pip_index else "")
            # pip caches nothing that comes by plain HTTP from a host it was not told to trust.
            + (f"trusted-host = 127.0.0.1:{DOWNLOADS_PORT}\n" if index else "")
        )
        npm.write_text(
            f"cafile={authority}\nupdate-notifier=false\nfund=false\naudit=false\n"
            + (f"registry={npm_registry}\n" if npm_registry else "")
        )
        yield pip, "/etc/pip.conf"
        yield npm, "/usr/local/etc/npmrc"
        yield _CERTIFICATES, authority

    def _get(self, path: str) -> str:
        address = f"http://{self.address}/v2/{path}"
        asked = urllib.request.Request(address, headers={"Accept": _TYPES})
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - as above
            return str(answer.read().decode())

    def _buildah(self, *arguments: str) -> str:
        command = [
            *("nice", "buildah", "--root", str(self.folder / "store")),
            *("--runroot", str(self.folder / "run")),
            *("--registries-conf", str(self.folder / "registries.conf"), *arguments),
        ]
        said = run(command, {"STORAGE_DRIVER": "overlay"})
        with (self.folder / "build.log").open("a") as log:
            log.write(f"$ {' '.join(command)}\n{said}\n")
        return said


@contextlib.contextmanager
def start_builder(folder: Path) -> Iterator[Builder]:
    """A builder with a running registry; what was built and pushed before is still there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "context").mkdir(exist_ok=True)
    with start_docker_registry(folder / "registry") as registry:
        (folder / "registries.conf").write_text(
            "unqualified-search-registries = []\n[[registry]]\n"
            f'prefix = "{REGISTRY}"\nlocation = "{registry.address}"\ninsecure = true\n'
        )
        try:
            yield Builder(folder, registry.address)
        finally:  # buildah leaves its store mounted, and the folder could not be removed
            with contextlib.suppress(BuildError):
                run(["umount", str(folder / "store/overlay")])


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _said_by(*command: str) -> str:
    """What a tool of this machine is set to; "" where it is not set or not there."""
    try:
        said = run(command).strip()
    except (BuildError, FileNotFoundError):
        return ""
    return "" if said == "undefined" else said
