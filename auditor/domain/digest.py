"""Content digests, and the two kinds of identity derived from layer contents."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from auditor.domain.errors import InvalidDigestError

_GRAMMAR = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_HEX_LENGTH = {"sha256": 64, "sha512": 128}
_HEX = re.compile(r"[0-9a-f]+")
_CODE_OF_ALGORITHM = {"sha256": b"\x01", "sha512": b"\x02"}
_ALGORITHM_OF_CODE = {1: "sha256", 2: "sha512"}
_OTHER_ALGORITHM = 0
_MAX_LENGTH = 256


@dataclass(frozen=True, slots=True, order=True)
class _ContentHash:
    """`algorithm:encoded`, valid by construction through `parse`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the digest written as `text`.

        Raises InvalidDigestError for text outside the grammar, and for
        sha256 or sha512 whose encoded part is not lower-case hex of the
        right length. Other algorithms are kept as they are.
        Source: image-spec descriptor.md, "Digests".
        """
        if not isinstance(text, str) or len(text) > _MAX_LENGTH or not _GRAMMAR.fullmatch(text):
            raise InvalidDigestError(f"not a digest: {str(text)[:80]!r}")
        algorithm, _, encoded = text.partition(":")
        length = _HEX_LENGTH.get(algorithm)
        if length is not None and (len(encoded) != length or not _HEX.fullmatch(encoded)):
            raise InvalidDigestError(f"not a {algorithm} digest: {text[:80]!r}")
        return cls(text)

    @classmethod
    def from_bytes(cls, packed: bytes) -> Self:
        """Return the digest that `to_bytes` packed; raises InvalidDigestError."""
        if not packed:
            raise InvalidDigestError("an empty value is not a digest")
        if packed[0] == _OTHER_ALGORITHM:
            return cls.parse(packed[1:].decode("ascii", "replace"))
        algorithm = _ALGORITHM_OF_CODE.get(packed[0])
        if algorithm is None or 2 * (len(packed) - 1) != _HEX_LENGTH[algorithm]:
            raise InvalidDigestError(f"not a packed digest: {len(packed)} bytes, code {packed[0]}")
        return cls(f"{algorithm}:{packed[1:].hex()}")

    def to_bytes(self) -> bytes:
        """Return 33 bytes for sha256, 65 for sha512: an algorithm code, then the raw hash.

        Other algorithms: a zero byte, then the text in ASCII.
        """
        code = _CODE_OF_ALGORITHM.get(self.algorithm)
        if code is None:
            return bytes([_OTHER_ALGORITHM]) + self.text.encode("ascii")
        return code + bytes.fromhex(self.encoded)

    @property
    def algorithm(self) -> str:
        """The part before the colon, such as `sha256`."""
        return self.text.partition(":")[0]

    @property
    def encoded(self) -> str:
        """The part after the colon."""
        return self.text.partition(":")[2]

    @property
    def short(self) -> str:
        """The first twelve characters of the encoded part, for people."""
        return self.encoded[:12]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, order=True)
class Digest(_ContentHash):
    """Names bytes as a registry stores them."""

    @classmethod
    def of(cls, body: bytes, algorithm: str = "sha256") -> Self:
        """Return the digest of `body`; `algorithm` is sha256 or sha512."""
        return cls(f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}")

    @property
    def is_verifiable(self) -> bool:
        """Whether this program can compute the algorithm (sha256, sha512)."""
        return self.algorithm in _HEX_LENGTH

    def matches(self, body: bytes) -> bool:
        """Whether `body` has this digest; False for an algorithm we cannot compute."""
        return self.is_verifiable and Digest.of(body, self.algorithm) == self


@dataclass(frozen=True, slots=True, order=True)
class DiffId(_ContentHash):
    """Names the uncompressed tar of one layer. Source: image-spec config.md, "DiffID"."""


@dataclass(frozen=True, slots=True, order=True)
class ChainId(_ContentHash):
    """Names a stack of layers applied in order. Source: image-spec config.md, "ChainID"."""
