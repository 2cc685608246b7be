"""Chooses how to read a registry: over HTTP, or from an OCI layout on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from auditor.crawler.ports import ManifestSource
from auditor.domain.credential import Credential
from auditor.domain.reference import RegistryAddress
from auditor.registry.options import ClientOptions


@asynccontextmanager
async def open_source(
    address: RegistryAddress, credential: Credential | None, options: ClientOptions
) -> AsyncIterator[ManifestSource]:
    """The source of manifests at `address`, closed at the end."""
    # Imported here: reading a layout needs no HTTP stack, and the reverse.
    if address.is_layout:
        from auditor.registry.layout import LayoutSource

        yield LayoutSource(Path(address.directory))
        return
    from auditor.registry.client import open_registry

    async with open_registry(address, credential, options) as source:
        yield source
