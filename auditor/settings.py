"""Every setting, its type, its default and its bounds; the one way to load them.

Precedence: flag, environment, file, default. Source of each value: `LoadedSettings.origins`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from auditor.domain.errors import AuditorError, SettingsError
from auditor.domain.ledger import Allocation
from auditor.domain.observation import StorageScope
from auditor.domain.platform import DEFAULT_PLATFORM, Platform
from auditor.domain.reference import RegistryAddress, is_repository_name
from auditor.domain.vendor_defaults import default_scope
from auditor.settings_alerts import Alerts, ChannelSettings, Pushes
from auditor.settings_analysis import (
    AnalysisSection,
)
from auditor.settings_estimate import EstimateSettings
from auditor.settings_mail import DigestSettings, MailSettings
from auditor.settings_monitoring import LogsSettings, MetricsSettings, TelemetrySettings
from auditor.settings_prices import BookEntrySettings, PriceSettings, check_book, check_terms
from auditor.settings_sections import (
    HOST,
    BudgetSettings,
    CrawlSettings,
    HistorySettings,
    Named,
    OwnersSettings,
    Section,
    Strings,
    WebSettings,
    each,
    no_tables,
)
from auditor.settings_service import SchedulesSection, ServiceSection
from auditor.settings_sources import (
    Key,
    Layer,
    environment_layer,
    file_layer,
    find_config_file,
    flag_layer,
    nest,
)

HIDDEN = "(hidden)"
SECRETS = frozenset(
    {"database_url", "password", "secret_key", "secret", "webhook_url", "sentry_dsn"}
)
_UNKNOWN = "extra_forbidden"
_REASONS = {
    "missing": "it is missing",
    "model_type": "it is a section with keys of its own",
    "mapping_type": "it is a section with keys of its own",
    "dict_type": "it is a section with keys of its own",
}
_TABLES: tuple[Key, ...] = (
    *(("registries",), ("owners", "rules"), ("budgets",), ("price_book",)),
    *(("analysis", "rule"), ("analysis", "user_rule"), ("digest", "recipients")),
    *(("channels",), ("alerts",), ("push",)),
)
_TAG_GLOB = re.compile(r"[A-Za-z0-9._*?\[\]!-]{1,128}")
_URL_SECRET = re.compile(
    r"(?<=://)([^:/?#@]*):.*@|(?<=password=)[^&]*|(?:(?<=http://)|(?<=https://))[^/?#@]+(?=@)"
)


def _read_address(text: object) -> object:
    if not isinstance(text, str):
        return text
    if "@" in text:
        raise ValueError("it must not hold credentials; set username and password beside it")
    return _parsed(RegistryAddress.parse, text)


def _read_platform(text: object) -> object:
    return _parsed(Platform.parse, text) if isinstance(text, str) else text


def _parsed(parse: Callable[[str], object], text: str) -> object:
    try:
        return parse(text)
    except AuditorError as error:
        raise ValueError(str(error)) from None


def _check_database_url(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://", "postgresql://")):
        raise ValueError("write sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME")
    return re.sub(r"^postgresql:", "postgresql+psycopg:", url)


class RegistrySettings(Section):
    """One registry to crawl, and who we are there."""

    address: Annotated[InstanceOf[RegistryAddress], BeforeValidator(_read_address)]
    scope: StorageScope = StorageScope.REGISTRY
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: str = ""
    verify_tls: bool = True
    reference: bool = False
    repositories: Annotated[Strings, each(is_repository_name, "a repository name")] = ()
    tags: Annotated[Strings, each(_TAG_GLOB.fullmatch, "a pattern of tags")] = ()
    token_hosts: Annotated[Strings, each(HOST.fullmatch, "a host[:port]")] = ()
    counts_pulls: bool | None = None
    allocation: Allocation = Allocation.FAIR_SHARE
    price: PriceSettings | None = None

    @model_validator(mode="before")
    @classmethod
    def _scope_of_the_vendor(cls, values: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if not isinstance(values, dict) or "scope" in values:
            return values
        try:
            host = RegistryAddress.parse(str(values.get("address", ""))).host
        except AuditorError:
            return values  # the address is reported under its own key
        return {**values, "scope": default_scope(host)}


def _by_name(registries: Mapping[str, RegistrySettings]) -> Mapping[str, RegistrySettings]:
    first: dict[str, tuple[str, bool]] = {}
    for name, registry in registries.items():
        other, is_reference = first.setdefault(registry.address.name, (name, registry.reference))
        if is_reference is not registry.reference:
            raise ValueError(
                f"{other} and {name} are one registry: it is a reference or it is counted, as a "
                "whole; reach the bases through a mirror, or leave reference out"
            )
    return MappingProxyType(dict(sorted(registries.items())))


class Settings(Section):
    """All settings, valid and frozen."""

    database_url: Annotated[str, AfterValidator(_check_database_url), Field(repr=False)]
    platform: Annotated[InstanceOf[Platform], BeforeValidator(_read_platform)] = DEFAULT_PLATFORM
    price_book: Annotated[Named[BookEntrySettings], AfterValidator(check_book)] = Field(
        default_factory=no_tables
    )
    registries: Annotated[Named[RegistrySettings], AfterValidator(_by_name)] = Field(
        default_factory=no_tables
    )
    crawl: CrawlSettings = CrawlSettings()
    history: HistorySettings = HistorySettings()
    price: PriceSettings = PriceSettings()
    owners: OwnersSettings = Field(default_factory=OwnersSettings)
    budgets: Named[BudgetSettings] = Field(default_factory=no_tables)
    analysis: AnalysisSection = Field(default_factory=AnalysisSection)
    schedules: SchedulesSection = SchedulesSection()
    service: ServiceSection = ServiceSection()
    web: WebSettings = WebSettings()
    mail: MailSettings = Field(default_factory=MailSettings)
    digest: DigestSettings = Field(default_factory=DigestSettings)
    logs: LogsSettings = LogsSettings()
    metrics: MetricsSettings = MetricsSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    channels: Named[ChannelSettings] = Field(default_factory=no_tables)
    alerts: Alerts = Field(default_factory=no_tables)
    push: Pushes = Field(default_factory=no_tables)
    estimate: EstimateSettings = EstimateSettings()

    @field_validator("price")
    @classmethod
    def _price_is_known(cls, price: PriceSettings, found: ValidationInfo) -> PriceSettings:
        check_terms(price, found.data.get("price_book", {}))
        return price

    @field_validator("registries")
    @classmethod
    def _prices_are_known(
        cls, registries: Mapping[str, RegistrySettings], found: ValidationInfo
    ) -> Mapping[str, RegistrySettings]:
        for name, registry in registries.items():
            try:
                check_terms(registry.price, found.data.get("price_book", {}))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return registries


class SettingRow(NamedTuple):
    """One setting as `config show` prints it."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and for each dotted key where its value comes from.

    An origin is `default`, `file PATH`, `environment NAME` or `flag`.
    """

    settings: Settings
    origins: Mapping[str, str]
    config_file: Path | None = None


def load_settings(
    *,
    config_file: Path | None,
    environment: Mapping[str, str],
    overrides: Mapping[str, object],
) -> LoadedSettings:
    """Settings from flags over the environment over a file over defaults.

    `config_file` is the flag's; without it `AUDITOR_CONFIG`, then `auditor/auditor.toml` in
    the user's configuration folder. `overrides` go by dotted key, None meaning not given.
    Raises SettingsError naming the key, the place and the next step, never a value.
    """
    path = find_config_file(config_file, environment)
    merged = file_layer(path, SECRETS) if path else {}
    merged |= environment_layer(
        environment,
        top_level=Settings.model_fields.keys(),
        tables=_TABLES,
        beside=merged,
        secrets=SECRETS,
    )
    merged |= flag_layer(overrides)
    content: dict[str, object] = {"database_url": _default_database_url(environment)}
    try:
        settings = Settings.model_validate(content | nest(merged))
    except ValidationError as error:
        raise _as_settings_error(error, merged) from None
    origins = {
        ".".join(key): merged[key].origin if key in merged else "default"
        for key, _ in _leaves(settings, ())
    }
    return LoadedSettings(settings, MappingProxyType(origins), path)


def render_settings(loaded: LoadedSettings) -> list[SettingRow]:
    """One row per setting in the order of the reference, secrets as `(hidden)`."""
    return [
        SettingRow(dotted, _as_text(value), loaded.origins[dotted])
        for key, value in _leaves(loaded.settings, ())
        if (dotted := ".".join(key))
    ]


def _default_database_url(environment: Mapping[str, str]) -> str:
    folder = Path(environment.get("XDG_DATA_HOME", ""))
    usual = folder / "auditor" if folder.is_absolute() else user_data_path("auditor")
    return f"sqlite:///{usual / 'auditor.db'}"


def _leaves(section: BaseModel, above: Key) -> Iterator[tuple[Key, object]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, (*above, name))
        elif isinstance(value, Mapping):
            for inner_name, inner in value.items():
                yield from _leaves(inner, (*above, name, inner_name))
        else:
            yield (*above, name), value


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case tuple():
            return ",".join(
                "=".join(one) if isinstance(one, tuple) else _as_text(one) for one in value
            )
        case SecretStr():
            return HIDDEN if value else ""
        case RegistryAddress():
            return value.base_url or value.name
        case str():
            return _URL_SECRET.sub(lambda found: _hide(found[1]), value)
        case _:
            return str(value)


def _hide(user: str | None) -> str:
    return HIDDEN if user is None else f"{user}:{HIDDEN}@"


def _as_settings_error(error: ValidationError, merged: Layer) -> SettingsError:
    """The first complaint in one line: key, reason and place, never the value."""
    first, *others = sorted(
        error.errors(include_url=False, include_input=False, include_context=False),
        key=lambda complaint: complaint["type"] != _UNKNOWN,  # a typing error explains the rest
    )
    key = tuple(str(part) for part in first["loc"])
    dotted = ".".join(key)
    more = f", and {len(others)} more" if others else ""
    place = _place_of(key, merged)
    if first["type"] == _UNKNOWN:
        return SettingsError(
            f"unknown setting {dotted} ({place}){more}", next_step=_nearest_key(key)
        )
    reason = _REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
    reason = reason.replace("Input should", "it should")
    return SettingsError(
        f"{dotted}: {reason} ({place}){more}", next_step="correct or remove it there"
    )


def _place_of(key: Key, merged: Layer) -> str:
    """Where the key was found, or else the nearest key beside or below it."""
    prefixes = (key[:length] for length in range(len(key), 0, -1))
    origins = (
        found.origin
        for prefix in prefixes
        for found_key, found in merged.items()
        if found_key[: len(prefix)] == prefix
    )
    return next(origins, "default")


def _nearest_key(key: Key) -> str:
    section = _section_at(key[:-1])
    known = list(section.model_fields) if section else []
    near = difflib.get_close_matches(key[-1], known, n=1)
    if near:
        return f"did you mean {'.'.join((*key[:-1], near[0]))}?"
    return f"known here: {', '.join(known)}" if known else "remove it"


def _section_at(key: Key) -> type[BaseModel] | None:
    """The model of the section with this key, names of the user's standing for `*`."""
    return next(
        (
            model
            for pattern, model in _SECTIONS.items()
            if len(pattern) == len(key)
            and all(part in ("*", own) for part, own in zip(pattern, key, strict=True))
        ),
        None,
    )


def _sections(model: type[BaseModel], above: Key = ()) -> Iterator[tuple[Key, type[BaseModel]]]:
    yield above, model
    for name, field in model.model_fields.items():
        for key, inner in _models_in(field.annotation, (*above, name)):
            yield from _sections(inner, key)


def _models_in(annotation: object, key: Key) -> Iterator[tuple[Key, type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield key, annotation
        return
    below = (*key, "*") if get_origin(annotation) is Mapping else key
    for part in get_args(annotation):
        yield from _models_in(part, below)


_SECTIONS: Mapping[Key, type[BaseModel]] = MappingProxyType(dict(_sections(Settings)))
