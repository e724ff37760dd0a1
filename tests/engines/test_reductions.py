"""A reduction gives what its plain function gives: what it says of itself changes the time alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from helpers.running import SAMPLES
from userops.core.periods import Period
from userops.customers.buyers import BUYERS
from userops.engines.reductions import Ids, Reduction
from userops.ledger.customers import (
    CUSTOMER_SPANS,
    CUSTOMER_SPANS_BY_ID,
    CUSTOMERS,
    CUSTOMERS_SINCE,
    FIRST_VALUES,
    ORDERS_BY_PERIOD,
)
from userops.ledger.event_reductions import EVENT_NAMES, EVENT_NAMES_ALONE, UNKNOWN_USERS
from userops.ledger.sessions import TIMED_USE
from userops.ledger.timeline import ORDER_DAYS, SORT_KEYS, SORT_KEYS_WITH_AMOUNTS
from userops.readers.events import Events
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

OF_ORDERS = {
    "customers": CUSTOMERS,
    "since": CUSTOMERS_SINCE.given(day=20_000),
    "spans": CUSTOMER_SPANS,
    "spans by id": CUSTOMER_SPANS_BY_ID,
    "by month": ORDERS_BY_PERIOD.given(period=Period.MONTH),
    "channels": FIRST_VALUES.given(name="channel"),
    "buyers": BUYERS,
    "order days": ORDER_DAYS,
}
OF_EVENTS = {
    "names": EVENT_NAMES,
    "names alone": EVENT_NAMES_ALONE,
    "strangers": UNKNOWN_USERS.given(known=pl.DataFrame({"user_id": ["U00001"]})),
}
PAIRS = [
    (CUSTOMERS, SORT_KEYS_WITH_AMOUNTS),
    (CUSTOMER_SPANS, SORT_KEYS),
    (CUSTOMER_SPANS_BY_ID, SORT_KEYS),
    (CUSTOMERS, SORT_KEYS),
    (BUYERS, SORT_KEYS_WITH_AMOUNTS),
]


def plain(reduction: Reduction) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    """The function alone: nothing is known of it."""
    return partial(reduction.query)


def orders(folder: Path) -> Orders:
    return Orders.open([str(SAMPLES / "shop" / "orders.csv")], ReadOptions(), folder)


def events(folder: Path) -> Events:
    return Events.open([str(SAMPLES / "shop" / "events.csv")], ReadOptions(), folder)


def same(one: pl.DataFrame, other: pl.DataFrame) -> None:
    assert_frame_equal(one, other, check_row_order=False)


@pytest.mark.parametrize("name", OF_ORDERS)
def test_a_plain_function_gives_the_same_of_orders(name: str, tmp_path: Path) -> None:
    reduction = OF_ORDERS[name]
    (declared,), facts = orders(tmp_path).reduce([reduction])
    (usual,), others = orders(tmp_path).reduce([plain(reduction)])
    same(declared, usual)
    assert facts == others


@pytest.mark.parametrize("name", OF_EVENTS)
def test_a_plain_function_gives_the_same_of_events(name: str, tmp_path: Path) -> None:
    reduction = OF_EVENTS[name]
    (declared,), facts = events(tmp_path).reduce([reduction])
    (usual,), others = events(tmp_path).reduce([plain(reduction)])
    same(declared, usual)
    assert facts == others


def test_use_of_users_is_the_same(tmp_path: Path) -> None:
    rows = [f"e{n},U{n % 7:05},2025-01-{n % 9 + 1:02} 10:00,view,{n}" for n in range(60)]
    file = tmp_path / "events.csv"
    file.write_text("event_id,user_id,event_time,event,duration_s\n" + "\n".join(rows) + "\n")
    found = [
        Events.open([str(file)], ReadOptions(), tmp_path).reduce([one])[0][0]
        for one in (TIMED_USE, plain(TIMED_USE))
    ]
    assert found[0].equals(found[1])
    assert len(found[0]) == 7


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("pair", range(len(PAIRS)))
def test_a_timeline_of_plain_functions_is_the_same(pair: int, named: bool, tmp_path: Path) -> None:
    customers, keys = PAIRS[pair]
    declared = orders(tmp_path).timeline(customers, keys, named=named)
    usual = orders(tmp_path).timeline(plain(customers), plain(keys))
    if named:
        same(declared[0], usual[0])
    for one, other in ((declared[1], usual[1]),):
        assert sorted(one.counts.tolist()) == sorted(other.counts.tolist())
        assert sorted(one.days.tolist()) == sorted(other.days.tolist())


def test_what_a_plain_function_is_taken_for() -> None:
    def everything(frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame

    reduction = Reduction.of(everything)
    assert reduction == Reduction(everything)
    assert Reduction.of(reduction) is reduction
    assert reduction.id_digits == 0
    assert reduction.names_users
    assert reduction.reads_sessions
    assert reduction.from_keys is None


def test_on_some_ids_alone() -> None:
    numbers, texts = pl.LazyFrame({"user_id": [7]}), pl.LazyFrame({"user_id": ["U7"]})
    count = Reduction(lambda frame: frame.select(pl.len().alias("users")))
    for frame in (numbers, texts):
        assert count(frame).collect().item() == 1
    assert count.on(Ids.INTEGERS)(numbers).collect().item() == 1
    assert count.on(Ids.INTEGERS)(texts).collect().is_empty()
    assert count.on(Ids.OWN)(texts).collect().item() == 1
    empty = count.on(Ids.OWN)(numbers).collect()
    assert empty.columns == ["users"]
    assert empty.is_empty()


def test_variants_leave_the_rest_as_it_is() -> None:
    variant = CUSTOMERS_SINCE.given(day=3).unnamed().on(Ids.OWN)
    assert not variant.names_users
    assert variant.id_digits == CUSTOMERS_SINCE.id_digits
    assert CUSTOMERS_SINCE.names_users
    frame = pl.LazyFrame(
        {"user_id": ["a"], "day": [2], "orders": [1], "amount": [5]},
        {"user_id": pl.String, "day": pl.Int32, "orders": pl.Int32, "amount": pl.Int64},
    )
    assert variant(frame).collect()["orders_then"].item() == 1
