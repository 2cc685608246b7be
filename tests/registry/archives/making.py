"""Archives made by hand, good ones and others."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Members = Iterable[tuple[str, bytes]]


def tar_at(path: Path, members: Members, format: int = tarfile.GNU_FORMAT) -> Path:
    """An archive of regular files, in this order."""
    with tarfile.open(path, "w", format=format) as tar:
        for name, body in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return path


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def config_of(layers: Iterable[bytes], **more: Any) -> bytes:
    document: Mapping[str, Any] = {
        "os": "linux",
        "architecture": "amd64",
        "config": {"Labels": {"maintainer": "someone"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(one)}" for one in layers]},
        "history": [{"created_by": f"RUN step {number}"} for number, _ in enumerate(layers)],
    }
    return json.dumps({**document, **more}).encode()


def docker_archive(
    path: Path,
    *layers: bytes,
    tags: Iterable[str] = ("registry.example/team/app:1",),
    config: bytes | None = None,
    change: Callable[[list[dict[str, Any]]], object] = lambda _: None,
    stored: Iterable[bytes] | None = None,
) -> Path:
    """As `docker save` writes; `stored` are the layers' files where they are not the tars."""
    body = config_of(layers) if config is None else config
    files = [(f"{number}/layer.tar", one) for number, one in enumerate(stored or layers)]
    items: list[dict[str, Any]] = [
        {
            "Config": f"{sha256(body)}.json",
            "RepoTags": list(tags),
            "Layers": [name for name, _ in files],
        }
    ]
    change(items)
    manifest = json.dumps(items).encode()
    return tar_at(path, [*files, (f"{sha256(body)}.json", body), ("manifest.json", manifest)])
