from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.digest import ChainId, DiffId, Digest
from auditor.domain.errors import InvalidDigestError

BLAKE3 = "blake3:" + "ab" * 32


@given(st.binary(), st.sampled_from(["sha256", "sha512"]))
def test_digests_survive_parsing_printing_and_packing(body: bytes, algorithm: str) -> None:
    digest = Digest.of(body, algorithm)
    assert Digest.parse(str(digest)) == digest
    assert Digest.from_bytes(digest.to_bytes()) == digest
    assert digest.matches(body)


@given(st.from_regex(r"[a-z0-9]+([+._-][a-z0-9]+)?:[a-zA-Z0-9=_-]{1,40}", fullmatch=True))
def test_other_algorithms_are_kept_and_packed_as_text(text: str) -> None:
    if text.startswith(("sha256:", "sha512:")):
        return
    digest = Digest.parse(text)
    assert digest.text == text
    assert Digest.from_bytes(digest.to_bytes()) == digest
    assert not digest.is_verifiable


@given(st.binary(max_size=70))
def test_packed_bytes_are_a_digest_that_packs_the_same_or_an_error(packed: bytes) -> None:
    try:
        digest = Digest.from_bytes(packed)
    except InvalidDigestError:
        return
    assert digest.to_bytes() == packed


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x01" + b"a" * 31, b"\x02" + b"a" * 32, b"\x03" + b"a" * 32, b"\x00", b"\x00sha256:ab"],
)
def test_bytes_that_are_no_packed_digest_are_refused(packed: bytes) -> None:
    with pytest.raises(InvalidDigestError):
        Digest.from_bytes(packed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256",
        "sha256:",
        "sha256:" + "a" * 63,
        "sha256:" + "A" * 64,
        "sha256:" + "g" * 64,
        "sha512:" + "a" * 64,
        "SHA256:" + "a" * 64,
        "sha256:" + "a" * 64 + "\n",
        "blake3:" + "a" * 300,
        "md5:../../etc",
        "a:b:c",
        "-:a",
    ],
)
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidDigestError):
        Digest.parse(text)


def test_a_value_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidDigestError):
        Digest.parse(None)  # type: ignore[arg-type]


def test_sizes_of_packed_digests() -> None:
    assert len(Digest.of(b"").to_bytes()) == 33
    assert len(Digest.of(b"", "sha512").to_bytes()) == 65


def test_parts_of_a_digest() -> None:
    digest = Digest.of(b"")
    assert digest.algorithm == "sha256"
    assert digest.encoded == hashlib.sha256(b"").hexdigest()
    assert digest.short == "e3b0c44298fc"


def test_a_body_matches_only_its_own_digest_in_an_algorithm_we_know() -> None:
    assert not Digest.of(b"a").matches(b"b")
    assert not Digest.parse(BLAKE3).matches(b"a")


def test_the_three_identities_never_compare_equal() -> None:
    text = Digest.of(b"").text
    assert len({Digest(text), DiffId(text), ChainId(text)}) == 3
