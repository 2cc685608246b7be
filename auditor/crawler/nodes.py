"""Manifests as a walk remembers them: what they lead to, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

from auditor.domain import media_types
from auditor.domain.digest import Digest
from auditor.domain.manifest import Manifest


class Node(NamedTuple):
    """What a manifest leads to: `listed` manifests in its order, and its `subject`."""

    listed: tuple[Digest, ...] = ()
    subject: Digest | None = None


LEAF = Node()


def node_of(manifest: Manifest) -> Node:
    """The node of a manifest; most lead nowhere and share one."""
    listed = tuple(
        child.digest  # without a type it may be a manifest: ask
        for child in manifest.children
        if not child.media_type or child.media_type in media_types.MANIFEST_TYPES
    )
    subject = None if manifest.subject is None else manifest.subject.digest
    return Node(listed, subject) if listed or subject else LEAF
