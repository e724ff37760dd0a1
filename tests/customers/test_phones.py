"""Phones in one spelling, and whose they are."""

from __future__ import annotations

import polars as pl
import pytest

from userops.customers import phones


def one(expression: pl.Expr, text: str | None) -> object:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String}).select(expression).item()


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("(86)138–0013–8000", "13800138000"),
        ("+1 (415) 555-0100", "14155550100"),
        ("138****8000", None),
        ("王芳", None),
        (None, None),
    ],
)
def test_spellings_of_a_phone_are_one(written: str | None, digits: str | None) -> None:
    assert one(phones.plain(pl.col("x")), written) == digits


@pytest.mark.parametrize(
    ("user_id", "is_phone"),
    [
        ("13800138000", True),
        ("8613800138000", True),
        ("+86 138-0013-8000", True),
        ("+14155550100", True),
        ("14155550100", True),  # as China's are written
        ("12345678901", False),
        ("10001", False),
        ("20250101000001", False),
        ("u13800138000", False),
        ("138****8000", False),
    ],
)
def test_of_ids_a_mobiles_number_is_a_phone(user_id: str, is_phone: bool) -> None:
    assert one(phones.of_id(pl.col("x")), user_id) == (user_id if is_phone else None)


def test_numbers_are_of_the_export_and_of_ids_and_what_two_have_is_nobodys_own() -> None:
    told = pl.DataFrame({"user_id": ["a", "b"], "phone": ["138 0013 8000", "139 0013 9000"]})
    found = phones.numbers(told, pl.Series(["a", "b", "13900139000", "8613711112222"]))
    assert found.rows() == [
        ("13900139000", "13900139000"),
        ("8613711112222", "13711112222"),
        ("a", "13800138000"),
        ("b", "13900139000"),
    ]
    assert phones.own(found)["user_id"].to_list() == ["8613711112222", "a"]
