from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from auditor.domain.errors import UsageError
from auditor.domain.views import RankBy, RankQuery
from tests.web.fake_views import NOW
from web.query import (
    PAGE_ROWS,
    RankingState,
    api_rank_query,
    image_reference,
    page_number,
    platform,
    ranking_state,
    required,
)

_DATE = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_STATES = st.builds(
    lambda by, ascending, registry, text, page, date: RankingState(
        RankQuery(
            by,
            ascending,
            registry,
            text,
            PAGE_ROWS,
            (page - 1) * PAGE_ROWS,
            _DATE if date else None,
        ),
        page,
        date,
    ),
    st.sampled_from(RankBy),
    st.booleans(),
    st.sampled_from(["", "localhost:5000"]),
    st.sampled_from(["", "a", "team/app & co", "ü%?"]),
    st.integers(1, 1_000_000),
    st.sampled_from(["", "2026-01-31"]),
)


@given(_STATES)
def test_an_address_says_the_whole_state(state: RankingState) -> None:
    arguments = {name: str(value) for name, value in state.arguments().items()}
    assert ranking_state(MultiDict(arguments), now=NOW) == state


def test_the_plain_address_is_the_largest_images_first() -> None:
    state = ranking_state(MultiDict(), now=NOW)
    assert (state.query.by, state.query.ascending, state.page) == (RankBy.SIZE, False, 1)
    assert state.arguments() == {}


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"sort": "colour"}, "sort is one of size, stored"),
        ({"sort": "__class__"}, "sort is one of"),
        ({"dir": "up"}, "dir is asc or desc"),
        ({"page": "0"}, "page is a whole number from 1"),
        ({"page": "-1"}, "page is"),
        ({"page": "1e3"}, "page is"),
        ({"page": "９"}, "page is"),  # noqa: RUF001 - a full-width digit on purpose
        ({"page": "9" * 400}, "page is"),
        ({"q": "a\x00b"}, "Shorten q"),
        ({"q": "a" * 600}, "Shorten q"),
        ({"registry": "\n"}, "Shorten registry"),
        ({"at": "yesterday"}, "write a date as 2026-11-25"),
        ({"at": "2027-01-01"}, "has not come yet"),
    ],
)
def test_what_cannot_be_answered_names_what_can(arguments: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        ranking_state(MultiDict(arguments), now=NOW)
    assert named in str(caught.value)


def test_the_api_caps_its_rows() -> None:
    assert api_rank_query(MultiDict(), most_rows=7, now=NOW).limit == 7
    with pytest.raises(UsageError, match="from 1 to 7"):
        api_rank_query(MultiDict({"limit": "8"}), most_rows=7, now=NOW)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(UsageError, match="lacks name="):
        required(MultiDict(), "name")


def test_a_tag_and_a_digest_are_told_apart() -> None:
    digest = "sha256:" + "ab" * 32
    assert str(image_reference("r.example", "a", digest).digest) == digest
    assert image_reference("r.example", "a", "1.4").tag == "1.4"


@pytest.mark.parametrize("ref", ["sha256:short", "a b", "../x", "-x", "x" * 200])
def test_what_is_no_tag_and_no_digest_is_refused(ref: str) -> None:
    with pytest.raises(UsageError):
        image_reference("r.example", "a", ref)


def test_a_platform_is_read_or_refused() -> None:
    assert str(platform(MultiDict({"platform": "linux/arm64/v8"}))) == "linux/arm64/v8"
    assert platform(MultiDict()) is None
    with pytest.raises(UsageError, match="not a platform"):
        platform(MultiDict({"platform": "linux"}))


def test_pages_begin_at_one() -> None:
    assert page_number(MultiDict()) == 1
