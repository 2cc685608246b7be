"""One tree of errors; every one names the thing and the next step.

AuditorError
├── UsageError                  the request itself is wrong (exit 2)
│   ├── InvalidReferenceError   a name outside the reference grammar
│   ├── InvalidDigestError      text or bytes that are no digest
│   ├── UnknownReferenceError   nothing stored under that name
│   └── SettingsError           a bad key or value in the configuration
├── IndexFailureError           a package index cannot be read, or is not understood
├── StoreError                  the database is missing, old or unreachable
├── RemovalGuardError           a crawl would lose too many tags
├── RegistryBusyError           somebody else crawls that registry now
├── LeaseLostError              it took too long to say so, and somebody else took over
└── RegistryError               anything a registry did (kept: status, code)
    ├── RegistryUnreachableError   no connection, no TLS, no answer (exit 4)
    ├── AuthenticationError        credentials missing, wrong or refused (exit 4)
    ├── NotARegistryError          it answers, but not as a registry (exit 4)
    ├── NotFoundError              repository, manifest or blob absent
    ├── RateLimitedError           429 until the retry budget was spent
    └── ProtocolError              an answer outside the specification
        ├── BodyTooLargeError         over the size cap
        ├── DigestMismatchError       bytes do not have the digest they claim
        └── InvalidManifestError      JSON, sizes or shape not usable
"""

from __future__ import annotations


class AuditorError(Exception):
    """Base of all expected failures: `message` says what, `next_step` what to do.

    Both are plain text without secrets; `str(error)` joins them in one line.
    """

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}; {self.next_step}" if self.next_step else self.message


class UsageError(AuditorError):
    """The request itself is wrong; nothing was done."""


class InvalidReferenceError(UsageError):
    """A registry address, repository or image name outside the grammar."""


class InvalidDigestError(UsageError):
    """Text or bytes that are not `algorithm:encoded`."""


class UnknownReferenceError(UsageError):
    """Nothing is stored under that name; `candidates` are near ones."""

    def __init__(
        self, message: str, *, next_step: str = "", candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.candidates = candidates


class SettingsError(UsageError):
    """A key or a value in the configuration that cannot be used."""


class IndexFailureError(AuditorError):
    """A package index that gives no answer, a strange one, or is not known."""


class StoreError(AuditorError):
    """The database is missing, of another schema revision or unreachable."""


class RemovalGuardError(AuditorError):
    """A crawl found so many tags gone that it changed nothing."""


class RegistryBusyError(AuditorError):
    """Somebody else crawls that registry, and two at once would ask it for everything twice."""


class LeaseLostError(AuditorError):
    """We were silent for so long that somebody else took over; nothing more is written."""


class RegistryError(AuditorError):
    """A registry's answer, or the lack of one.

    `status` is the HTTP status or None; `code` the OCI error code or "";
    `is_transient` is true where the same request may succeed later.
    Source: distribution-spec, "Error Codes".
    """

    is_transient = False

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        status: int | None = None,
        code: str = "",
        is_transient: bool | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status
        self.code = code
        if is_transient is not None:
            self.is_transient = is_transient


class RegistryUnreachableError(RegistryError):
    """No connection, no valid TLS or no answer within the deadline."""

    is_transient = True


class AuthenticationError(RegistryError):
    """Credentials are missing, wrong, or not allowed to read this."""


class NotARegistryError(RegistryError):
    """Something answers there, but not with the registry API."""


class NotFoundError(RegistryError):
    """The registry has no such repository, manifest or blob."""


class RateLimitedError(RegistryError):
    """The registry asked us to slow down for longer than the retry budget."""

    is_transient = True


class ProtocolError(RegistryError):
    """An answer outside the specification."""


class BodyTooLargeError(ProtocolError):
    """A body over its size cap; reading stopped there."""


class DigestMismatchError(ProtocolError):
    """The bytes do not have the digest they were asked for."""


class InvalidManifestError(ProtocolError):
    """A manifest, index or config that cannot be used: JSON, sizes or shape."""
