"""Python's packages: files of a project, what they need, and what is in a wheel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name

from auditor.domain.package_facts import PythonFile, PythonMetadata, WheelContents
from auditor.indexes.failures import not_understood
from auditor.indexes.fetching import MIB, IndexClient, Kind
from auditor.indexes.origins import origin_of, parse_address
from auditor.indexes.python_pages import ACCEPT, files_of_page
from auditor.indexes.remembering import Memory, side_by_side
from auditor.indexes.unpacking import UnusableError
from auditor.indexes.wheels import Wheel, read_wheel

_PAGE = Kind("the page of a project", 64 * MIB, ACCEPT)
_METADATA = Kind("the metadata of a file", 8 * MIB, is_fixed=True)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,198}[a-z0-9])?")
_SDIST_METADATA_SINCE = (2, 2)
_MOST_REQUIRED = 10_000
_MEMORY_BYTES = 128 * MIB
_BYTES_PER_FILE = 600


class SimpleIndex:
    """Simple repositories, all of which are asked, as pip does; raises IndexFailureError."""

    def __init__(self, indexes: Sequence[str], client: IndexClient) -> None:
        self._indexes = tuple(indexes)
        self._client = client
        self._files = Memory[tuple[PythonFile, ...]](_MEMORY_BYTES)
        self._wheels = Memory[Wheel | None](_MEMORY_BYTES)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what did not go as it should."""
        return self._client.notes

    def files(self, name: str) -> tuple[PythonFile, ...]:
        """All files of the project, each name once: the index asked first is believed."""
        normal = canonicalize_name(name[:250])
        if not _NAME.fullmatch(normal):
            return ()
        return self._files.get(normal, partial(self._find, normal))

    def metadata(self, file: PythonFile) -> PythonMetadata | None:
        """What a file needs; of a source distribution only where it vouches for it (PEP 643)."""
        is_wheel = file.name.endswith(".whl")
        body = self._beside(file) if file.has_metadata else None
        if body is None and is_wheel:
            wheel = self._wheel(file, with_metadata=True)
            body = wheel.metadata if wheel else None
        if body is None:
            return None
        return _decoded(body, is_wheel=is_wheel)

    def contents(self, file: PythonFile) -> WheelContents | None:
        """What is in a wheel; None for other files and where only all of it could be fetched."""
        if not file.name.endswith(".whl"):
            return None
        wheel = self._wheel(file, with_metadata=False)
        return wheel.contents if wheel else None

    def size_bytes(self, file: PythonFile) -> int | None:
        """The file's size, asked for where the index did not say."""
        if file.size_bytes is not None:
            return file.size_bytes
        return self._client.size_bytes(file.address)

    def look_ahead(self, names: Iterable[str]) -> None:
        """Read these projects side by side; raises nothing."""
        side_by_side(self.files, names)

    def _find(self, normal: str) -> tuple[tuple[PythonFile, ...], int]:
        found: dict[str, PythonFile] = {}
        for index in self._indexes:
            for file in self._page(index, normal):
                found.setdefault(file.name, file)
        return tuple(found.values()), _BYTES_PER_FILE * len(found)

    def _page(self, index: str, normal: str) -> tuple[PythonFile, ...]:
        address = f"{index.rstrip('/')}/{normal}/"
        document = self._client.get(address, _PAGE)
        if document is None:
            return ()
        try:
            return files_of_page(document.body, document.content_type, document.address)
        except UnusableError as error:
            host = origin_of(parse_address(address)).name
            raise not_understood(host, _PAGE.what, str(error)) from None

    def _beside(self, file: PythonFile) -> bytes | None:
        """The file that holds the metadata alone (PEP 658)."""
        url = parse_address(file.address)
        document = self._client.get(str(url.copy_with(path=f"{url.path}.metadata")), _METADATA)
        return document.body if document else None

    def _wheel(self, file: PythonFile, *, with_metadata: bool) -> Wheel | None:
        """The wheel's directory, read once; its pieces are kept by the client."""
        get = partial(self._client.piece, file.address)

        def find() -> tuple[Wheel | None, int]:
            wheel = read_wheel(get, file.size_bytes, with_metadata=with_metadata)
            return wheel, len(wheel.metadata or b"") if wheel else 0

        return self._wheels.get(f"{with_metadata} {file.address}", find)


def _decoded(body: bytes, *, is_wheel: bool) -> PythonMetadata | None:
    """Source: "Core metadata specifications"; PEP 643 for source distributions."""
    raw, _ = parse_email(body)
    if not raw.get("name"):
        return None
    version = tuple(int(part) for part in re.findall(r"\d{1,4}", raw.get("metadata_version", "")))
    moving = {name.lower() for name in raw.get("dynamic", [])}
    is_vouched = version >= _SDIST_METADATA_SINCE and "requires-dist" not in moving
    if not (is_wheel or is_vouched):
        return None
    return PythonMetadata(
        tuple(raw.get("requires_dist", [])[:_MOST_REQUIRED]), raw.get("requires_python", "")
    )
