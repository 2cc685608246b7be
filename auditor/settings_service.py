"""The sections of the service: what is done when, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from auditor.domain.schedules import Kind
from auditor.settings_sections import Section
from auditor.timetable.cron import check_cron, check_zone

USUAL_CRONS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.CRAWL: "30 2 * * *",
        Kind.ANALYSIS: "0 6 * * *",
        Kind.DIGEST: "0 8 * * MON",
        Kind.ALERTS: "*/15 * * * *",
        Kind.PRICES: "0 7 1 * *",
        Kind.RETENTION: "30 4 * * SUN",
    }
)
"""At night, after the crawl, Monday morning, often, monthly, when nobody works."""


class ScheduleSection(Section):
    """When something is done by itself."""

    cron: Annotated[str, AfterValidator(check_cron)]
    zone: Annotated[str, AfterValidator(check_zone)] = "UTC"
    enabled: bool = True


def _usual(kind: Kind) -> ScheduleSection:
    return ScheduleSection(cron=USUAL_CRONS[kind])


class SchedulesSection(Section):
    """Every kind of schedule; what is not said of one is as usual."""

    crawl: ScheduleSection = _usual(Kind.CRAWL)
    analysis: ScheduleSection = _usual(Kind.ANALYSIS)
    digest: ScheduleSection = _usual(Kind.DIGEST)
    alerts: ScheduleSection = _usual(Kind.ALERTS)
    prices: ScheduleSection = _usual(Kind.PRICES)
    retention: ScheduleSection = _usual(Kind.RETENTION)

    @model_validator(mode="before")
    @classmethod
    def _usual_crons(cls, values: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(values, dict):
            return values
        usual = {kind.value: cron for kind, cron in USUAL_CRONS.items()}
        return {
            name: {"cron": usual[name], **given}
            if name in usual and isinstance(given, dict)
            else given
            for name, given in values.items()
        }

    def of(self, kind: Kind) -> ScheduleSection:
        """The section of one kind."""
        section: ScheduleSection = getattr(self, kind.value)
        return section


class RunnerKind(StrEnum):
    """Who carries runs out: threads of this program, or workers that a queue feeds."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    SERVER = "server"


class ServiceSection(Section):
    """How the service runs; `auto` is embedded on SQLite, server on PostgreSQL."""

    runner: RunnerKind = RunnerKind.AUTO
    concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    tick_seconds: Annotated[float, Field(ge=0.1, le=600)] = 5
    lost_after_seconds: Annotated[float, Field(ge=1, le=86_400)] = 120
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 8
