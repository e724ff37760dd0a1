from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from userops.ledger.customers import CUSTOMERS

SCHEMA = {"user_id": pl.String, "day": pl.Int32, "amount": pl.Int64, "orders": pl.Int32}
orders = st.lists(
    st.tuples(
        st.sampled_from(["b", "a", "10", "9", "Z", "é", "中"]),
        st.integers(-5, 5),
        st.integers(-(10**15), 10**15),
        st.sampled_from([1, 1, 1, 0]),
    ),
    max_size=40,
)


@given(orders)
def test_customers(given) -> None:
    found = CUSTOMERS(pl.LazyFrame(given, schema=SCHEMA, orient="row")).collect()
    wanted = []
    for user in sorted({row[0] for row in given}):  # by code points, as everywhere
        own = [row for row in given if row[0] == user]
        days = [day for _, day, _, count in own if count]
        if days:
            spent = sum(amount for _, _, amount, _ in own)
            wanted.append((user, min(days), max(days), len(days), spent))
    assert found.rows() == wanted
    assert found.columns == ["user_id", "first_day", "last_day", "orders", "amount"]


def test_a_refund_without_its_order_is_no_order() -> None:
    rows = [("a", 1, 500, 1), ("a", 9, -200, 0), ("b", 2, -100, 0)]
    found = CUSTOMERS(pl.LazyFrame(rows, schema=SCHEMA, orient="row")).collect()
    assert found.rows() == [("a", 1, 1, 1, 300)]
