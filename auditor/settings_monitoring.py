"""The sections about running as a service: logs, metrics, traces and errors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from auditor.settings_sections import Section


def _check_endpoint(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("write the address of a collector, such as http://localhost:4318")
    if "@" in text:
        raise ValueError("it must not hold credentials")
    return text


class LogsSettings(Section):
    """What is logged, and how; `auto` is what fits the command and where it writes to."""

    level: Literal["auto", "debug", "info", "warning", "error"] = "auto"
    format: Literal["auto", "json", "text"] = "auto"


class MetricsSettings(Section):
    """What `/metrics` tells besides: the figures of the largest repositories."""

    repositories: Annotated[int, Field(ge=0, le=1000)] = 0


class TelemetrySettings(Section):
    """Where traces and errors are reported to; nowhere by default."""

    otlp_endpoint: Annotated[str, AfterValidator(_check_endpoint)] = ""
    sentry_dsn: SecretStr = SecretStr("")
