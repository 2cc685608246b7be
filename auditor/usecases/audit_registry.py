"""From an address and a configuration to a crawl target: scope, credential, options."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.domain.credential import Credential
from auditor.domain.errors import InvalidReferenceError
from auditor.domain.observation import StorageScope
from auditor.domain.reference import RegistryAddress, is_repository_name, registry_name
from auditor.domain.text import clean_line
from auditor.domain.vendor_defaults import default_scope
from auditor.logs.redaction import KNOWN
from auditor.registry.credentials import find_credential
from auditor.registry.options import ClientOptions
from auditor.settings import RegistrySettings, Settings
from auditor.usecases.crawl_registry import CrawlTarget
from auditor.usecases.prices import Prices


@dataclass(frozen=True, slots=True)
class TargetFlags:
    """What was said about a registry on the command line; None or empty for nothing."""

    username: str = ""
    password: str = ""
    plain_http: bool = False
    ca_file: str = ""
    verify_tls: bool = True
    scope: StorageScope | None = None
    repositories: tuple[str, ...] = ()


NO_FLAGS = TargetFlags()
_SILENCE_SECONDS = 30.0


def target_for(
    address_text: str,
    settings: Settings,
    flags: TargetFlags = NO_FLAGS,
    environment: Mapping[str, str] | None = None,
) -> CrawlTarget:
    """What to crawl at an address or under a configured name, and who we are there.

    Flags and the scheme of an address count before the configuration, that before
    Docker's and Podman's own files. `environment` None stands for the process's own.
    Raises InvalidReferenceError for an address outside the grammar, and for what is no
    name of a repository.
    """
    name, configured = _configured(address_text, settings)
    address = _address(address_text, name, configured, flags)
    scope = configured.scope if configured else default_scope(address.host)
    repositories = flags.repositories or (configured.repositories if configured else ())
    for repository in repositories:
        check_repository(repository, address)
    warnings: list[str] = []
    credential = _credential(
        address,
        configured,
        flags,
        os.environ if environment is None else environment,
        warnings.append,
    )
    if credential:
        KNOWN.add(credential.password, username=credential.username)
    return CrawlTarget(
        address=address,
        scope=flags.scope or scope,
        credential=credential,
        repositories=repositories,
        tags=configured.tags if configured else (),
        is_reference=bool(configured and configured.reference),
        options=_options(settings, name, configured, flags),
        terms=Prices.from_settings(settings).terms(address.name),
        warnings=tuple(warnings),
    )


def check_repository(name: str, address: RegistryAddress) -> None:
    """Nothing for the name of a repository; InvalidReferenceError says what else it is.

    Everything else would be asked for in vain, and the registry's answer name a wrong cause.
    """
    if is_repository_name(name):
        return
    shown = clean_line(name, 140)
    inner = name
    for prefix in (address.base_url, address.host, f"{address.name}/"):
        inner = inner.removeprefix(f"{prefix}/") if prefix else inner
    repository = re.split("[:@]", inner, maxsplit=1)[0]
    if is_repository_name(repository) and repository != name:
        what = "one image of it" if repository != inner else "the registry before it"
        raise InvalidReferenceError(
            f"--repository takes the name of a repository, not {what}: {shown}",
            next_step=f"write --repository {repository}",
        )
    raise InvalidReferenceError(
        f"not a repository name: {shown!r}",
        next_step="repositories have lower case letters, digits and . _ - / in between",
    )


def _configured(text: str, settings: Settings) -> tuple[str, RegistrySettings | None]:
    if text in settings.registries:
        return text, settings.registries[text]
    wanted = registry_name(text)
    for name, registry in settings.registries.items():
        if wanted == registry.address.name:
            return name, registry
    return "", None


def _address(
    text: str, name: str, configured: RegistrySettings | None, flags: TargetFlags
) -> RegistryAddress:
    """The configured address, unless the text or a flag says how to reach it."""
    if configured is None or (text != name and "://" in text):
        return RegistryAddress.parse(text, plain_http=flags.plain_http)
    if flags.plain_http and not configured.address.is_layout:
        return RegistryAddress.parse(f"http://{configured.address.name}")
    return configured.address


def _credential(
    address: RegistryAddress,
    configured: RegistrySettings | None,
    flags: TargetFlags,
    environment: Mapping[str, str],
    warn: Callable[[str], None],
) -> Credential | None:
    if address.is_layout:
        return None
    if flags.username:
        return Credential(flags.username, flags.password, source="command line")
    if configured and configured.username:
        password = configured.password.get_secret_value()
        return Credential(configured.username, password, source="configuration")
    return find_credential(address.host, environment, Path.home(), warn)


def _options(
    settings: Settings, name: str, configured: RegistrySettings | None, flags: TargetFlags
) -> ClientOptions:
    crawl = settings.crawl
    options = ClientOptions(
        concurrency=crawl.concurrency,
        deadline_seconds=crawl.request_timeout_seconds,
        read_timeout_seconds=max(_SILENCE_SECONDS, crawl.request_timeout_seconds / 4),
        manifest_cap_bytes=crawl.manifest_max_bytes,
        config_cap_bytes=crawl.config_max_bytes,
        token_cap_bytes=crawl.token_max_bytes,
        error_cap_bytes=crawl.error_max_bytes,
        json_max_depth=crawl.json_max_depth,
        redirects=crawl.redirects_max,
        ca_file=flags.ca_file,
        verify_tls=flags.verify_tls,
        settings_name=name,
    )
    if configured is None:
        return options
    return replace(
        options,
        ca_file=flags.ca_file or configured.ca_file,
        verify_tls=flags.verify_tls and configured.verify_tls,
        counts_pulls=configured.counts_pulls,
        token_hosts=configured.token_hosts,
    )
