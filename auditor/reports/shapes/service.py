"""What documents about alerts and schedules hold."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from auditor.domain.alerts import AlertKind, AlertState
from auditor.domain.schedules import Kind, RunState, Trigger
from auditor.reports.shapes.words import Count, Moment, SchemaVersion, one_of

KindText = Annotated[str, one_of(Kind)]
Local = Annotated[
    str,
    Meta(
        description="ISO 8601, in the schedule's zone.",
        extra_json_schema={"format": "date-time"},
    ),
]


class AlertShape(TypedDict):
    """An episode in which a rule held; `resolved_at` null while it does."""

    state: Annotated[str, one_of(AlertState)]
    rule: str
    kind: Annotated[str, one_of(AlertKind)]
    key: str
    episode: Count
    summary: str
    registry: str | None
    repository: str | None
    team: str | None
    subject: str | None
    value: float
    limit: float
    unit: str
    first_at: Moment | None
    last_at: Moment | None
    resolved_at: Moment | None


class ChannelShape(TypedDict):
    """How many messages of a channel are in which state, and what went wrong last."""

    channel: str
    messages: dict[str, Count]
    trouble: str | None
    trouble_at: Moment | None


class AlertsDocument(TypedDict):
    """A page of alerts, those that hold first, and every channel."""

    schema_version: SchemaVersion
    kind: Literal["alerts"]
    matches: Count
    firing: Count
    alerts: list[AlertShape]
    channels: list[ChannelShape]


class NextTime(TypedDict):
    """When something is due."""

    local: Local
    utc: Moment | None


class RunShape(TypedDict):
    """A run that is due, under way or over; `missed` were due before it and are done by it."""

    id: Count
    registry: str | None
    due_at: Moment | None
    trigger: Annotated[str, one_of(Trigger)]
    state: Annotated[str, one_of(RunState)]
    started_at: Moment | None
    ended_at: Moment | None
    missed: Count
    attempts: Count
    worker: str | None
    outcome: str | None


class ScheduleShape(TypedDict):
    """A schedule with its next times and its last runs, the newest first."""

    kind: KindText
    cron: str
    zone: str
    state: Annotated[str, Meta(extra_json_schema={"enum": ["on", "off", "paused"]})]
    paused_at: Moment | None
    waits_for: str | None
    registries: list[str]
    next_times: list[NextTime]
    runs: list[RunShape]


class SchedulesDocument(TypedDict):
    """Every schedule."""

    schema_version: SchemaVersion
    kind: Literal["schedules"]
    schedules: list[ScheduleShape]


class RequestedShape(TypedDict):
    """What became of asking for one run; `is_new` false where one was asked for already."""

    kind: KindText
    registry: str | None
    is_new: bool
    sentence: str


class RequestedDocument(TypedDict):
    """What became of asking for runs."""

    schema_version: SchemaVersion
    kind: Literal["requested_runs"]
    runs: list[RequestedShape]
