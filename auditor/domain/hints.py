"""What registries say about themselves when something was pushed: hints, never facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PushKind(StrEnum):
    """Whose events a receiver understands."""

    DISTRIBUTION = "distribution"
    GITLAB = "gitlab"
    HARBOR = "harbor"
    DOCKER_HUB = "docker-hub"
    QUAY = "quay"
    ECR = "ecr"
    ARTIFACT_REGISTRY = "artifact-registry"
    ACR = "acr"
    GITHUB = "github"
    ZOT = "zot"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Hint:
    """That something happened to a repository; `reference` is a tag, a digest or nothing."""

    repository: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PushSource:
    """A sender of events: how it proves who it is, and which repositories it may name.

    `registry` is the registry's name in the database. `repositories` are patterns, empty for
    all.
    """

    name: str
    kind: PushKind
    registry: str
    secret: str = field(repr=False)
    repositories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What arrived, untrusted: header names in lower case, the body as it came."""

    headers: Mapping[str, str] = field(repr=False)
    token: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushAnswer:
    """What the sender is told: an HTTP status and one line."""

    status: int
    text: str
    hints: int = 0


@dataclass(frozen=True, slots=True)
class DueHint:
    """A repository that is said to have changed, how often and since when."""

    registry: str
    repository: str
    reference: str
    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class DueRepositories:
    """Which repositories of a registry are due for a crawl, sorted.

    `last_at`: when something was said of any of them last; None where nothing was.
    """

    registry: str
    repositories: tuple[str, ...]
    last_at: datetime | None = None
