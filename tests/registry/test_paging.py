from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import ProtocolError
from auditor.registry.paging import PageGuard, next_page, parse_links

PAGE = "https://r.test/v2/_catalog?n=2"
BASE = "https://r.test"


def guard_of(pages: int = 10, *, most: int = 100, total_bytes: int = 1000) -> PageGuard:
    return PageGuard("the catalogue", pages, most, total_bytes)


@pytest.mark.parametrize(
    "value, address",
    [
        ('</v2/_catalog?last=b&n=2>; rel="next"', "https://r.test/v2/_catalog?last=b&n=2"),
        ("<_catalog?last=b>;rel=next", "https://r.test/v2/_catalog?last=b"),
        ("<https://r.test/v2/x?last=b>; Rel=NEXT", "https://r.test/v2/x?last=b"),
        ('</p>; rel="prev" , </n>; rel="next"', "https://r.test/n"),
        ('</p>; title="a,b;c"; rel="first next"', "https://r.test/p"),
        ('<https://evil.test/v2/x?a=1>; rel="next"', "https://r.test/v2/x?a=1"),
        ('<http://169.254.169.254/latest>; rel="next"', "https://r.test/latest"),
        ('</p>; rel="prev"', None),
        ("</p>", None),
        ("", None),
        ("<>; rel=next", None),
        ("<http://[::1>; rel=next", None),
        ("nonsense", None),
    ],
)
def test_the_next_page_is_on_the_registry_itself(value: str, address: str | None) -> None:
    assert next_page([value], page_url=PAGE, base_url=BASE) == address


def test_a_lost_path_prefix_is_put_back() -> None:
    links = ['</v2/_catalog?last=b>; rel="next"']
    base = "https://r.test/docker"
    assert next_page(links, page_url=f"{base}/v2/_catalog", base_url=base) == (
        "https://r.test/docker/v2/_catalog?last=b"
    )


def test_links_of_several_headers_are_read_together() -> None:
    links = parse_links(['</a>; rel="prev"', '</b>; rel="next"'])
    assert [link.target for link in links] == ["/a", "/b"]


@given(st.text(max_size=300))
def test_any_link_header_is_read_without_an_error(value: str) -> None:
    address = next_page([value], page_url=PAGE, base_url=BASE)
    assert address is None or address.startswith("https://r.test")


def test_a_page_already_read_is_an_error() -> None:
    guard = guard_of(10)
    guard.enter("a")
    with pytest.raises(ProtocolError, match="already read"):
        guard.enter("a")


def test_too_many_pages_are_an_error() -> None:
    guard = guard_of(2)
    guard.enter("a")
    guard.enter("b")
    with pytest.raises(ProtocolError, match="more than 2 pages"):
        guard.enter("c")


def test_a_page_with_nothing_new_is_the_end_only_if_it_is_the_last() -> None:
    guard = guard_of(10)
    assert guard.fresh(["a", "b", "a"], has_next=True) == ("a", "b")
    assert guard.fresh(["b"], has_next=False) == ()
    with pytest.raises(ProtocolError, match="repeats itself"):
        guard.fresh(["a", "b"], has_next=True)


def test_more_entries_than_may_be_kept_are_cut_and_an_error_afterwards() -> None:
    guard = guard_of(most=3)
    assert guard.fresh(["a", "b"], has_next=True) == ("a", "b")
    guard.leave()
    assert guard.fresh(["b", "c", "d", "e"], has_next=True) == ("c",)
    with pytest.raises(ProtocolError, match="names more than 3"):
        guard.leave()


def test_exactly_as_many_entries_as_may_be_kept_are_no_error() -> None:
    guard = guard_of(most=2)
    assert guard.fresh(["a", "b"], has_next=False) == ("a", "b")
    guard.leave()


def test_pages_and_their_addresses_weigh_together() -> None:
    guard = guard_of(total_bytes=100)
    guard.enter("x" * 40)
    guard.weigh(60)
    with pytest.raises(ProtocolError, match="takes more than 100 bytes"):
        guard.enter("y")
