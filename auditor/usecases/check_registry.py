"""Checks of one configured registry: it answers, we may read it, it lists what it has."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing

from auditor.domain.errors import AuditorError
from auditor.registry.opening import open_source
from auditor.settings import RegistrySettings, Settings
from auditor.usecases.audit_registry import target_for
from auditor.usecases.checked import FAILED, OK, WARNING, Finding
from auditor.usecases.crawl_registry import CrawlTarget


def check_registry(name: str, registry: RegistrySettings, settings: Settings) -> Finding:
    """Ask the registry: a version check, and a page of its catalogue where that is needed."""
    target = target_for(name, settings, environment=os.environ)
    try:
        lists = asyncio.run(_ask(target, lists=not registry.repositories))
    except AuditorError as error:
        return Finding(f"registry {name}", FAILED, error.message, error.next_step)
    found = target.credential.source if target.credential else "no credential"
    message = f"{registry.address.name} answers ({found})"
    if lists is not None:
        return Finding(
            f"registry {name}",
            FAILED,
            f"{message}, but its catalogue cannot be read: {lists.message}",
            f"list registries.{name}.repositories, or let {target.address.name} show it to us",
        )
    if target.warnings:
        return Finding(
            f"registry {name}",
            WARNING,
            f"{message}; {'; '.join(target.warnings)}",
            "mend the file or the helper",
        )
    return Finding(f"registry {name}", OK, message)


async def _ask(target: CrawlTarget, *, lists: bool) -> AuditorError | None:
    """What keeps the catalogue from being read; None where nothing does or nobody asks."""
    async with open_source(target.address, target.credential, target.options) as source:
        await source.check()
        try:
            if lists:
                async with aclosing(source.list_repositories()) as pages:  # type: ignore[type-var]
                    await anext(pages, None)
        except AuditorError as error:
            return error
    return None
