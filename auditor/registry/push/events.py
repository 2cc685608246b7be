"""From the body of a push event to the repositories it hints at, source by source.

Nothing in a body is believed but that something may have happened to a repository: names
are checked against the grammar, addresses are never fetched, pulls are passed by.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from auditor.domain.errors import UsageError
from auditor.domain.hints import Hint, PushKind
from auditor.domain.reference import is_repository_name
from auditor.domain.text import clean_line

MOST_HINTS = 1_000
"""Repositories that one body may name; a sender with more is told so by being cut off."""
WITHOUT_IDENTITY = frozenset({PushKind.QUAY, PushKind.GENERIC})
"""Sources whose bodies repeat to the byte though something new was pushed."""
_MOST_REFERENCE = 200
_CHANGES = frozenset({"push", "delete", "mount", "rename"})
_JUST_BLOBS = ("application/octet-stream", "application/vnd.docker.image.rootfs", ".layer.")


class _Target(msgspec.Struct):
    repository: str = ""
    tag: str = ""
    digest: str = ""
    mediaType: str = ""  # noqa: N815 - as it is sent


class _Event(msgspec.Struct):
    action: str = ""
    target: _Target = msgspec.field(default_factory=_Target)


class _Envelope(msgspec.Struct):
    events: list[_Event]


class _HarborResource(msgspec.Struct):
    tag: str = ""
    digest: str = ""


class _HarborRepository(msgspec.Struct):
    repo_full_name: str = ""


class _HarborData(msgspec.Struct):
    repository: _HarborRepository
    resources: list[_HarborResource] = []


class _Harbor(msgspec.Struct):
    type: str
    event_data: _HarborData | None = None
    data: _HarborData | None = None


class _HubPush(msgspec.Struct):
    tag: str = ""


class _HubRepository(msgspec.Struct):
    repo_name: str


class _Hub(msgspec.Struct):
    repository: _HubRepository
    push_data: _HubPush = msgspec.field(default_factory=_HubPush)


class _Quay(msgspec.Struct):
    repository: str
    updated_tags: list[str] | dict[str, str] = []


class _EcrDetail(msgspec.Struct, rename="kebab"):
    repository_name: str
    image_tag: str = ""
    image_digest: str = ""
    action_type: str = ""


class _Ecr(msgspec.Struct, rename="kebab"):
    detail_type: str = ""
    detail: _EcrDetail | None = None


class _Sns(msgspec.Struct, rename="pascal"):
    type: str
    message: str = ""


class _PubSubMessage(msgspec.Struct):
    data: str


class _PubSub(msgspec.Struct):
    message: _PubSubMessage


class _GarEvent(msgspec.Struct):
    action: str = ""
    digest: str = ""
    tag: str = ""


class _Owner(msgspec.Struct):
    login: str


class _GithubTag(msgspec.Struct):
    name: str = ""


class _GithubContainer(msgspec.Struct):
    tag: _GithubTag | None = None


class _GithubVersion(msgspec.Struct):
    version: str = ""
    container_metadata: _GithubContainer | None = None


class _GithubPackage(msgspec.Struct):
    name: str
    owner: _Owner
    package_type: str = ""
    package_version: _GithubVersion | None = None


class _Github(msgspec.Struct):
    package: _GithubPackage | None = None
    registry_package: _GithubPackage | None = None


class _ZotData(msgspec.Struct):
    name: str
    reference: str = ""
    digest: str = ""


class _Zot(msgspec.Struct):
    type: str
    data: _ZotData


class _Generic(msgspec.Struct):
    repository: str
    tag: str = ""
    digest: str = ""


def read_hints(kind: PushKind, body: bytes) -> tuple[Hint, ...]:
    """What a body hints at, each repository and reference once; at most MOST_HINTS.

    Nothing for events of no interest: pulls, blobs, other packages, tests. Raises UsageError,
    repeating nothing of it, for a body that is not what its source sends.
    Source: the page of each source, docs/reference/push-events.md.
    """
    try:
        found = list(_READERS[kind](body))
    except (msgspec.MsgspecError, RecursionError, ValueError, binascii.Error) as error:
        raise UsageError(
            f"the body is not an event of {kind.value}",
            next_step="check the kind of this push source",
        ) from error
    hints = dict.fromkeys(
        Hint(name, clean_line(reference, _MOST_REFERENCE))
        for name, reference in found
        if is_repository_name(name)
    )
    return tuple(hints)[:MOST_HINTS]


def confirmation_address(body: bytes) -> str:
    """The address at which a subscription to SNS is confirmed, "" for anything else.

    For a person to open: nothing here does.
    Source: docs.aws.amazon.com/sns, "HTTP/HTTPS subscription confirmation JSON format".
    """
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return ""
    if found.get("Type") != "SubscriptionConfirmation":
        return ""
    return clean_line(str(found.get("SubscribeURL", "")), 1000)


_Found = Iterator[tuple[str, str]]


def _events(events: Iterable[_Event]) -> _Found:
    for event in events:
        target = event.target
        is_blob = not target.tag and any(part in target.mediaType for part in _JUST_BLOBS)
        if event.action in _CHANGES and not is_blob:
            yield target.repository, target.tag or target.digest


def _distribution(body: bytes) -> _Found:
    return _events(msgspec.json.decode(body, type=_Envelope).events)


def _acr(body: bytes) -> _Found:
    return _events([msgspec.json.decode(body, type=_Event)])


def _harbor(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Harbor)
    data = event.event_data or event.data
    happened = event.type.lower().replace(".", "_")
    if data is None or not happened.startswith(_HARBOR_CHANGES):
        return
    for resource in data.resources or [_HarborResource()]:
        yield data.repository.repo_full_name, resource.tag or resource.digest


_HARBOR_CHANGES = (
    *("push_artifact", "delete_artifact", "tag_retention", "replication"),
    *("harbor_artifact_pushed", "harbor_artifact_deleted", "harbor_tag_retention"),
    *("harbor_replication",),
)


def _docker_hub(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Hub)
    yield event.repository.repo_name, event.push_data.tag


def _quay(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Quay)
    for tag in list(event.updated_tags) or [""]:
        yield event.repository, tag


def _ecr(body: bytes) -> _Found:
    event = msgspec.json.decode(_unwrapped(body), type=_Ecr)
    detail = event.detail
    if detail is not None and detail.action_type.upper() in {"PUSH", "DELETE"}:
        yield detail.repository_name, detail.image_tag or detail.image_digest


def _unwrapped(body: bytes) -> bytes:
    """The event itself, out of what SNS wraps around it."""
    try:
        envelope = msgspec.json.decode(body, type=_Sns)
    except msgspec.ValidationError:
        return body
    return envelope.message.encode() if envelope.type == "Notification" else b"{}"


def _artifact_registry(body: bytes) -> _Found:
    data = msgspec.json.decode(body, type=_PubSub).message.data
    event = msgspec.json.decode(base64.b64decode(data, validate=True), type=_GarEvent)
    named = event.tag or event.digest
    _, _, path = named.partition("/")  # the host is the registry's
    name, _, digest = path.partition("@")
    name, _, tag = name.partition(":")
    if event.action.upper() in {"INSERT", "DELETE"}:
        yield name, tag or digest


def _github(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Github)
    package = event.package or event.registry_package
    if package is None or package.package_type.lower() not in {"container", "docker"}:
        return
    version = package.package_version or _GithubVersion()
    container = version.container_metadata or _GithubContainer()
    tag = container.tag.name if container.tag else ""
    yield f"{package.owner.login}/{package.name}".lower(), tag or version.version


def _zot(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Zot)
    if event.type.startswith(("zotregistry.image.", "zotregistry.repository.")):
        yield event.data.name, event.data.reference or event.data.digest


def _generic(body: bytes) -> _Found:
    event = msgspec.json.decode(body, type=_Generic)
    yield event.repository, event.tag or event.digest


_READERS: Mapping[PushKind, Callable[[bytes], _Found]] = {
    PushKind.DISTRIBUTION: _distribution,
    PushKind.GITLAB: _distribution,
    PushKind.HARBOR: _harbor,
    PushKind.DOCKER_HUB: _docker_hub,
    PushKind.QUAY: _quay,
    PushKind.ECR: _ecr,
    PushKind.ARTIFACT_REGISTRY: _artifact_registry,
    PushKind.ACR: _acr,
    PushKind.GITHUB: _github,
    PushKind.ZOT: _zot,
    PushKind.GENERIC: _generic,
}
