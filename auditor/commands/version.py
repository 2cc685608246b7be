"""Which release of the program this is."""

from __future__ import annotations


def program_version() -> str:
    """The installed release, or in words that it runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("registry-auditor")
    except metadata.PackageNotFoundError:
        return "(not installed)"
