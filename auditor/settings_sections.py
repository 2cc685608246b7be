"""What all sections of the settings have in common, and the sections of the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from auditor.domain.outlook import Budget
from auditor.domain.owners import OwnerRule
from auditor.domain.units import GIB

HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PUBLIC_URL = re.compile(rf"https?://{HOST.pattern}(?:/[A-Za-z0-9._~/-]*)?")
KIB = 2**10
MIB = 2**20
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")
_Model = TypeVar("_Model", bound=BaseModel)


def _split_commas(value: object) -> object:
    """A list as an environment variable writes it: `a,b`."""
    if not isinstance(value, str):
        return value
    return [part.strip() for part in value.split(",") if part.strip()]


def _read_labels(value: object) -> object:
    """A table as pairs; an environment variable writes it `key=pattern,key=pattern`."""
    if isinstance(value, str):
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return [(key.strip(), pattern.strip()) for key, _, pattern in pairs]
    return list(value.items()) if isinstance(value, Mapping) else value


def each(is_valid: Callable[[str], object], what: str) -> AfterValidator:
    """A check of every value of a list; `what` names a valid one."""

    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not is_valid(value):
                raise ValueError(f"{value[:80]!r} is not {what}")
        return values

    return AfterValidator(check)


def _check_names(tables: Mapping[str, _Model]) -> Mapping[str, _Model]:
    for name in tables:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name[:80]!r} is no name; use letters, digits, - and _")
    return MappingProxyType(dict(tables))


def no_tables() -> Mapping[str, Any]:
    """The default of tables that the user may name."""
    return MappingProxyType({})


Strings = Annotated[tuple[str, ...], BeforeValidator(_split_commas)]
Named = Annotated[Mapping[str, _Model], AfterValidator(_check_names)]
"""Tables under names of the user's choice, in the order they are written."""
_Labels = Annotated[
    tuple[tuple[Annotated[str, Field(min_length=1)], str], ...], BeforeValidator(_read_labels)
]
_Text = Annotated[str, Field(max_length=100)]


class Section(BaseModel):
    """Frozen, and a key it does not know is an error. Inputs are never repeated in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class HistorySettings(Section):
    """How long the past is kept: whole months before the running one; None for ever."""

    keep_months: Annotated[int, Field(ge=1, le=1200)] | None = None


class OwnerRuleSettings(Section):
    """Which repositories belong to a team; the table's name where no team is given."""

    team: _Text = ""
    repositories: Strings = ()
    registries: Strings = ()
    labels: _Labels = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.repositories or self.registries or self.labels):
            raise ValueError('it matches everything; if it should, set repositories = ["**"]')
        return self


class OwnersSettings(Section):
    """Whose repositories are: rules in the order written, then a table, then labels."""

    label_keys: Strings = ()
    mapping_file: str = ""
    rules: Named[OwnerRuleSettings] = Field(default_factory=no_tables)

    def to_rules(self) -> tuple[OwnerRule, ...]:
        """The rules as the domain knows them; those of the table come after them."""
        return tuple(
            OwnerRule(
                rule.team or name,
                rule.repositories,
                rule.registries,
                rule.labels,
                source=f"owners.rules.{name}",
            )
            for name, rule in self.rules.items()
        )


class BudgetSettings(Section):
    """What a team or a repository may cost in a month."""

    team: _Text = ""
    repository: str = ""
    registry: str = ""
    amount: Annotated[Decimal, Field(gt=0, allow_inf_nan=False)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"

    def to_budget(self, name: str) -> Budget:
        """The budget as the domain knows it; `name` is its table's."""
        return Budget(name, self.amount, self.currency, self.team, self.repository, self.registry)

    @model_validator(mode="after")
    def _is_for_one(self) -> Self:
        if bool(self.team) == bool(self.repository):
            raise ValueError("it needs a team or a repository, and not both")
        return self


def _check_public_url(url: str) -> str:
    if url and not _PUBLIC_URL.fullmatch(url):
        raise ValueError("write https://HOST, with a path where the dashboard has one")
    return url.rstrip("/")


class WebSettings(Section):
    """Where the dashboard listens, and where people reach it."""

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    url: Annotated[str, AfterValidator(_check_public_url)] = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    secret_key: SecretStr = SecretStr("")


class CrawlSettings(Section):
    """How fast, how often and how much is read."""

    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    recheck_days: Annotated[float, Field(ge=0, le=3650)] = 7
    removal_guard_percent: Annotated[float, Field(ge=0, le=100)] = 20
    ask_referrers: bool = True
    request_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 120
    manifest_max_bytes: Annotated[int, Field(ge=KIB, le=GIB)] = 16 * MIB
    config_max_bytes: Annotated[int, Field(ge=KIB, le=GIB)] = 16 * MIB
    token_max_bytes: Annotated[int, Field(ge=KIB, le=16 * MIB)] = 64 * KIB
    error_max_bytes: Annotated[int, Field(ge=KIB, le=16 * MIB)] = 64 * KIB
    redirects_max: Annotated[int, Field(ge=0, le=20)] = 5
    json_max_depth: Annotated[int, Field(ge=8, le=512)] = 64
