"""Events of every kind, as one look at the rules leaves them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from auditor.domain.alerts import (
    Alert,
    AlertEvent,
    AlertKind,
    AlertReport,
    AlertsPage,
    AlertsQuery,
    AlertState,
    ChannelState,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
REGISTRY = "registry.example"


def alert(number: int = 1, **changes: object) -> Alert:
    made = Alert(
        rule="large-images",
        kind=AlertKind.IMAGE_SIZE,
        key=f"{REGISTRY}/team/app{number}",
        summary=f"team/app{number}:1.4 is 1.20 GB, more than 1.00 GB",
        registry=REGISTRY,
        repository=f"team/app{number}",
        team="Payments",
        subject="1.4",
        value=1_200_000_000 + number,
        limit=1_000_000_000,
        weight=number,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def event(made: Alert | None = None, number: int = 1, **changes: object) -> AlertEvent:
    began = NOW - timedelta(hours=number)
    found = AlertEvent(made or alert(number), AlertState.FIRING, 1, began, NOW, None, number)
    return replace(found, **changes)  # type: ignore[arg-type]


def events() -> tuple[AlertEvent, ...]:
    """One of each kind, the last one over, the second with a name that would steer a terminal."""
    return (
        event(),
        event(
            alert(
                2,
                rule="growth",
                kind=AlertKind.GROWTH,
                summary="team/\x1b[31mapp2 grew by 20.0 GB (25 %) in 7 days, to 100 GB",
                team="=cmd\x1b[31m",
            ),
            2,
        ),
        event(
            alert(
                3,
                rule="money",
                kind=AlertKind.BUDGET,
                key="payments/2026-11",
                summary="team Payments has cost 260.00 USD in 2026-11, budget payments is 250.00 USD",
                registry="",
                repository="",
                subject="payments",
                value=260.0,
                limit=250.0,
                unit="USD",
                severity=2,
            ),
            3,
            episode=2,
        ),
        event(
            alert(
                4,
                rule="findings",
                kind=AlertKind.FINDING,
                key=f"{REGISTRY}/team/app4/apt-lists-kept/",
                summary="team/app4: the package lists stay. It would save 40.0 MB",
                subject="apt-lists-kept",
            ),
            4,
        ),
        event(
            alert(
                5,
                rule="crawls",
                kind=AlertKind.CRAWL_FAILING,
                key=REGISTRY,
                summary=f"crawls of {REGISTRY} failed 3 times in a row",
                repository="",
                team="",
                subject="",
                value=3,
                limit=3,
                unit="failures",
            ),
            5,
            state=AlertState.RESOLVED,
            resolved_at=NOW,
        ),
    )


def page(query: AlertsQuery, found: tuple[AlertEvent, ...] | None = None) -> AlertsPage:
    every = events() if found is None else found
    wanted = tuple(
        one
        for one in every
        if query.state in (None, one.state) and query.rule in ("", one.alert.rule)
    )
    end = None if query.limit is None else query.offset + query.limit
    return AlertsPage(
        query=query,
        events=wanted[query.offset : end],
        matches=len(wanted),
        firing=sum(one.state is AlertState.FIRING for one in wanted),
        rules=tuple(dict.fromkeys(one.alert.rule for one in every)),
        channels=(
            ChannelState("operations", {"sent": 12, "refused": 1}, "answered 404", NOW),
            ChannelState("mail", {}),
        )
        if every
        else (),
    )


def report() -> AlertReport:
    *began, over = events()
    return AlertReport(
        at=NOW,
        began=tuple(began),
        ended=(over,),
        firing=6,
        sent=1,
        later=1,
        failures=("operations: answered 503",),
    )
