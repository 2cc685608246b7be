from __future__ import annotations

import io
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import FileStorage, MultiDict

from auditor.domain.errors import UsageError
from auditor.domain.estimates import (
    Alternative,
    Choice,
    Compression,
    EstimateRequest,
    Interval,
    ListFile,
    Usage,
)
from auditor.domain.packages import Ecosystem
from auditor.domain.platform import Platform
from tests.fakes.estimates import flask_estimate, from_scratch, package
from web.estimate_query import (
    BUILT,
    LONGEST_LIST,
    MOST_FILE_BYTES,
    MOST_FILES,
    NAMES,
    OF_FILES,
    EstimateFields,
    as_fields,
    sent_files,
)

USUAL = EstimateRequest(
    platform=Platform("linux", "arm64"), usage=Usage(link_bytes_per_second=25e6)
)


def read(*pairs: tuple[str, str]) -> EstimateFields:
    return EstimateFields.read(MultiDict(pairs))


def asked(**written: str) -> EstimateRequest:
    return EstimateFields(**written).request(USUAL)


def sent(*files: tuple[str, bytes]) -> tuple[ListFile, ...]:
    return sent_files(
        MultiDict(
            ("from", FileStorage(io.BytesIO(content), filename=name)) for name, content in files
        )
    )


def test_what_is_not_said_is_as_usual() -> None:
    request = asked(base="python:3.12-slim")
    assert request == replace(USUAL, base="python:3.12-slim")


def test_every_field_reaches_the_request() -> None:
    request = asked(
        base="debian:trixie",
        platform="linux/amd64",
        apt="git,curl",
        apk="git",
        pip="flask>=3, uvicorn[standard]",
        npm="express@^4",
        files="12MB",
        dev="1",
        recommends="true",
        caches="on",
        no_byte_code="yes",
        compression="ZSTD",
        python="3.12",
        distribution="debian:trixie",
        extra="postgres, dev",
        registry="registry.example.com/team/app",
        tags="1,200",
        growth="-2.5 %",
        pulls="3000",
        bandwidth="0.5",
        target="final",
        build_arg="LIST=a,b, EMPTY=",
        size="/opt/a=b.bin=1.5GB, /x=3",
        alone="1",
    )
    assert [kind for kind, _ in request.names] == list(Ecosystem)
    assert dict(request.names)[Ecosystem.PIP] == "flask>=3, uvicorn[standard]"
    assert request.own[0].compressed == Interval.exactly(12_000_000)
    options = request.options
    assert (options.dev, options.recommends, options.keeps_caches) == (True, True, True)
    assert (options.is_compiled, options.compression) == (False, Compression.ZSTD)
    assert request.usage == Usage(1200, -0.025, 3000, 62_500.0)
    assert request.build_arguments == (("LIST", "a,b"), ("EMPTY", ""))
    assert request.stated == (("/opt/a=b.bin", 1_500_000_000), ("/x", 3))
    assert request.extras == ("postgres", "dev")
    assert (request.target, request.registry) == ("final", "registry.example.com/team/app")
    assert (request.python, request.distribution) == ("3.12", "debian:trixie")
    assert not request.has_alternatives
    assert request.platform == Platform("linux", "amd64")


def test_lines_and_repeated_names_go_on() -> None:
    found = read(
        ("pip", "flask\r\ngunicorn,\n\n  "), ("pip", "celery"), ("base", " a "), ("x", "1")
    )
    assert (found.pip, found.base) == ("flask, gunicorn, celery", "a")


def test_a_text_of_nothing_but_spaces_takes_no_time() -> None:
    assert read(("pip", " " * 500_000 + "\n" * 500_000)).pip == ""


@pytest.mark.parametrize(
    "field,text,said",
    [
        *((name, "x" * 10_000, f"{name} has 10,000 characters") for name in NAMES),
        *((name, "a\x1b[2J", f"{name} has control characters") for name in NAMES),
        ("platform", "amd64", "not a platform"),
        ("files", "much", "files is not a number of bytes"),
        ("dev", "perhaps", "not a usable dev"),
        ("compression", "rar", "not a usable compression"),
        ("tags", "-1", "not a usable tags"),
        ("tags", "9" * 30, "not a usable tags"),
        ("tags", "²", "not a usable tags"),
        ("pulls", "many", "not a usable pulls"),
        ("growth", "nan", "not a usable growth"),
        ("growth", "1e9", "not a usable growth"),
        ("growth", "-101", "not a usable growth"),
        ("bandwidth", "0", "not a usable bandwidth"),
        ("bandwidth", "inf", "not a usable bandwidth"),
        ("size", "/opt", "size: /opt is not NAME=VALUE"),
        ("size", "/opt=much", "size of /opt is not a number of bytes"),
        ("build_arg", "=1", "build_arg: =1 is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_field(field: str, text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked(**{field: text})
    assert refused.value.message.startswith(said)
    assert refused.value.next_step


def test_lists_may_be_longer_than_other_fields() -> None:
    assert dict(asked(pip="a" * LONGEST_LIST).names)[Ecosystem.PIP] == "a" * LONGEST_LIST


def test_only_what_can_be_estimated_is_a_question() -> None:
    questions = {name for name in NAMES if EstimateFields(**{name: "1"}).is_question}
    assert questions == {"base", "apt", "apk", "pip", "npm", "files"}


def test_every_field_is_shown_in_one_part_of_the_form() -> None:
    shown = ["base", "platform", "apt", "apk", "pip", "npm", "files", *BUILT, *OF_FILES, "alone"]
    assert sorted(shown) == sorted(NAMES)


def test_what_is_said_is_named_in_few_words() -> None:
    given = EstimateFields(dev="1", no_byte_code="1", tags="12")
    assert given.said(*BUILT) == "dev, no byte code, tags 12"
    assert given.said(*OF_FILES) == ""


@given(st.fixed_dictionaries({one.name: st.text(max_size=9) for one in fields(EstimateFields)}))
def test_an_address_made_of_fields_is_read_as_the_same_fields(written: dict[str, str]) -> None:
    once = EstimateFields.read(MultiDict(written))
    assert EstimateFields.read(MultiDict(once.arguments())) == once


def test_files_are_told_by_the_last_part_of_their_names() -> None:
    found = sent(("../../etc/requirements.txt", b"flask"), ("C:\\x\\Dockerfile.prod", b"FROM a"))
    assert found == (ListFile("requirements.txt", b"flask"), ListFile("Dockerfile.prod", b"FROM a"))
    request = EstimateFields().request(USUAL, found)
    assert request.files == found[:1]
    assert request.dockerfile == found[1]


def test_a_field_without_a_file_is_none() -> None:
    assert sent(("", b"")) == ()


def test_two_dockerfiles_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="there are 2 Dockerfiles"):
        EstimateFields().request(USUAL, sent(("Dockerfile", b""), ("a.dockerfile", b"")))


def test_files_are_read_up_to_a_limit_for_all_of_them() -> None:
    half = bytes(MOST_FILE_BYTES // 2)
    assert len(sent(("a", half), ("b", half))) == 2
    with pytest.raises(UsageError, match="with c more was sent than the 20 MB"):
        sent(("a", half), ("b", half), ("c", b"1"))
    with pytest.raises(UsageError, match="51 files were sent"):
        sent(*[("a", b"")] * (MOST_FILES + 1))


def test_files_become_the_packages_they_asked_for() -> None:
    fields_of = as_fields(EstimateFields(base="x", target="final", dev="1"), flask_estimate())
    assert fields_of == EstimateFields(
        base="python:3.12-slim",
        apt="curl, libpq5",
        pip="flask==3.1.2, gunicorn==23.0.0",
        files="12000000",
        dev="1",
    )
    of_nothing = as_fields(EstimateFields(), from_scratch())
    assert of_nothing == EstimateFields(base="scratch", files="9000000")


def test_too_many_packages_fit_into_no_address() -> None:
    found = flask_estimate()
    many = tuple(package(f"package-{number}", 1) for number in range(400))
    found = replace(found, parts=(replace(found.parts[2], packages=many),))
    assert as_fields(EstimateFields(), found) is None


@pytest.mark.parametrize(
    "choice,changed",
    [
        (Choice.BASE, {"base": "alpine:3.22"}),
        (Choice.RECOMMENDS, {"recommends": "1"}),
        (Choice.CACHES, {"caches": ""}),
        (Choice.BYTE_CODE, {"no_byte_code": "1"}),
        (Choice.ZSTD, {"compression": "zstd"}),
    ],
)
def test_an_alternative_is_asked_for_by_fields(choice: Choice, changed: dict[str, str]) -> None:
    given = EstimateFields(base="debian", caches="1")
    other = Alternative(choice, "another", Interval.exactly(1), base="alpine:3.22")
    assert given.otherwise(other) == replace(given, **changed)


@pytest.mark.parametrize("choice", [Choice.BASE, Choice.STAGE, Choice.PRODUCTION])
def test_what_fields_cannot_say_has_none(choice: Choice) -> None:
    assert EstimateFields().otherwise(Alternative(choice, "x", Interval.exactly(1))) is None
