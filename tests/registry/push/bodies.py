"""Bodies as each source documents them, cut to what is of interest; names made up."""

from __future__ import annotations

import base64
import json
from typing import Any

from auditor.domain.hints import Hint, PushKind

DIGEST = "sha256:" + "ab" * 32
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def written(document: object) -> bytes:
    return json.dumps(document).encode()


def event(action: str, **target: str) -> dict[str, Any]:
    """One event of distribution.dev/about/notifications, "Events"."""
    return {
        "id": "320678d8-ca14-430f-8bb6-4ca139cd83f7",
        "timestamp": "2016-03-09T14:44:26.402973972-08:00",
        "action": action,
        "target": {"size": 708, "length": 708, "url": "http://never.example/fetched", **target},
        "request": {"id": "6df24a34", "host": "registry.example", "method": "PUT"},
        "actor": {},
        "source": {"addr": "registry.example:5000"},
    }


def pushed(repository: str = "team/app", tag: str = "1.4") -> dict[str, Any]:
    return event("push", mediaType=MANIFEST, digest=DIGEST, repository=repository, tag=tag)


DISTRIBUTION = written(
    {
        "events": [
            pushed(),
            event("push", mediaType=LAYER, digest=DIGEST, repository="team/app"),
            event("push", mediaType=MANIFEST, digest=DIGEST, repository="team/by-digest"),
            event("pull", mediaType=MANIFEST, digest=DIGEST, repository="team/pulled", tag="1"),
            event("delete", digest=DIGEST, repository="team/deleted"),
        ]
    }
)
# goharbor.io/docs, "Configure Webhook Notifications"
HARBOR = written(
    {
        "type": "PUSH_ARTIFACT",
        "occur_at": 1586922308,
        "operator": "admin",
        "event_data": {
            "resources": [
                {"digest": DIGEST, "tag": "latest", "resource_url": "hub.example/team/app:latest"}
            ],
            "repository": {
                "date_created": 1586922308,
                "name": "app",
                "namespace": "team",
                "repo_full_name": "team/app",
                "repo_type": "private",
            },
        },
    }
)
HARBOR_CLOUD_EVENT = written(
    {
        "specversion": "1.0",
        "id": "4b2f89a6-548d-4c12-9993-a1f5790b97d2",
        "source": "/projects/1/webhook/policies/15",
        "type": "harbor.artifact.pushed",
        "datacontenttype": "application/json",
        "time": "2023-04-03T06:30:50Z",
        "data": {
            "resources": [{"digest": DIGEST, "tag": "latest"}],
            "repository": {"name": "app", "namespace": "team", "repo_full_name": "team/app"},
        },
        "operator": "admin",
    }
)
# docs.docker.com/docker-hub/repos/manage/webhooks, "Example webhook payload"
DOCKER_HUB = written(
    {
        "callback_url": "https://never.example/fetched",
        "push_data": {"pushed_at": 1417566161, "pusher": "ann", "tag": "latest"},
        "repository": {"repo_name": "team/app", "namespace": "team", "name": "app"},
    }
)
# docs.redhat.com, Red Hat Quay, "Repository notifications", "Repository push"
QUAY = written(
    {
        "name": "app",
        "repository": "team/app",
        "namespace": "team",
        "docker_url": "quay.example/team/app",
        "homepage": "https://quay.example/repository/team/app",
        "updated_tags": ["latest"],
    }
)
# docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html, "Event for a completed
# image push"
ECR = written(
    {
        "version": "0",
        "id": "13cde686-328b-6117-af20-0e5566167482",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "time": "2019-11-16T01:54:34Z",
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "team/app",
            "image-digest": DIGEST,
            "action-type": "PUSH",
            "image-tag": "latest",
        },
    }
)
# docs.aws.amazon.com/sns, "HTTP/HTTPS notification JSON format"
ECR_BY_SNS = written(
    {"Type": "Notification", "MessageId": "22b80b92", "Message": ECR.decode(), "Signature": "x"}
)
SNS_CONFIRMATION = written(
    {
        "Type": "SubscriptionConfirmation",
        "MessageId": "165545c9",
        "Token": "2336412f",
        "Message": "You have chosen to subscribe to the topic",
        "SubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription",
    }
)


def pub_sub(data: object) -> bytes:
    """cloud.google.com/pubsub/docs/push, "Receive push messages"."""
    encoded = base64.b64encode(json.dumps(data).encode()).decode()
    message = {"data": encoded, "messageId": "2070443601311540"}
    return written({"message": message, "subscription": "projects/p/subscriptions/s"})


# cloud.google.com/artifact-registry/docs/configure-notifications, "Notification examples"
ARTIFACT_REGISTRY = pub_sub(
    {
        "action": "INSERT",
        "digest": f"us-east1-docker.pkg.dev/project/team/app@{DIGEST}",
        "tag": "us-east1-docker.pkg.dev/project/team/app:1.1",
    }
)
# learn.microsoft.com/azure/container-registry/container-registry-webhook-reference, "Push event"
ACR = written(
    {
        "id": "cb8c3971-9adc-488b-bdd8-43cbb4974ff5",
        "timestamp": "2017-11-17T16:52:01.343145347Z",
        "action": "push",
        "target": {
            "mediaType": MANIFEST,
            "size": 524,
            "digest": DIGEST,
            "length": 524,
            "repository": "team/app",
            "tag": "v1",
        },
        "request": {"id": "3cbb6949", "host": "acr.example", "method": "PUT"},
    }
)
# docs.github.com/webhooks/webhook-events-and-payloads, "package"
GITHUB = written(
    {
        "action": "published",
        "package": {
            "name": "App",
            "package_type": "CONTAINER",
            "owner": {"login": "Team"},
            "package_version": {
                "version": DIGEST,
                "container_metadata": {"tag": {"name": "1.4", "digest": DIGEST}},
            },
        },
    }
)
# zotregistry.dev, "Event generation"
ZOT = written(
    {
        "specversion": "1.0",
        "id": "1",
        "source": "zot",
        "type": "zotregistry.image.updated",
        "data": {"name": "team/app", "reference": "1.4", "digest": DIGEST, "mediaType": MANIFEST},
    }
)
GENERIC = written({"repository": "team/app", "tag": "1.4"})

APP = "team/app"
SAMPLES: tuple[tuple[PushKind, bytes, tuple[Hint, ...]], ...] = (
    (
        PushKind.DISTRIBUTION,
        DISTRIBUTION,
        (Hint(APP, "1.4"), Hint("team/by-digest", DIGEST), Hint("team/deleted", DIGEST)),
    ),
    (PushKind.GITLAB, written({"events": [event("rename", repository=APP)]}), (Hint(APP),)),
    (PushKind.HARBOR, HARBOR, (Hint(APP, "latest"),)),
    (PushKind.HARBOR, HARBOR_CLOUD_EVENT, (Hint(APP, "latest"),)),
    (PushKind.DOCKER_HUB, DOCKER_HUB, (Hint(APP, "latest"),)),
    (PushKind.QUAY, QUAY, (Hint(APP, "latest"),)),
    (PushKind.ECR, ECR, (Hint(APP, "latest"),)),
    (PushKind.ECR, ECR_BY_SNS, (Hint(APP, "latest"),)),
    (PushKind.ECR, SNS_CONFIRMATION, ()),
    (PushKind.ARTIFACT_REGISTRY, ARTIFACT_REGISTRY, (Hint("project/team/app", "1.1"),)),
    (PushKind.ACR, ACR, (Hint(APP, "v1"),)),
    (PushKind.GITHUB, GITHUB, (Hint(APP, "1.4"),)),
    (PushKind.ZOT, ZOT, (Hint(APP, "1.4"),)),
    (PushKind.GENERIC, GENERIC, (Hint(APP, "1.4"),)),
)
