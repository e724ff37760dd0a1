"""What customers brought by when, held to plain loops."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from userops.customers.buyers import amounts_within
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS

# A user, a day, an amount in cents, and whether it's an order or a refund whose order isn't there.
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(20_000, 20_040),
        st.integers(-5_000, 20_000),
        st.booleans(),
    ),
    max_size=40,
)


@given(ROWS, st.integers(0, 45))
def test_amounts_within_are_what_adding_up_gives(
    rows: list[tuple[str, int, int, bool]], days: int
) -> None:
    orders = pl.DataFrame(
        rows,
        schema={"user_id": pl.String, "day": pl.Int32, "amount": pl.Int64, "orders": pl.Boolean},
        orient="row",
    ).with_columns(pl.col("orders").cast(pl.Int32))
    customers = CUSTOMERS(orders.lazy()).collect()
    keys = timeline.SORT_KEYS_WITH_AMOUNTS(orders.lazy()).collect()
    line = timeline.build(customers, keys, lambda: orders)
    firsts = {user: min(one[1] for one in rows if one[0] == user and one[3]) for user in customers["user_id"]}  # fmt: skip
    expected = [
        sum(one[2] for one in rows if one[0] == user and one[1] <= first + days)
        for user, first in firsts.items()
    ]
    assert amounts_within(customers, line, days).tolist() == expected
