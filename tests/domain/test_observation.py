from __future__ import annotations

import pytest

from auditor.domain.credential import Credential
from auditor.domain.fetched import FetchedManifest, TrafficCount
from auditor.domain.media_types import (
    ACCEPT_MANIFESTS,
    MANIFEST_TYPES,
    OCI_INDEX,
    is_foreign_layer,
)
from auditor.domain.observation import KnownRepository, StorageScope


@pytest.mark.parametrize(
    "scope, repository, name",
    [
        (StorageScope.REGISTRY, "team/app", ""),
        (StorageScope.NAMESPACE, "team/app/deep", "team"),
        (StorageScope.NAMESPACE, "alone", "alone"),
        (StorageScope.REPOSITORY, "team/app", "team/app"),
    ],
)
def test_a_repository_belongs_to_one_storage_scope(
    scope: StorageScope, repository: str, name: str
) -> None:
    assert scope.name_for(repository) == name


def test_nothing_is_known_of_a_new_repository() -> None:
    assert (KnownRepository().tags, KnownRepository().manifests) == ({}, ())


def test_nothing_was_fetched_before_the_first_request() -> None:
    assert TrafficCount() == TrafficCount(0, 0)
    assert FetchedManifest() == FetchedManifest(None, None)


def test_secrets_stay_out_of_what_is_printed() -> None:
    credential = Credential("ann", "pass-1", "identity-2", "bearer-3", source="flag")
    printed = f"{credential} {credential!r}"
    assert "ann" in printed
    assert not any(secret in printed for secret in ("pass-1", "identity-2", "bearer-3"))


def test_every_manifest_type_is_accepted_and_indexes_first() -> None:
    accepted = ACCEPT_MANIFESTS.split(", ")
    assert set(accepted) == MANIFEST_TYPES
    assert len(accepted) == len(MANIFEST_TYPES)
    assert accepted[0] == OCI_INDEX


@pytest.mark.parametrize(
    "media_type, is_foreign",
    [
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", True),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", True),
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", False),
    ],
)
def test_media_types_say_which_layers_are_foreign(media_type: str, is_foreign: bool) -> None:
    assert is_foreign_layer(media_type) is is_foreign
