"""The command lines that pages tell people to run, in one place."""

from __future__ import annotations

import shlex

FIRST_CRAWL = "auditor audit REGISTRY"
DEMO = "auditor demo"


def crawl(registry: str) -> str:
    """Crawl this registry again, configured or not."""
    return f"auditor audit {shlex.quote(registry)}"


def accept_removals(registry: str) -> str:
    """Crawl again and believe that the missing tags are gone."""
    return f"auditor audit {shlex.quote(registry)} --accept-removals"
