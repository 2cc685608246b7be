"""What one crawl saw: values handed from the crawler to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from auditor.domain.digest import Digest
from auditor.domain.image_config import ImageConfig
from auditor.domain.manifest import Manifest


class StorageScope(StrEnum):
    """The repositories within which a registry stores a blob once."""

    REGISTRY = "registry"
    NAMESPACE = "namespace"
    REPOSITORY = "repository"

    def name_for(self, repository: str) -> str:
        """The scope a repository belongs to: "", its first segment, or its whole name."""
        if self is StorageScope.REGISTRY:
            return ""
        return repository.partition("/")[0] if self is StorageScope.NAMESPACE else repository


class CrawlOutcome(StrEnum):
    """How a crawl ended; RUNNING until then."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, recorded and passed by.

    `reference` is a tag or digest, or empty when the whole repository failed;
    `message` one plain line without secrets.
    """

    repository: str
    reference: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class RegistryCapabilities:
    """What this kind of registry can answer at all.

    `lists_untagged`: manifests without a tag appear in a listing.
    `counts_pulls`: a manifest GET disturbs pull counts, so HEAD comes first.
    `supports_referrers`: None until asked.
    """

    lists_untagged: bool = False
    counts_pulls: bool = False
    supports_referrers: bool | None = None


@dataclass(frozen=True, slots=True)
class KnownRepository:
    """What the database holds about a repository before it is crawled.

    `tags`: tag to manifest digest, or None where the manifest was never readable.
    `manifests`: present manifests, newest first. `due_for_recheck`: present manifests
    whose last proof of existence is older than the recheck pace. `before_removal`: what a
    repository that was lately taken for removed held until then; some may be there again.
    """

    tags: Mapping[str, Digest | None] = field(default_factory=dict)
    manifests: tuple[Digest, ...] = ()
    due_for_recheck: frozenset[Digest] = frozenset()
    before_removal: tuple[Digest, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryObservation:
    """What a crawl saw of one repository.

    `tags`: every listed tag to the digest it points at, None where unreadable.
    `reached`: digests of all manifests reached from the roots, known or new.
    `manifests` and `configs`: those new to the database, decoded.
    `still_there` and `gone`: earlier manifests nothing points at, as HEAD found them.
    `is_complete`: the tag list was read to its end. `is_limited`: tags outside the crawl's
    globs were left unread; those known before are in `tags` without a digest, so they stay.
    """

    repository: str
    tags: Mapping[str, Digest | None]
    reached: frozenset[Digest]
    manifests: tuple[Manifest, ...] = ()
    configs: tuple[ImageConfig, ...] = ()
    still_there: frozenset[Digest] = frozenset()
    gone: frozenset[Digest] = frozenset()
    problems: tuple[Problem, ...] = ()
    is_complete: bool = True
    is_limited: bool = False


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """One crawl, when it is over.

    `requests` counts HTTP requests; `manifests_fetched` and `configs_fetched` bodies
    transferred; `bytes_fetched` their bytes. `guarded_tags` is how many tags the removal
    guard protected: 0 unless a crawl would have lost too many. `is_reference`: what was
    read serves as bases and is not counted.
    """

    registry: str
    started_at: datetime
    finished_at: datetime
    outcome: CrawlOutcome
    repositories: int = 0
    tags: int = 0
    requests: int = 0
    manifests_fetched: int = 0
    configs_fetched: int = 0
    bytes_fetched: int = 0
    removed_tags: int = 0
    removed_repositories: int = 0
    guarded_tags: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    is_reference: bool = False
