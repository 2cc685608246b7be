"""Whose each repository is: settings and labels -> ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.domain.errors import SettingsError
from auditor.domain.owners import OwnerRule
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.ledger.owner_table import parse_owner_table
from auditor.ledger.owners import OwnerBook
from auditor.settings import Settings
from auditor.store.engine import Connection
from auditor.store.label_reads import iterate_labels


@dataclass(frozen=True, slots=True)
class Owners:
    """The rules of a configuration, and the label keys they need."""

    book: OwnerBook
    keys: frozenset[str] = frozenset()
    platform: Platform = DEFAULT_PLATFORM

    @classmethod
    def from_settings(cls, settings: Settings) -> Owners:
        """Rules as written, then those of the table. Raises SettingsError, UsageError."""
        rules = [*settings.owners.to_rules(), *_table(settings.owners.mapping_file)]
        label_keys = settings.owners.label_keys
        keys = {key for rule in rules for key, _ in rule.labels}.union(label_keys)
        return cls(OwnerBook(rules, label_keys), frozenset(keys), settings.platform)

    def team_of(
        self, connection: Connection, registry_id: int, registry: str
    ) -> Callable[[str], str]:
        """What names the team of a repository of one registry, "" for nobody's.

        Labels are those of the newest tagged image, and read only where a rule needs them.
        """
        labels = (
            dict(iterate_labels(connection, registry_id, self.keys, self.platform))
            if self.keys
            else {}
        )
        return lambda name: self.book.owner_of(registry, name, labels.get(name, {})).team


def _table(file: str) -> tuple[OwnerRule, ...]:
    if not file:
        return ()
    path = Path(file)
    try:
        return parse_owner_table(path.read_bytes(), path.name)
    except OSError as error:
        raise SettingsError(
            f"owners.mapping_file: {path} cannot be read: {error.strerror}",
            next_step="name another, or take the setting out",
        ) from error
