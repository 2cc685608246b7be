from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.alerts import Alert, AlertEvent, AlertKind, AlertState
from auditor.ledger.episodes import Settled, settle

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RULES = ("a", "b")


def alert(key: str = "k", rule: str = "a", **changes: object) -> Alert:
    made = Alert(rule, AlertKind.IMAGE_SIZE, key, f"{key} is large")
    return replace(made, **changes)  # type: ignore[arg-type]


def known(settled: Settled, before: tuple[AlertEvent, ...] = ()) -> tuple[AlertEvent, ...]:
    """What a database knows after that, with ids."""
    events = {(one.alert.rule, one.alert.key): one for one in before}
    for one in (*settled.began, *settled.going_on, *settled.ended, *settled.ended_unseen):
        events[one.alert.rule, one.alert.key] = replace(
            one, event_id=one.event_id or len(events) + 1
        )
    return tuple(events.values())


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_an_episode_begins_goes_on_ends_and_begins_again() -> None:
    first = settle((), [alert()], RULES, NOW)
    assert [one.episode for one in first.began] == [1]
    events = known(first)
    second = settle(events, [alert(summary="k is larger")], RULES, at(1))
    (event,) = second.going_on
    assert (event.first_at, event.last_at, event.alert.summary) == (NOW, at(1), "k is larger")
    assert second.began == ()
    events = known(second, events)
    third = settle(events, [], RULES, at(2))
    assert [one.resolved_at for one in third.ended] == [at(2)]
    events = known(third, events)
    assert settle(events, [], RULES, at(3)) == Settled()
    (again,) = settle(events, [alert()], RULES, at(4)).began
    assert (again.episode, again.first_at, again.event_id) == (2, at(4), 1)


def test_getting_worse_begins_an_episode_and_getting_better_does_not() -> None:
    events = known(settle((), [alert(severity=1)], RULES, NOW))
    worse = settle(events, [alert(severity=2)], RULES, at(1))
    assert [one.episode for one in worse.began] == [2]
    events = known(worse, events)
    better = settle(events, [alert(severity=1)], RULES, at(2))
    assert better.began == ()
    events = known(better, events)
    assert settle(events, [alert(severity=2)], RULES, at(3)).began == ()


def test_what_is_no_news_begins_nothing_but_goes_on() -> None:
    assert settle((), [alert(is_news=False)], RULES, NOW) == Settled()
    events = known(settle((), [alert()], RULES, NOW))
    assert len(settle(events, [alert(is_news=False)], RULES, at(1)).going_on) == 1
    worse = settle(events, [alert(is_news=False, severity=2)], RULES, at(1))
    assert [one.episode for one in worse.began] == [2]


def test_events_of_a_rule_that_is_gone_are_closed_without_a_word() -> None:
    events = known(settle((), [alert(rule="gone")], ("gone",), NOW))
    settled = settle(events, [], RULES, at(1))
    assert settled.ended == ()
    assert [one.state for one in settled.ended_unseen] == [AlertState.RESOLVED]


def test_a_look_that_is_older_than_what_is_known_changes_nothing() -> None:
    events = known(settle((), [alert()], RULES, NOW))
    assert settle(events, [], RULES, at(-1)) == Settled()


_ALERTS = st.lists(
    st.builds(
        lambda key, rule, severity, weight: alert(key, rule, severity=severity, weight=weight),
        st.sampled_from("klm"),
        st.sampled_from(RULES),
        st.integers(1, 3),
        st.integers(0, 5),
    )
)


@given(st.lists(_ALERTS, max_size=6), st.randoms())
def test_every_key_begins_once_per_episode_whatever_the_order(
    looks: list[list[Alert]], chance: object
) -> None:
    events: tuple[AlertEvent, ...] = ()
    begun: list[tuple[str, str, int]] = []
    for number, alerts in enumerate(looks):
        shuffled = list({(one.rule, one.key): one for one in alerts}.values())
        settled = settle(events, shuffled, RULES, at(number))
        chance.shuffle(shuffled)  # type: ignore[attr-defined]
        assert settle(events, shuffled, RULES, at(number)) == settled
        begun += [(one.alert.rule, one.alert.key, one.episode) for one in settled.began]
        events = known(settled, events)
        firing = {(e.alert.rule, e.alert.key) for e in events if e.state is AlertState.FIRING}
        assert firing == {(one.rule, one.key) for one in alerts}
        # The same look again: nothing begins, nothing ends.
        again = settle(events, shuffled, RULES, at(number))
        assert (again.began, again.ended) == ((), ())
    assert len(begun) == len(set(begun))
