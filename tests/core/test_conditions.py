"""Conditions of the settings: what they mean, and where a mistake is said to stand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from userops.core.conditions import ConditionError, columns_of, parsed
from userops.core.conditions.expressions import expression
from userops.core.conditions.words import in_words
from userops.core.table import Kind

COLUMNS = {
    "user": Kind.ID,
    "orders": Kind.COUNT,
    "spend": Kind.MONEY,
    "region": Kind.TEXT,
    "since": Kind.DATE,
    "member": Kind.FLAG,
    "share": Kind.RATE,
    "age band": Kind.TEXT,
}
FRAME = pl.DataFrame(
    {
        "user": ["a", "b", "c", "d"],
        "orders": [1, 3, 4, None],
        "spend": [9_999, 10_000, 10_001, 0],
        "region": ["广东", "north", None, "far east"],
        "since": [date(2025, 1, 1), date(2025, 6, 30), date(2025, 7, 1), None],
        "member": [True, False, None, True],
        "share": [0.1, 0.2, 0.3, None],
        "age band": ["20-24", "25-29", "20-24", None],
    }
)


def who(condition: str) -> str:
    return "".join(FRAME.filter(expression(condition, COLUMNS))["user"])


@pytest.mark.parametrize(
    ("condition", "users"),
    [
        ("orders > 3", "c"),
        ("orders >= 3", "bc"),
        ("orders ≥ 3", "bc"),
        ("orders = 3", "b"),
        ("orders <> 3", "ac"),
        ("spend > 100", "c"),
        ("spend >= 100", "bc"),
        ("spend > 99.995", "bc"),
        ("share >= 20%", "bc"),
        ("region = 广东", "a"),
        ("region = 'far east'", "d"),
        ('region != "far east"', "ab"),
        ("region in (north, 'far east')", "bd"),
        ("region not in (north, 'far east')", "a"),
        ("region is empty", "c"),
        ("region IS NOT EMPTY", "abd"),
        ("since > 2025-06-30", "c"),
        ("since <= 2025-06-30 and orders < 3", "a"),
        ("member", "ad"),
        ("not member", "b"),
        ("member = false", "b"),
        ("`age band` = '20-24'", "ac"),
        ("orders > 3 or region = 广东 and spend < 100", "ac"),
        ("(orders > 3 or region = 广东) and spend > 100", "c"),
        ("not (orders > 1)", "a"),
        ("not orders > 1 or orders is empty", "ad"),
        ("user = a", "a"),
    ],
)
def test_what_conditions_mean(condition: str, users: str) -> None:
    assert who(condition) == users


@pytest.mark.parametrize(
    ("condition", "place", "says"),
    [
        ("", 1, "nothing stands in it"),
        ("orders >", 9, "a value is expected"),
        ("orders > 3 and", 15, "a column's name is expected"),
        ("orders > 3 region = north", 12, "and, or or the end is expected, not 'region'"),
        ("(orders > 3", 12, ") is expected"),
        ("order > 3", 1, "no column order"),
        ("spend > 3 and ordres = 2", 15, "no column ordres"),
        ("region = 'north", 10, "a ' that isn't closed"),
        ("region > north", 1, "holds words"),
        ("orders > many", 10, "orders is compared with a number, not 'many'"),
        ("since > 3", 9, "a day as 2025-12-31, not '3'"),
        ("since > 2025-02-30", 9, "2025-02-30 is no day"),
        ("orders", 1, "isn't yes or no"),
        ("region is north", 11, "goes with `empty`"),
        ("orders > 3; drop", 11, "';' isn't understood here"),
        ("__import__('os')", 11, "and, or or the end is expected, not '('"),
        ("(" * 40 + "orders > 3", 22, "too many brackets"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(condition: str, place: int, says: str) -> None:
    with pytest.raises(ConditionError) as error:
        expression(condition, COLUMNS)
    assert says in error.value.problem
    assert error.value.place == place


def test_the_nearest_column_is_named() -> None:
    with pytest.raises(ConditionError) as error:
        expression("ordres > 3", COLUMNS)
    assert error.value.mend.startswith("did you mean orders? There are: user, orders")


def test_columns_are_named_once_in_their_order() -> None:
    condition = parsed("b > 1 and (a is empty or not b in (2, 3))")
    assert columns_of(condition) == ["b", "a"]


def test_conditions_in_words() -> None:
    condition = parsed("orders > 3 and (region in (广东, 福建) or not since >= 2025-01-01)")
    assert (
        in_words(condition)
        == "orders is over 3 and (region is one of 广东, 福建 or not (since is at least 2025-01-01))"
    )
    called = {"orders": "订单数", "region": "地区", "since": "加入日期"}
    assert (
        in_words(condition, "zh", lambda column: called[column])
        == "订单数大于 3，且（地区为广东、福建之一，或不符合（加入日期至少 2025-01-01））"
    )
