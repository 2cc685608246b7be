"""Ways into a registry: skopeo and umoci, and plain HTTP for what they refuse to make."""

from __future__ import annotations

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from tests.end_to_end.images.contents import EPOCH, Stored, tar_of

_ACCEPT = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)


def run_tool(command: Sequence[str], *, home: Path) -> bytes:
    """Standard output of a tool that succeeds, with its own home folder."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_RUNTIME_DIR": str(home),
    }
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder with one OCI layout that umoci builds images in."""

    folder: Path

    @property
    def layout(self) -> Path:
        """The OCI layout."""
        return self.folder / "layout"

    def start(self) -> None:
        """Make the empty layout."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._umoci("init", "--layout", str(self.layout))

    def new(self, image: str, architecture: str = "amd64") -> None:
        """An image without layers."""
        self._umoci("new", "--image", f"{self.layout}:{image}")
        self._configure(image, image, "--no-history", "--architecture", architecture)

    def branch(self, source: str, image: str) -> None:
        """The same image under another name, to build on."""
        self._umoci("tag", "--image", f"{self.layout}:{source}", image)

    def add_layer(self, image: str, step: str, name: str, size_bytes: int) -> None:
        """One build step that makes a layer with one file."""
        archive = self.folder / "layer.tar"
        archive.write_bytes(tar_of(name, size_bytes))
        self.add_archive(image, step, archive)

    def add_archive(self, image: str, step: str, archive: Path) -> None:
        """One build step whose layer is this tar file."""
        self._umoci(
            *("raw", "add-layer", "--image", f"{self.layout}:{image}"),
            *("--history.created", EPOCH, "--history.created_by", step, str(archive)),
        )
        self._configure(image, image, "--no-history")

    def add_setting(self, image: str, step: str, name: str, value: str) -> None:
        """One build step that makes no layer."""
        self._configure(
            *(image, image, "--config.label", f"{name}={value}"),
            *("--history.created", EPOCH, "--history.created_by", step),
        )

    def push(self, image: str, address: str, name: str, *options: str) -> None:
        """Copy an image of the layout to `address/name` with skopeo."""
        source, target = f"oci:{self.layout}:{image}", f"docker://{address}/{name}"
        skopeo("copy", "--dest-tls-verify=false", *options, source, target, home=self.folder)

    def _configure(self, image: str, result: str, *options: str) -> None:
        self._umoci(
            *("config", "--image", f"{self.layout}:{image}", "--tag", result),
            *("--created", EPOCH, *options),
        )

    def _umoci(self, *arguments: str) -> None:
        run_tool(("umoci", *arguments), home=self.folder)


def skopeo(*arguments: str, home: Path) -> bytes:
    """Standard output of skopeo, with no trust policy needed on the machine."""
    return run_tool(("skopeo", "--insecure-policy", *arguments), home=home)


@dataclass(frozen=True, slots=True)
class RawRegistry:
    """The registry API by hand; `url` is scheme, host and port."""

    url: str

    def put_blobs(self, repository: str, blobs: Iterable[Stored]) -> None:
        """Upload each blob in one piece. Source: distribution-spec, "Pushing blobs"."""
        for blob in blobs:
            started = self._call("POST", f"/v2/{repository}/blobs/uploads/")
            location = started["Location"]
            joint = "&" if "?" in location else "?"
            self._call("PUT", f"{location}{joint}digest={blob.digest}", blob.body)

    def put_manifest(self, repository: str, reference: str, manifest: Stored) -> None:
        """Store a manifest under a tag or its digest."""
        path = f"/v2/{repository}/manifests/{reference}"
        self._call("PUT", path, manifest.body, {"Content-Type": manifest.media_type})

    def put_image(self, repository: str, tag: str, image: tuple[Stored, Sequence[Stored]]) -> None:
        """Upload a manifest with its blobs."""
        manifest, blobs = image
        self.put_blobs(repository, blobs)
        self.put_manifest(repository, tag, manifest)

    def digest_of(self, repository: str, reference: str) -> str | None:
        """The digest a reference stands for, None if there is none."""
        path = f"/v2/{repository}/manifests/{reference}"
        try:
            answer = self._call("HEAD", path, headers={"Accept": _ACCEPT})
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return str(answer["Docker-Content-Digest"])

    def delete_manifest(self, repository: str, reference: str) -> str:
        """Delete what a reference stands for, by digest; returns the digest."""
        digest = self.digest_of(repository, reference)
        if digest is None:
            raise LookupError(f"{repository}: no {reference}")
        self._call("DELETE", f"/v2/{repository}/manifests/{digest}")
        return digest

    def _call(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Message:
        url = target if target.startswith("http") else self.url + target
        kind = {} if body is None else {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, body, kind | (headers or {}), method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
            received: Message = answer.headers
            return received
