"""APKINDEX files as apk-tools writes them: a signature's archive, then the index's."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from auditor.domain.errors import IndexFailureError
from auditor.domain.package_facts import Relation, SystemPackage
from auditor.indexes.alpine import parse_record, read_alpine
from auditor.indexes.fetching import IndexClient
from tests.fakes.index_server import IndexServer

CURL = """C:Q1abc=
P:curl
V:8.9.1-r2
A:x86_64
S:146000
I:262144
T:URL retrieval utility
D:ca-certificates so:libcurl.so.4 !curl-old so:libc.musl-x86_64.so.1 a>=1.2 b~3 c<4 d=5-r0 e@edge f><Q1xyz
p:cmd:curl=8.9.1-r2 pc:x
i:docs curl=8.9.1-r2
k:100
"""
BUSYBOX = "P:busybox\nV:1.36-r0\nS:500\nI:900\np:cmd:sh=1.36-r0 /bin/sh\n"


def tar_of(*files: tuple[str, bytes], is_cut: bool = False) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, body in files:
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
        end = archive.offset
    return packed.getvalue()[:end] if is_cut else packed.getvalue()


def index_of(text: str) -> bytes:
    signature = tar_of((".SIGN.RSA.key.pub", b"x" * 256), is_cut=True)
    index = tar_of(("DESCRIPTION", b"v3.20"), ("APKINDEX", text.encode()))
    return gzip.compress(signature, mtime=0) + gzip.compress(index, mtime=0)


def test_a_record_is_a_package() -> None:
    assert parse_record(CURL) == SystemPackage(
        name="curl",
        version="8.9.1-r2",
        archive_bytes=146_000,
        unpacked_bytes=262_144,
        depends=(
            (Relation("ca-certificates"),),
            (Relation("so:libcurl.so.4"),),
            (Relation("so:libc.musl-x86_64.so.1"),),
            (Relation("a", ">=", "1.2"),),
            (Relation("b", "~", "3"),),
            (Relation("c", "<<", "4"),),
            (Relation("d", "=", "5-r0"),),
            (Relation("e"),),
            (Relation("f"),),
        ),
        provides=(Relation("cmd:curl", "=", "8.9.1-r2"), Relation("pc:x")),
        conflicts=(Relation("curl-old"),),
        install_if=(Relation("docs"), Relation("curl", "=", "8.9.1-r2")),
        provider_priority=100,
    )
    refusing = parse_record(CURL.replace("i:docs", "i:!docs"))
    assert refusing
    assert refusing.install_if == ()


@pytest.mark.parametrize(
    "old, new",
    [
        ("S:146000", "S:-1"),
        ("S:146000\n", ""),
        ("I:262144", "I:" + "9" * 99),
        ("P:curl", "P:cu rl"),
        ("V:8.9.1-r2", "V:"),
    ],
)
def test_a_hostile_record_is_skipped(old: str, new: str) -> None:
    assert old in CURL
    assert parse_record(CURL.replace(old, new)) is None


def repository(server: IndexServer, name: str = "main") -> str:
    return f"{server.url}/v3.20/{name}"


def test_repositories_are_read_together(server: IndexServer, client: IndexClient) -> None:
    server.put("/v3.20/main/x86_64/APKINDEX.tar.gz", index_of(f"{BUSYBOX}\n"))
    server.put("/v3.20/community/x86_64/APKINDEX.tar.gz", index_of(f"{CURL}\n{BUSYBOX}\n"))
    places = [repository(server), f"{repository(server, 'community')}/", repository(server, "x")]
    found = read_alpine(places, "x86_64", client)
    assert [one.name for one in found.named("curl")] == ["curl"]
    assert len(found.named("busybox")) == 1
    assert [one.name for one in found.providing("cmd:sh")] == ["busybox"]
    assert [one.name for one in found.providing("/bin/sh")] == ["busybox"]
    assert found.providing("sh") == found.required() == ()
    assert [one.name for one in found.completed_by("docs")] == ["curl"]
    assert found.completed_by("busybox") == ()
    assert found.alike("crul") == ("curl",)


@pytest.mark.parametrize(
    "body, words",
    [
        (b"no archive", "no APKINDEX"),
        (gzip.compress(b"", mtime=0), "no APKINDEX"),
        (gzip.compress(tar_of(("other", b"x" * 2000)), mtime=0), "no APKINDEX"),
        (gzip.compress(b"APKINDEX".ljust(600, b"\0"), mtime=0), "no APKINDEX"),
        (gzip.compress(bytes(2000), mtime=0), "no APKINDEX"),
        (index_of(CURL)[:-9], "cut off"),
    ],
)
def test_a_broken_index_is_told(
    server: IndexServer, client: IndexClient, body: bytes, words: str
) -> None:
    server.put("/v3.20/main/x86_64/APKINDEX.tar.gz", body)
    with pytest.raises(IndexFailureError, match=words):
        read_alpine([repository(server)], "x86_64", client)


def test_a_release_that_is_nowhere_is_told(server: IndexServer, client: IndexClient) -> None:
    with pytest.raises(IndexFailureError, match="no repository of that release for x86") as raised:
        read_alpine([repository(server)], "x86", client)
    assert "estimate.indexes.alpine" in raised.value.next_step
