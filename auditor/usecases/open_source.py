"""Chooses how to read a registry: over HTTP, or from an OCI layout on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from auditor.crawler.ports import ManifestSource
from auditor.domain.credential import Credential
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import open_registry
from auditor.registry.layout import LayoutSource
from auditor.registry.options import ClientOptions


@asynccontextmanager
async def open_source(
    address: RegistryAddress, credential: Credential | None, options: ClientOptions
) -> AsyncIterator[ManifestSource]:
    """The source of manifests at `address`, closed at the end."""
    if address.is_layout:
        yield LayoutSource(Path(address.directory))
        return
    async with open_registry(address, credential, options) as source:
        yield source
