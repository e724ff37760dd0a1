"""Ids as numbers: there and back, in the same order, and nothing else taken for one."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.ways import carefully
from userops.readers.fast.integer_ids import IdForm, form_of, form_of_all

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


@given(PREFIXES, st.lists(st.integers(0, 10**15 - 1), min_size=1, max_size=20), st.booleans())
def test_any_number_of_digits(prefix: str, numbers: list[int], whole: bool) -> None:
    whole &= not prefix
    ids = numbers if whole else [f"{prefix}{number}" for number in numbers]
    sample = pl.Series("id", ids)
    form = form_of_all([sample], 15)
    assert form is not None
    found = sample.to_frame().select(
        number=form.number(pl.col("id"), whole=whole),
        other=form.is_other(pl.col("id"), whole=whole),
    )
    assert not found["other"].any()
    texts = found.select(form.text(pl.col("number"))).to_series().to_list()
    assert texts == [str(one) for one in ids]
    if form.sorts(found["number"]):
        ordered = sorted(zip(found["number"], texts, strict=True))
        assert [text for _, text in ordered] == sorted(texts)


@given(st.text(st.sampled_from([*DIGITS, "U", "+", "-", " ", "用", "１"]), max_size=6))
def test_whatever_isnt_a_number_without_zeros_in_front_is_seen(text: str) -> None:
    form = IdForm("U", 4, vary=True)
    row = pl.DataFrame({"id": [text]}).select(other=form.is_other(pl.col("id")))
    assert row["other"].any() == (re.fullmatch("U(0|[1-9][0-9]{0,3})", text) is None)


@pytest.mark.parametrize("odd", [-1, 10**15, 2**62])
def test_whole_numbers_that_are_none(odd: int) -> None:
    form = form_of_all([pl.Series("id", [1, 20])], 15)
    assert form is not None
    row = pl.DataFrame({"id": [odd]}).select(other=form.is_other(pl.col("id"), whole=True))
    assert row["other"].all()
    assert form_of_all([pl.Series("id", [1, odd])], 15) is None


def test_exports_of_one_form() -> None:
    whole, text = pl.Series("a", [5, 17]), pl.Series("b", ["5", "123"])
    assert form_of_all([whole, text], 15) == IdForm("", 15, vary=True)
    assert form_of_all([whole, pl.Series("b", ["U5"])], 15) is None
    assert form_of_all([whole, pl.Series("b", ["05"])], 15) is None
    assert form_of_all([pl.Series("a", ["0123456", "7654321"])], 15) == IdForm("", 7)


@given(
    st.text(st.sampled_from([*DIGITS, "U", "+", "-", " ", "_", "用", "１", "\t", "\0"]), max_size=6)
)
def test_whatever_isnt_of_the_form_is_seen(text: str) -> None:
    form = IdForm("U", 4)
    row = pl.DataFrame({"id": [text]}).select(other=form.is_other(pl.col("id")))
    good = len(text) == 5 and text[0] == "U" and all(one in DIGITS for one in text[1:])
    assert row["other"].any() == (not good)


@pytest.mark.parametrize(
    "ids",
    [["a"], ["U1", "U22"], ["U1", "V1"], ["U1", None], [], ["138****1234"], ["4E+18"], ["a1b2"]],
)
def test_no_one_form(ids: list[str | None]) -> None:
    assert form_of(pl.Series("id", ids, dtype=pl.String)) is None


@pytest.mark.parametrize("odd", ["U+0000001", "U0000001 ", "V00000001", "U000000001", "ghost", ""])
@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_one_odd_id_far_down(tmp_path: Path, odd: str, status: str) -> None:
    """Whatever the fast way makes of it, the result is the strict way's."""
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
    assert ("ghost" in found["segment"]) == (odd == "ghost" and status == "paid")


@pytest.mark.parametrize("late", ["007", "-5", "ghost", "1000000000000000000000", "8"])
@pytest.mark.parametrize(
    "asked",
    [("segment",), ("lifecycle",), ("lifecycle", "--show", "users"), ("cohorts", "--show", "long"),
     ("cohorts", "--measure", "revenue"), ("cohorts", "--returning", "on-or-after"),
     ("cohorts", "--measure", "orders", "--period", "week"), ("lifecycle", "--show", "flow"),
     ("repurchase", "--show", "orders"), ("ltv", "--show", "cohorts")],
)  # fmt: skip
def test_ids_that_count_up(asked: tuple[str, ...], late: str, tmp_path: Path) -> None:
    """Text or whole numbers: they sort as texts, whatever comes far down."""
    rows = [
        (
            str(n),
            str(n % 997 * 13 + 1) if n != 2_500 else late,
            f"2024-0{1 + n % 9}-1{n % 7}",
            n % 5,
        )
        for n in range(3_000)
    ]
    columns = ["order_id", "user_id", "order_time", "amount"]
    orders = pl.DataFrame(rows, schema=columns, orient="row")
    orders.write_csv(tmp_path / "orders.csv")
    fast = userops(*asked, tmp_path / "orders.csv")
    with carefully():
        slow = userops(*asked, tmp_path / "orders.csv")
    assert fast.code == 0, fast.err
    assert (fast.out, fast.err) == (slow.out, slow.err)
    if late in ("-5", "8"):
        day = pl.col("order_time").str.to_date()
        whole = orders.with_columns(pl.col("user_id").cast(pl.Int64), day)
        whole.write_parquet(tmp_path / "orders.parquet")
        assert userops(*asked, tmp_path / "orders.parquet").out == fast.out


@pytest.mark.parametrize("form", ["{}", "U{:05}", "u{}x"])
def test_values_of_users_whose_ids_are_numbers_or_none(form: str, tmp_path: Path) -> None:
    sample = pl.read_csv(SAMPLES / "cdnow" / "sample.csv", infer_schema=False)
    orders = tmp_path / "orders.csv"
    ids = [form.format(int(one)) for one in sample["user_id"]]
    sample.with_columns(user_id=pl.Series(ids)).write_csv(orders)
    fast = userops("ltv", "--show", "users", orders)
    with carefully():
        slow = userops("ltv", "--show", "users", orders)
    assert fast.code == 0, fast.err
    assert fast.text.count("\n") == 2_358
    assert (fast.out, fast.err) == (slow.out, slow.err)


@pytest.mark.parametrize("digits", [15, 16, 18])
@pytest.mark.parametrize(
    "asked",
    [("segment",), ("lifecycle",), ("cohorts", "--show", "long"), ("cohorts", "--period", "week"),
     ("cohorts", "--measure", "revenue"), ("lifecycle", "--show", "flow"),
     ("repurchase", "--show", "orders"), ("ltv", "--show", "cohorts")],
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
