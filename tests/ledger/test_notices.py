from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.alerts import (
    Alert,
    AlertEvent,
    AlertKind,
    AlertRule,
    AlertState,
    Channel,
    ChannelKind,
    Notice,
    NoticeKind,
    NoticeMark,
    QuietHours,
)
from auditor.ledger.notices import MOST_TOLD, bundle, plan_notices

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NIGHT = QuietHours(time(22), time(7), ZoneInfo("UTC"))
OPS = Channel("ops", ChannelKind.SLACK)
RULE = AlertRule("large", AlertKind.IMAGE_SIZE, ("ops",))


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def event(key: int = 1, *, rule: str = "large", began: datetime = NOON) -> AlertEvent:
    alert = Alert(rule, AlertKind.IMAGE_SIZE, f"k{key}", "large", weight=key)
    return AlertEvent(alert, AlertState.FIRING, 1, began, began, None, key)


def over(one: AlertEvent, when: datetime) -> AlertEvent:
    return replace(one, state=AlertState.RESOLVED, resolved_at=when)


def given_marks(notices: tuple[Notice, ...], when: datetime) -> list[NoticeMark]:
    return [
        NoticeMark(n.event.event_id, n.channel, n.event.episode, n.kind, n.number, when)
        for n in notices
    ]


def plan(
    events: list[AlertEvent],
    marks: list[NoticeMark] | None = None,
    when: datetime = NOON,
    rule: AlertRule = RULE,
    channel: Channel = OPS,
) -> tuple[Notice, ...]:
    return plan_notices(events, {rule.name: rule}, {channel.name: channel}, marks or [], when)


def test_a_channel_is_told_once_of_an_episode() -> None:
    notices = plan([event()])
    assert [(one.channel, one.kind) for one in notices] == [("ops", NoticeKind.FIRING)]
    marks = given_marks(notices, NOON)
    assert plan([event()], marks, at(1000)) == ()
    assert len(plan([replace(event(), episode=2)], marks, at(1))) == 1


def test_nobody_is_told_by_a_rule_or_channel_that_is_not_there() -> None:
    assert plan([event(rule="gone")]) == ()
    assert plan([event()], rule=replace(RULE, channels=("gone",))) == ()
    assert plan([event()], rule=replace(RULE, channels=())) == ()
    assert len(plan([event()], rule=replace(RULE, channels=("ops", "ops")))) == 1


def test_reminders_come_after_the_time_that_is_set_and_are_counted() -> None:
    rule = replace(RULE, remind_hours=24)
    marks = given_marks(plan([event()]), NOON)
    assert plan([event()], marks, at(23), rule) == ()
    first = plan([event()], marks, at(24), rule)
    assert [(one.kind, one.number) for one in first] == [(NoticeKind.REMINDER, 1)]
    marks += given_marks(first, at(24))
    assert plan([event()], marks, at(47), rule) == ()
    assert [one.number for one in plan([event()], marks, at(48), rule)] == [2]


def test_the_end_is_told_where_the_channel_wants_it_and_soon() -> None:
    ended = over(event(), at(1))
    marks = given_marks(plan([event()]), NOON)
    assert plan([ended], marks, at(1)) == ()
    wants = replace(OPS, tells_resolved=True)
    told = plan([ended], marks, at(1), channel=wants)
    assert [one.kind for one in told] == [NoticeKind.RESOLVED]
    assert plan([ended], marks + given_marks(told, at(1)), at(2), channel=wants) == ()
    assert plan([ended], marks, at(26), channel=wants) == ()


def test_quiet_hours_hold_back_and_one_message_comes_when_they_end() -> None:
    quiet = replace(OPS, quiet_hours=NIGHT)
    rules = {name: replace(RULE, name=name) for name in ("large", "growth")}
    night = [event(1, began=at(14)), event(2, rule="growth", began=at(15))]
    channels = {"ops": quiet}
    assert plan_notices(night, rules, channels, [], at(15)) == ()
    morning = [*night, event(3, began=at(20))]
    notices = plan_notices(morning, rules, channels, [], at(20))
    assert [one.was_held_back for one in notices] == [True, True, False]
    held, fresh = bundle(notices)
    assert {one.event.event_id for one in held.notices} == {1, 2}
    assert [one.event.event_id for one in fresh.notices] == [3]


def test_what_is_critical_passes_quiet_hours() -> None:
    quiet = replace(OPS, quiet_hours=NIGHT)
    (notice,) = plan([event()], None, at(15), replace(RULE, is_critical=True), quiet)
    assert notice.is_critical
    assert not notice.was_held_back
    assert bundle([notice])[0].is_critical


def test_what_came_and_went_in_quiet_hours_is_told_as_over_only() -> None:
    quiet = replace(OPS, quiet_hours=NIGHT, tells_resolved=True)
    gone = over(event(began=at(14)), at(16))
    assert plan([gone], None, at(17), channel=quiet) == ()
    (notice,) = plan([gone], None, at(20), channel=quiet)
    assert (notice.kind, notice.was_held_back) == (NoticeKind.RESOLVED, True)


def test_a_storm_is_one_message_with_the_heaviest_first() -> None:
    notices = plan([event(number) for number in range(1, 501)])
    (one,) = bundle(notices)
    assert len(one.notices) == 500
    assert [n.event.event_id for n in one.told] == list(range(500, 500 - MOST_TOLD, -1))


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["large", "growth"])), unique=True))
def test_every_notice_is_in_one_message_of_its_channel(keys: list[tuple[int, str]]) -> None:
    rules = {
        "large": replace(RULE, channels=("ops", "other")),
        "growth": replace(RULE, name="growth", channels=("ops",)),
    }
    channels = {"ops": OPS, "other": replace(OPS, name="other")}
    events = [event(number * 2 + (rule == "large"), rule=rule) for number, rule in keys]
    notices = plan_notices(events, rules, channels, [], NOON)
    bundles = bundle(notices)
    assert sorted(map(repr, notices)) == sorted(repr(n) for one in bundles for n in one.notices)
    of_rules = [(one.channel, {n.event.alert.rule for n in one.notices}) for one in bundles]
    assert all(len(named) == 1 for _, named in of_rules)
    assert plan_notices(events, rules, channels, given_marks(notices, NOON), NOON) == ()
