"""Ids as numbers: there and back, in the same order, and nothing else taken for one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.running import carefully, userops
from userops.sources.numbered import Numbered, form_of

PREFIXES = st.sampled_from(["", "U", "user-", "用户", "ab_"])
DIGITS = "0123456789"


@given(PREFIXES, st.integers(1, 18), st.data())
def test_there_and_back_and_in_order(prefix: str, digits: int, data: st.DataObject) -> None:
    one = st.text(DIGITS, min_size=digits, max_size=digits).map(lambda text: prefix + text)
    ids = data.draw(st.lists(one, min_size=1, max_size=20))
    sample = pl.Series("id", ids)
    form = form_of(sample)
    assert form is not None
    found = sample.to_frame().select(
        number=form.number(pl.col("id")), other=form.is_other(pl.col("id"))
    )
    assert not found["other"].any()
    assert found.select(form.text(pl.col("number"))).to_series().to_list() == ids
    ordered = sorted(zip(found["number"], ids, strict=True))
    assert [text for _, text in ordered] == sorted(ids)


@given(
    st.text(st.sampled_from([*DIGITS, "U", "+", "-", " ", "_", "用", "１", "\t", "\0"]), max_size=6)
)
def test_whatever_isnt_of_the_form_is_seen(text: str) -> None:
    form = Numbered("U", 4)
    row = pl.DataFrame({"id": [text]}).select(other=form.is_other(pl.col("id")))
    good = len(text) == 5 and text[0] == "U" and all(one in DIGITS for one in text[1:])
    assert row["other"].any() == (not good)


@pytest.mark.parametrize(
    "ids",
    [["a"], ["U1", "U22"], ["U1", "V1"], ["U1", None], [], ["138****1234"], ["4E+18"], ["a1b2"]],
)
def test_no_one_form(ids: list[str | None]) -> None:
    assert form_of(pl.Series("id", ids, dtype=pl.String)) is None


@pytest.mark.parametrize("odd", ["U+0000001", "U0000001 ", "V00000001", "U000000001", "guest", ""])
@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_one_odd_id_far_down(tmp_path: Path, odd: str, status: str) -> None:
    """Whatever the fast way makes of it, the result is the careful way's."""
    ids = [f"U{number % 700:08d}" for number in range(4_000)]
    ids[3_333] = odd
    orders = pl.DataFrame(
        {
            "order_id": range(4_000),
            "user_id": ids,
            "order_time": ["2025-03-04 10:00:00"] * 4_000,
            "amount": [1.5] * 4_000,
            "status": [status if number == 3_333 else "paid" for number in range(4_000)],
        }
    )
    orders.write_csv(tmp_path / "orders.csv")
    found = {}
    for command in ("segment", "cohorts", "lifecycle"):
        fast = userops(command, tmp_path / "orders.csv", "-f", "json", "--show", "all")
        with carefully():
            slow = userops(command, tmp_path / "orders.csv", "-f", "json", "--show", "all")
        assert fast.code == slow.code == 0, fast.err
        assert fast.text == slow.text
        found[command] = fast.text
    assert ("guest" in found["segment"]) == (odd == "guest" and status == "paid")


@pytest.mark.parametrize("digits", [15, 16, 18])
@pytest.mark.parametrize(
    "asked",
    [("segment",), ("lifecycle",), ("cohorts", "--show", "long"), ("cohorts", "--period", "week"),
     ("lifecycle", "--show", "flow"), ("repurchase", "--show", "orders")],
)  # fmt: skip
def test_however_many_digits(asked: tuple[str, ...], digits: int, tmp_path: Path) -> None:
    """Numbers with room for a day beside them, and those without."""
    orders = tmp_path / "orders.csv"
    rows = [
        f"{n},U{(10**digits - 1 - n % 7 * 10 ** (digits - 2)):0{digits}},2024-0{1 + n % 9}-1{n % 9},5"
        for n in range(60)
    ]
    orders.write_text("order_id,user_id,order_time,amount\n" + "\n".join(rows) + "\n")
    fast = userops(*asked, orders)
    with carefully():
        slow = userops(*asked, orders)
    assert fast.code == 0
    assert (fast.out, fast.err) == (slow.out, slow.err)
