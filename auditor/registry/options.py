"""What a client may spend: time, bytes, connections."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
KIB = 2**10


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How to talk to one registry; the defaults suit most of them.

    `concurrency`: requests in flight at one host. `deadline_seconds`: from sending a request
    to the last byte of its answer, redirects included. `retry_budget_seconds`: waiting
    between attempts of one request, all together. `page_size`: entries asked for per page of
    a listing. `listing_cap_bytes`, `listing_total_bytes`: of one page of a listing, and of all
    its pages; `listing_entries`: names kept of one. `json_max_depth`: levels of nesting accepted in manifests, configs and
    listings, 512 at most. `ca_file`: certificates trusted besides the system's. `counts_pulls`: what the
    user knows about the registry, None to go by its name. `token_hosts`: other hosts
    that may be sent the credential when a challenge names them. `settings_name`: the
    registry's name in the configuration, for messages.
    """

    concurrency: int = 16
    connect_timeout_seconds: float = 10
    read_timeout_seconds: float = 30
    deadline_seconds: float = 120
    manifest_cap_bytes: int = 16 * MIB
    config_cap_bytes: int = 16 * MIB
    listing_cap_bytes: int = 16 * MIB
    listing_total_bytes: int = 64 * MIB
    listing_entries: int = 150_000
    token_cap_bytes: int = 64 * KIB
    error_cap_bytes: int = 64 * KIB
    json_max_depth: int = 64
    known_headers_bytes: int = 6 * 1000
    redirects: int = 5
    page_size: int = 1000
    page_limit: int = 10_000
    attempts: int = 5
    retry_budget_seconds: float = 90
    ca_file: str = ""
    verify_tls: bool = True
    counts_pulls: bool | None = None
    token_hosts: tuple[str, ...] = ()
    settings_name: str = ""
    user_agent: str = "registry-auditor"
