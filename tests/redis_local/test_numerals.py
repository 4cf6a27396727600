"""Numbers are read and printed as Redis does."""

import math

import pytest

from redis_local.numerals import format_number, parse_number


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (-0.0, "0"), (2.0, "2"), (0.1, "0.1"), (1e3, "1000"), (123456789012345678.0, "123456789012345680"),
     (0.1234567890123456789, "0.123456789012"), (1e17, "100000000000000000"), (-(2.0**63), "-9223372036854775808"),
     (2.0**63, "9.22337203685e+18"), (1e-7, "1e-07"), (1e300, "1e+300"), (math.inf, "inf"), (-math.inf, "-inf"),
     (math.nan, "nan"), (-math.nan, "-nan"), (1.5e10, "15000000000"), (1234567.89012345, "1234567.89012")],
)  # fmt: skip
def test_printed(number: float, text: str) -> None:
    assert format_number(number) == text.encode()


@pytest.mark.parametrize(
    "raw", [b"1", b"+1", b"-.5", b"5.", b"1e3", b"1E-3", b"inf", b"-Infinity", b"0e999", b"-0", b"5e-324"]
)
def test_numbers(raw: bytes) -> None:
    assert parse_number(raw) == float(raw)


@pytest.mark.parametrize(
    ("raw", "number"),
    [(b"0x10", 16), (b"-0X1f", -31), (b"+0x1p3", 8), (b"0x.8", 0.5), (b"0x1.8p-1", 0.75), (b"0x0", 0)],
)
def test_hexadecimal_numbers(raw: bytes, number: float) -> None:
    assert parse_number(raw) == number


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" 1",
        b"1 ",
        b"nan",
        b"0x",
        b"0xg",
        b"x1",
        b"0x1p",
        b"0x1p9999",
        b"0x1p-9999",
        b"1_0",
        b"1e999",
        b"-1e999",
        b"1e-999",
        b"1e",
        b"e1",
        b".",
        b"1" * 5000,
    ],
)
def test_not_numbers(raw: bytes) -> None:
    with pytest.raises(ValueError, match="not a number|out of range"):
        parse_number(raw)
