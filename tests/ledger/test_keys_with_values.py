"""Sort keys with values come in order, in parts that no user is in two of."""

from __future__ import annotations

from unittest import mock

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from userops.engines import parallel
from userops.ledger import sort_keys

USERS = st.sampled_from([0, 1, 2, 10**6, 10**6 + 1, 10**11, 10**15 - 1])
VALUES = st.one_of(st.integers(-9, 9), st.integers(0, 2**20), st.sampled_from([-(10**15), 10**15]))


@given(
    st.lists(st.tuples(USERS, st.integers(0, 4095), VALUES), max_size=60),
    st.integers(-5_000, 30_000),
    st.sampled_from([1, 7, 500_000]),
)
def test_in_order(rows: list[tuple[int, int, int]], begin: int, size: int) -> None:
    first = begin + min((day for _, day, _ in rows), default=0)
    last = begin + max((day for _, day, _ in rows), default=0)
    base = sort_keys.base_of(first, last)
    assert base is not None
    orders = pl.DataFrame(
        [(user, begin + day, value) for user, day, value in rows],
        schema={"user_id": pl.UInt64, "day": pl.Int32, "value": pl.Int64},
        orient="row",
    ).with_columns(sort_keys.id_key())

    def listed(keys: parallel.Ints, values: parallel.Ints) -> list[tuple[int, int, int]]:
        return [
            (int(key) >> sort_keys.BITS, base + (int(key) & (sort_keys.SPAN - 1)), int(value))
            for key, value in zip(keys, values, strict=True)
        ]

    with mock.patch.object(parallel, "_A_PART", size):
        parts = sort_keys.in_parts(orders["id_key"], orders["value"], base, listed)
    together = [row for part in parts for row in part]
    assert sorted(together) == sorted((user, begin + day, value) for user, day, value in rows)
    assert [row[:2] for row in together] == sorted(row[:2] for row in together)
    theirs = [{row[0] for row in part} for part in parts]
    assert sum(map(len, theirs)) == len(set().union(*theirs))
