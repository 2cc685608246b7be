"""An OCI image layout in a tar archive, as skopeo, podman, buildah and BuildKit write it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.domain.errors import NotFoundError
from auditor.registry.archives.tar_file import TarFile
from auditor.registry.layout import LayoutSource
from auditor.registry.options import ClientOptions

_DEFAULT_OPTIONS = ClientOptions()


class TarFiles:
    """The files of a layout in an archive."""

    def __init__(self, tar: TarFile) -> None:
        self._tar = tar

    def read(self, place: str, cap_bytes: int) -> bytes:
        """The whole file; NotFoundError where there is none, BodyTooLargeError over the cap."""
        return self._tar.read(place, cap_bytes)

    def size(self, place: str) -> int | None:
        """The file's size in bytes, None if it is absent."""
        try:
            return self._tar.member(place).size_bytes
        except NotFoundError:
            return None


@contextmanager
def open_oci_archive(
    path: Path, options: ClientOptions = _DEFAULT_OPTIONS
) -> Iterator[LayoutSource]:
    """The layout in the archive, closed at the end of the block; raises as `TarFile.open`."""
    with TarFile.open(path) as tar:
        yield LayoutSource(path, options, TarFiles(tar))
