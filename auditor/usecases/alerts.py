"""What people may read of alerts: the events, and how the messages about them fared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.domain.alerts import AlertsPage, AlertsQuery, AlertState, ChannelState
from auditor.settings import Settings
from auditor.store import alert_events, alert_outbox
from auditor.store.engine import Database
from auditor.usecases.prepare_database import prepare_database


@dataclass(frozen=True, slots=True)
class Alerts:
    """The events in a database; `rules` and `channels` are the names of the configured ones."""

    database: Database
    rules: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def page(self, query: AlertsQuery) -> AlertsPage:
        """One page of events, with how many there are, and the state of every channel."""
        firing = replace(query, state=AlertState.FIRING)
        with self.database.reading() as connection:
            states = {one.channel: one for one in alert_outbox.load_channel_states(connection)}
            return AlertsPage(
                query=query,
                events=alert_events.load_page(connection, query),
                matches=alert_events.count_events(connection, query),
                firing=alert_events.count_events(connection, firing),
                rules=self.rules,
                channels=tuple(states.get(name, ChannelState(name, {})) for name in self.channels),
            )


def open_alerts(settings: Settings) -> Alerts:
    """The events of the configured database, made ready first. Raises StoreError."""
    database = prepare_database(settings.database_url)
    return Alerts(database, tuple(settings.alerts), tuple(settings.channels))
