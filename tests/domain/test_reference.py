from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.digest import Digest
from auditor.domain.errors import InvalidReferenceError
from auditor.domain.reference import (
    ImageReference,
    RegistryAddress,
    is_repository_name,
    is_tag_name,
    registry_name,
)

DIGEST = Digest.of(b"x")


@pytest.mark.parametrize(
    "text, name, base_url",
    [
        ("registry.example", "registry.example", "https://registry.example"),
        ("registry.example/", "registry.example", "https://registry.example"),
        ("registry.example.:5000", "registry.example.:5000", "https://registry.example.:5000"),
        ("localhost:5000", "localhost:5000", "http://localhost:5000"),
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1"),
        ("[::1]:5000", "[::1]:5000", "http://[::1]:5000"),
        ("[fe80::2]", "[fe80::2]", "https://[fe80::2]"),
        ("http://r.example:80", "r.example:80", "http://r.example:80"),
        ("https://localhost", "localhost", "https://localhost"),
        ("https://r.example/v2/", "r.example", "https://r.example"),
        ("https://r.example/docker/v2", "r.example/docker", "https://r.example/docker"),
    ],
)
def test_a_registry_is_written_as_host_or_url(text: str, name: str, base_url: str) -> None:
    address = RegistryAddress.parse(text)
    assert (address.name, address.base_url) == (name, base_url)
    assert not address.is_layout


def test_plain_http_has_to_be_asked_for() -> None:
    assert RegistryAddress.parse("r.example", plain_http=True).base_url == "http://r.example"


def test_a_layout_is_a_folder_and_no_host() -> None:
    address = RegistryAddress.parse("oci:/srv/images")
    assert (address.name, address.directory) == ("oci:/srv/images", "/srv/images")
    assert address.is_layout
    assert (address.host, address.is_loopback) == ("", False)


@pytest.mark.parametrize(
    "text, is_loopback",
    [("localhost:1", True), ("127.9.9.9:1", True), ("[::1]", True), ("127.evil.example", False)],
)
def test_loopback_is_this_machine_only(text: str, is_loopback: bool) -> None:
    assert RegistryAddress.parse(text).is_loopback is is_loopback


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oci:",
        "-bad.example",
        "a b",
        "r.example:0",
        "r.example:65536",
        "r.example:²",
        "r.example:٣",
        "r.example:port",
        "r.example\n",
        "r.example/team/app",
        "ftp://r.example",
        "https://",
        "https://r.example:99999",
        "https://[::1",
        "https://r.example/?q=1",
        "https://r.example/#part",
        "https://evil@r.example",
    ],
)
def test_anything_else_is_no_registry(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        RegistryAddress.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@r.example",
        "https://user:hunter2/x@r.example",
        "user:hunter2@r.example",
        "user:hunter2/x@r.example",
        "ftp://u:hunter2@r",
    ],
)
def test_a_password_is_never_echoed_from_a_url(text: str) -> None:
    with pytest.raises(InvalidReferenceError) as caught:
        RegistryAddress.parse(text)
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=40))
def test_no_address_text_raises_anything_else(text: str) -> None:
    try:
        address = RegistryAddress.parse(text)
    except InvalidReferenceError:
        return
    assert address.name


@pytest.mark.parametrize(
    "text, expected",
    [
        ("alpine", ImageReference("alpine")),
        ("team/app:1.0", ImageReference("team/app", tag="1.0")),
        ("r.example/app", ImageReference("app", registry="r.example")),
        ("localhost/app", ImageReference("app", registry="localhost")),
        ("r:5000/a/b:t", ImageReference("a/b", registry="r:5000", tag="t")),
        ("https://r.example/a:t", ImageReference("a", registry="r.example", tag="t")),
        (f"a@{DIGEST}", ImageReference("a", digest=DIGEST)),
        (f"a:t@{DIGEST}", ImageReference("a", tag="t", digest=DIGEST)),
        ("oci:/srv/x//a:t", ImageReference("a", registry="oci:/srv/x", tag="t")),
    ],
)
def test_an_image_is_written_as_docker_writes_it(text: str, expected: ImageReference) -> None:
    assert ImageReference.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "UPPER", "a:", "a:-t", "a@sha256:1", "a//b", "oci:/srv", "r.example/", "a:" + "t" * 129],
)
def test_anything_else_is_no_image(text: str) -> None:
    with pytest.raises(InvalidReferenceError):
        ImageReference.parse(text)


_PART = st.from_regex(r"[a-z0-9]{1,4}([._-]|__)?[a-z0-9]{1,3}", fullmatch=True)


@given(
    st.builds(
        ImageReference,
        repository=st.lists(_PART, min_size=1, max_size=3).map("/".join),
        registry=st.sampled_from(["", "r.example", "localhost:5000", "[::1]:5000", "oci:/srv/x"]),
        tag=st.one_of(
            st.just(""), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True)
        ),
        digest=st.sampled_from([None, DIGEST]),
    ).filter(lambda one: bool(one.registry) or not one.repository.partition("/")[0].count("."))
)
def test_references_survive_printing_and_parsing(reference: ImageReference) -> None:
    assert ImageReference.parse(str(reference)) == reference


@given(st.text(max_size=40))
def test_no_image_text_raises_anything_else(text: str) -> None:
    try:
        reference = ImageReference.parse(text)
    except InvalidReferenceError:
        return
    assert is_repository_name(reference.repository)


def test_names_and_tags_follow_the_specification() -> None:
    assert is_repository_name("a/b__c/d--e.f")
    assert not is_repository_name("a___b")
    assert not is_repository_name("a" * 256)
    assert is_tag_name("T" * 128)
    assert not is_tag_name(".t")
    assert not is_tag_name("t\n")


@pytest.mark.parametrize(
    "text, name",
    [
        ("LOCALHOST:5000", "localhost:5000"),
        ("R.Example/", "r.example"),
        ("HTTPS://R.Example/Docker/v2/", "r.example/Docker"),
        ("[0:0::0:1]:5000", "[::1]:5000"),
        ("[FE80::2]", "[fe80::2]"),
    ],
)
def test_a_host_is_the_same_however_it_is_written(text: str, name: str) -> None:
    assert RegistryAddress.parse(text).name == name


def test_loopback_in_capitals_is_loopback() -> None:
    assert RegistryAddress.parse("LOCALHOST:5000").base_url == "http://localhost:5000"


@pytest.mark.parametrize("text", ["[::1::2]", "[:::::]:5000", "[1.2.3.4]", "[::1]x"])
def test_what_is_no_ipv6_address_is_no_registry(text: str) -> None:
    for parse in (RegistryAddress.parse, ImageReference.parse):
        with pytest.raises(InvalidReferenceError):
            parse(f"{text}/" if parse is RegistryAddress.parse else f"{text}/app")


@pytest.mark.parametrize(
    "name, base_url",
    [
        ("r.example", "https://r.example"),
        ("r.example/docker", "https://r.example/docker"),
        ("localhost:5000/docker", "http://localhost:5000/docker"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("oci:/srv/images", ""),
    ],
)
def test_a_name_leads_back_to_its_address(name: str, base_url: str) -> None:
    address = RegistryAddress.of_name(name)
    assert (address.name, address.base_url) == (name, base_url)


def test_a_name_reached_over_plain_http_needs_to_be_told_so() -> None:
    address = RegistryAddress.of_name("r.example/docker", plain_http=True)
    assert address.base_url == "http://r.example/docker"


@pytest.mark.parametrize(
    "text, name",
    [
        ("http://R.example/", "r.example"),
        ("R.example/docker", "r.example/docker"),
        ("oci:/srv/X", "oci:/srv/X"),
        ("production", "production"),
        ("not an address", "not an address"),
        ("", ""),
    ],
)
def test_whatever_people_write_becomes_a_name(text: str, name: str) -> None:
    assert registry_name(text) == name


@given(st.text(max_size=40))
def test_a_name_of_a_name_is_itself(text: str) -> None:
    assert registry_name(registry_name(text)) == registry_name(text)


def test_an_address_with_a_path_says_how_to_name_a_repository() -> None:
    with pytest.raises(InvalidReferenceError) as caught:
        RegistryAddress.parse("LOCALHOST:5000/team/app/")
    assert caught.value.next_step == (
        "audit localhost:5000 and name the repository with --repository team/app"
    )


@pytest.mark.parametrize(
    "text, expected",
    [
        ("LOCALHOST:5000/app", ImageReference("app", registry="localhost:5000")),
        ("HTTP://Localhost:5000/app/", ImageReference("app", registry="localhost:5000")),
        ("http://registry/app:1", ImageReference("app", registry="registry", tag="1")),
        ("LocalHost/app", ImageReference("app", registry="localhost")),
        ("[0:0::1]:5000/app", ImageReference("app", registry="[::1]:5000")),
        ("team/app/", ImageReference("team/app")),
    ],
)
def test_scheme_capitals_of_a_host_and_a_last_slash_make_no_difference(
    text: str, expected: ImageReference
) -> None:
    assert ImageReference.parse(text) == expected


KNOWN = ("r.example", "r.example/docker", "registry", "localhost:5000")


@pytest.mark.parametrize(
    "text, registry, repository",
    [
        ("r.example/app", "r.example", "app"),
        ("R.example/docker/app:1", "r.example/docker", "app"),
        ("r.example/dockers/app", "r.example", "dockers/app"),
        ("registry/app", "registry", "app"),
        ("registry", "", "registry"),
        ("registry:2", "", "registry"),
        ("other.example/app", "other.example", "app"),
        ("oci:/srv/x//app", "oci:/srv/x", "app"),
    ],
)
def test_the_longest_known_registry_that_a_reference_begins_with_counts(
    text: str, registry: str, repository: str
) -> None:
    reference = ImageReference.parse(text, KNOWN)
    assert (reference.registry, reference.repository) == (registry, repository)


@pytest.mark.parametrize(
    "text", ["localhost:5000", "LOCALHOST:5000/", "http://r.example/docker/", "oci:/srv/x//"]
)
def test_a_registry_alone_is_no_image(text: str) -> None:
    with pytest.raises(InvalidReferenceError, match="names a registry and no repository"):
        ImageReference.parse(text, KNOWN)


@pytest.mark.parametrize(
    "written",
    ["oci:images/app", "oci:./images//app/", "oci:images/../images/app", "oci:linked/app"],
)
def test_a_folder_has_one_name_however_it_is_written(
    written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "linked").symlink_to("images")
    folder = (tmp_path / "images" / "app").resolve()
    address = RegistryAddress.parse(written)
    assert (address.name, address.directory) == (f"oci:{folder}", str(folder))
    assert registry_name(written) == address.name
    assert ImageReference.parse(f"{written}//app:1").registry == address.name


def test_a_folder_known_by_another_name_since_earlier_is_found_by_it() -> None:
    reference = ImageReference.parse("oci:images/app//app:1", ["oci:images/app"])
    assert reference.registry == "oci:images/app"
