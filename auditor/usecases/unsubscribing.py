"""Leaving the digest by one click: a signed token says who and which, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import BadData, URLSafeSerializer

from auditor.domain.errors import UsageError
from auditor.store import outbox
from auditor.store.engine import Database

_SALT = "unsubscribe"
_LONGEST_TOKEN = 1_000


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves which digest; `audience` "" is the one about everything."""

    recipient: str
    audience: str


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """Makes and honours tokens. They do not expire: old mails must be left as well as new."""

    database: Database
    load_key: Callable[[], str]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def token(self, leaving: Leaving) -> str:
        """The token of a link."""
        return str(self._signer().dumps([leaving.recipient, leaving.audience]))

    def read(self, token: str) -> Leaving:
        """Whose token it is; raises UsageError for one that we did not make."""
        try:
            recipient, audience = self._signer().loads(token[:_LONGEST_TOKEN])
        except (BadData, ValueError, TypeError):
            raise UsageError(
                "this link is not whole", next_step="Copy all of it from the mail."
            ) from None
        return Leaving(str(recipient), str(audience))

    def leave(self, token: str) -> Leaving:
        """Send this digest there no more; the same the second time. Raises as `read`."""
        leaving = self.read(token)
        with self.database.writing() as connection:
            outbox.unsubscribe(connection, leaving.recipient, leaving.audience, self.clock())
        return leaving

    def come_back(self, address: str) -> int:
        """Send digests there again; how many had been left."""
        with self.database.writing() as connection:
            return outbox.resubscribe(connection, recipient_key(address))

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.load_key(), salt=_SALT)


def recipient_key(address: str) -> str:
    """An address as the outbox knows it: how it is capitalised makes no second recipient."""
    return address.lower()
