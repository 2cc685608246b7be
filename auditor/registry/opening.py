"""A registry's address -> a source of manifests, over HTTP or on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from auditor.domain.credential import Credential
from auditor.domain.reference import RegistryAddress
from auditor.registry.client import RegistryClient, open_registry
from auditor.registry.layout import LayoutSource
from auditor.registry.options import ClientOptions

_DEFAULT_OPTIONS = ClientOptions()


@asynccontextmanager
async def open_source(
    address: RegistryAddress,
    credential: Credential | None = None,
    options: ClientOptions = _DEFAULT_OPTIONS,
) -> AsyncIterator[RegistryClient | LayoutSource]:
    """What answers for this address, closed at the end of the block."""
    if address.is_layout:
        yield LayoutSource(Path(address.directory), options)
        return
    async with open_registry(address, credential, options) as client:
        yield client
