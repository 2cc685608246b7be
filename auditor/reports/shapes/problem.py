"""What an answer holds that is none. Source: RFC 9457, "Problem Details for HTTP APIs"."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from auditor.reports.shapes.words import SchemaVersion


class ProblemDocument(TypedDict):
    """Why there is no answer, and what to do; `candidates` are names that are known."""

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    next_step: str
    candidates: list[str]
    schema_version: SchemaVersion
