"""A registry's name and manners -> what it can answer, and what disturbs it."""

from __future__ import annotations

from urllib.parse import urlsplit

from auditor.domain.observation import RegistryCapabilities

HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})
HUB_API_HOST = "registry-1.docker.io"
# Vendors that record pulls. Sources: Docker Hub's pull definition; Quay's and GitLab's
# documentation of pull statistics; ECR's lastRecordedPullTime; Artifact Registry's and ACR's
# audit events; GitHub's download counts.
_COUNTING_HOSTS = HUB_HOSTS | {"quay.io", "ghcr.io", "gcr.io", "registry.gitlab.com"}
_COUNTING_SUFFIXES = (".amazonaws.com", ".pkg.dev", ".gcr.io", ".azurecr.io", ".docker.io")
_HARBOR_REALM = "/service/token"
_ZOT_EXTENSION = "_zot"


def capabilities_of(
    host: str,
    *,
    realm: str = "",
    extensions: bytes = b"",
    counts_pulls: bool | None = None,
    supports_referrers: bool | None = None,
) -> RegistryCapabilities:
    """What plain /v2 can do at `host` (without a port); `counts_pulls` overrules the guess.

    `realm` is the token address of its challenge, `extensions` the body it gave for
    `/v2/_oci/ext/discover`. Untagged manifests are never listed by plain /v2.
    """
    counts = (
        _is_counting_host(host)
        or _is_harbor(realm)
        or _ZOT_EXTENSION in extensions.decode("utf-8", "replace")
    )
    return RegistryCapabilities(
        lists_untagged=False,
        counts_pulls=counts if counts_pulls is None else counts_pulls,
        supports_referrers=supports_referrers,
    )


def _is_counting_host(host: str) -> bool:
    return host in _COUNTING_HOSTS or host.endswith(_COUNTING_SUFFIXES)


def _is_harbor(realm: str) -> bool:
    # Harbor updates pull_time on a GET; its token service has this path.
    try:
        return urlsplit(realm).path == _HARBOR_REALM
    except ValueError:
        return False
