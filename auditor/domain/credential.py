"""Who we are to one registry host."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credential:
    """A user with a password, an identity (refresh) token, or a ready bearer token.

    Secrets are left out of `repr`. `source` says where it was found, for `doctor`.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)
    source: str = ""
