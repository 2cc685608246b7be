"""What the commands of the digest ask of the rest of the program, loaded on first use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.domain.outbox import PlannedDigest
    from auditor.reports.digest.as_mail import DigestForms
    from auditor.settings import Settings
    from auditor.store.engine import Database
    from auditor.usecases.send_digest import DigestReport, Outbox


@dataclass(frozen=True, slots=True)
class DigestUseCases:
    """The real ones; `open_database` makes it ready first."""

    open_database: Callable[[str], Database]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def preview(self, settings: Settings, team: str) -> DigestForms:
        """The digest as it would be sent now."""
        from auditor.usecases.send_digest import preview_digest

        with self._database(settings) as database:
            return preview_digest(database, settings, team, "", self.clock())

    def send(self, settings: Settings, only: str) -> DigestReport:
        """Send what is due and not sent."""
        from auditor.usecases.send_digest import send_digests

        with self._database(settings) as database:
            return send_digests(database, settings, self.clock(), only=only)

    def plan(self, settings: Settings, only: str) -> tuple[PlannedDigest, ...]:
        """What `send` would do."""
        from auditor.usecases.send_digest import plan_digests

        with self._database(settings) as database:
            return plan_digests(database, settings, self.clock(), only=only)

    def send_again(self, settings: Settings, recipient: str, team: str, week: str) -> DigestReport:
        """Send one mail that did not arrive, or may not have."""
        from auditor.usecases.send_digest import send_digest_again, send_digests

        with self._database(settings) as database:
            send_digest_again(database, recipient, team, week, self.clock())
            return send_digests(database, settings, self.clock(), only=recipient, opens=False)

    def outbox(self, settings: Settings, limit: int | None) -> Outbox:
        """How mails stand, and who has left."""
        from auditor.usecases.send_digest import read_outbox

        with self._database(settings) as database:
            return read_outbox(database, limit)

    def resubscribe(self, settings: Settings, address: str) -> int:
        """Send digests there again; how many had been left."""
        from auditor.usecases.unsubscribing import Unsubscribing
        from auditor.usecases.web_key import load_web_key

        with self._database(settings) as database:
            return Unsubscribing(database, lambda: load_web_key(settings)).come_back(address)

    @contextmanager
    def _database(self, settings: Settings) -> Iterator[Database]:
        database = self.open_database(settings.database_url)
        try:
            yield database
        finally:
            database.dispose()
