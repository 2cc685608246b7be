from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.errors import UsageError
from auditor.domain.units import GIB, Price, format_bytes, parse_amount, parse_bytes, round_money


@pytest.mark.parametrize(
    "size_bytes, text",
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9994, "9.99 kB"),
        (9995, "10.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (1_830_000_000, "1.83 GB"),
        (-1500, "-1.50 kB"),
        (2**63 - 1, "9.22 EB"),
        (10**30, "1000000000000 EB"),
    ],
)
def test_sizes_have_three_digits_and_decimal_units(size_bytes: int, text: str) -> None:
    assert format_bytes(size_bytes) == text


@given(st.integers(1000, 10**21 - 10**18))
def test_there_are_always_three_significant_digits(size_bytes: int) -> None:
    number, unit = format_bytes(size_bytes).split()
    assert len(number.replace(".", "")) == 3
    assert unit in ("kB", "MB", "GB", "TB", "PB", "EB")


@given(st.integers(0, 10**20), st.integers(0, 10**20))
def test_a_larger_size_never_prints_as_a_smaller_one(one: int, two: int) -> None:
    def value(size_bytes: int) -> Decimal:
        number, unit = format_bytes(size_bytes).split()
        power = ("B", "kB", "MB", "GB", "TB", "PB", "EB").index(unit)
        return Decimal(number).scaleb(3 * power)

    smaller, larger = sorted((one, two))
    assert value(smaller) <= value(larger)


def test_money_is_exact_until_it_is_rounded() -> None:
    price = Price(Decimal("0.10"), "USD", GIB)
    assert price.monthly_cost(GIB * 3) == Decimal("0.30")
    assert round_money(Decimal("0.00005")) == Decimal("0.0000")
    assert round_money(Decimal("1.23456")) == Decimal("1.2346")


@pytest.mark.parametrize(
    "text, size_bytes",
    [
        ("0", 0),
        ("1500000000", 1_500_000_000),
        ("1.5GB", 1_500_000_000),
        ("1.5 gb", 1_500_000_000),
        (" 3GiB ", 3 * 2**30),
        ("2kB", 2_000),
        ("2KiB", 2_048),
        ("7 B", 7),
        ("12.345678901 GiB", 13_256_071_782),
        ("8EB", 8 * 10**18),
    ],
)
def test_sizes_are_read_in_decimal_and_binary_units(text: str, size_bytes: int) -> None:
    assert parse_bytes(text) == size_bytes


@pytest.mark.parametrize(
    "text",
    ["", "-1", "1.5", "0.5 B", "1e9", "nan", "GB", "1 XB", "1,5GB", "9e99GB", "9EiB", "٣GB", "1_0"],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a number of bytes"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["0", "12", "1234.56", " 0.0001 "])
def test_an_amount_keeps_its_digits(text: str) -> None:
    assert str(parse_amount(text)) == text.strip()


@pytest.mark.parametrize("text", ["", "-1", "1,234.56", "NaN", "Infinity", "1e3", "9" * 16, "$5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an amount"):
        parse_amount(text)
