"""Names -> addresses below /v2/, safe whatever the names hold."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from auditor.domain.errors import ProtocolError
from auditor.domain.text import clean_line

_SAFE_IN_SEGMENT = ":@!$&'()*+,;=~"
_DOTS = frozenset({"", ".", ".."})


class Addresses:
    """Addresses of one registry's endpoints.

    Slashes in repository names stay, everything unsafe is percent-encoded, and names are
    not corrected. Names with empty, `.` or `..` segments would lead elsewhere and raise
    ProtocolError. `library` is the namespace put before one-segment names, or empty.
    Source: distribution-spec, "Endpoints".
    """

    def __init__(self, base_url: str, library: str = "") -> None:
        self.base_url = base_url
        self.root = f"{base_url}/v2/"
        self.catalogue = f"{base_url}/v2/_catalog"
        self.extensions = f"{base_url}/v2/_oci/ext/discover"
        self._library = library
        self._repository = lru_cache(maxsize=1024)(self._quoted)

    def name(self, repository: str) -> str:
        """The repository as the registry calls it."""
        return (
            f"{self._library}/{repository}"
            if self._library and "/" not in repository
            else repository
        )

    def scope(self, repository: str) -> str:
        """The token scope that allows reading. Source: distribution, token scope grammar."""
        return f"repository:{self.name(repository)}:pull"

    def tags(self, repository: str) -> str:
        """Where its tags are listed."""
        return f"{self._repository(repository)}/tags/list"

    def manifest(self, repository: str, reference: str) -> str:
        """Where a manifest is, by tag or digest."""
        if reference in _DOTS:
            raise _unaskable(reference)
        place = quote(reference, safe=_SAFE_IN_SEGMENT, errors="replace")
        return f"{self._repository(repository)}/manifests/{place}"

    def blob(self, repository: str, digest: str) -> str:
        """Where a blob is."""
        return f"{self._repository(repository)}/blobs/{digest}"

    def referrers(self, repository: str, digest: str) -> str:
        """Where the referrers of a manifest are listed."""
        return f"{self._repository(repository)}/referrers/{digest}"

    def _quoted(self, repository: str) -> str:
        if not _DOTS.isdisjoint(repository.split("/")):
            raise _unaskable(repository)
        name = quote(self.name(repository), safe="/" + _SAFE_IN_SEGMENT, errors="replace")
        return self.root + name


def _unaskable(name: str) -> ProtocolError:
    return ProtocolError(
        f"nothing can be asked for by the name {clean_line(name, 80)!r}",
        next_step="it was left out",
    )
