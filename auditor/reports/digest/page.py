"""What both parts of a digest are made of: lines and tables of harmless, bounded text."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.domain.views import HistoryPoint


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table. `share`: how long its bar is, 0 to 1; None for none.

    `address` is a path on the dashboard, "" for none; `notes` are whole sentences below.
    """

    label: str
    value: str
    address: str = ""
    notes: tuple[str, ...] = ()
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A table with its heading; `more` says what is left out, and `address` leads there."""

    title: str
    rows: tuple[Row, ...]
    more: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class DigestPage:
    """A digest in words. `summary` is the one sentence that says it all.

    `doubts` come first: what cannot be trusted. `base_url` is where the dashboard is, ""
    where nobody said. `parts` is empty where nothing is notable.
    """

    subject: str
    title: str
    summary: str
    period: str
    facts: tuple[Row, ...]
    doubts: tuple[str, ...]
    parts: tuple[Part, ...]
    quality: tuple[str, ...]
    points: tuple[HistoryPoint, ...]
    base_url: str
    reason: str

    def link(self, address: str) -> str:
        """The whole address of a view; "" where the dashboard's is not known."""
        return f"{self.base_url}{address}" if self.base_url and address else ""
