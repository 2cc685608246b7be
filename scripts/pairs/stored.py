"""What a registry gives back of an image."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """An image as the registry gives it back."""

    manifest: str
    config: str
