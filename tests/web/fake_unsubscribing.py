"""Signed links without a signature: `good` is one that we made."""

from __future__ import annotations

from auditor.domain.errors import UsageError
from auditor.usecases.unsubscribing import Leaving


class FakeUnsubscribing:
    """Remembers who left."""

    def __init__(self) -> None:
        self.leaving = Leaving("ann@example.com", "Payments")
        self.left: list[Leaving] = []

    def read(self, token: str) -> Leaving:
        if token != "good":
            raise UsageError("this link is not whole", next_step="Copy all of it from the mail.")
        return self.leaving

    def leave(self, token: str) -> Leaving:
        found = self.read(token)
        self.left.append(found)
        return found
