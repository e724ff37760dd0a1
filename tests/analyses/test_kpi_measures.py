"""Measures of spans, beside the same told by plain loops; what is compared with what."""

from __future__ import annotations

from datetime import date
from random import Random

import polars as pl
import pytest

from helpers.shops import FIRST_DAY, Shape, shop
from userops.core.dates import Window, to_date, to_day
from userops.core.periods import Period
from userops.core.table import Kind
from userops.customers import measures
from userops.customers.measures import OrderMeasures, Span
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS


def built(rows: list[tuple[str, int, int]]) -> tuple[pl.DataFrame, OrderMeasures]:
    orders = pl.DataFrame(
        {
            "user_id": [row[0] for row in rows],
            "day": pl.Series([row[1] for row in rows], dtype=pl.Int32),
            "amount": [row[2] for row in rows],
            "orders": pl.Series([1] * len(rows), dtype=pl.Int32),
        }
    ).lazy()
    customers = CUSTOMERS(orders).collect()
    marks = timeline.SORT_KEYS_WITH_AMOUNTS(orders).collect()
    return customers, OrderMeasures(timeline.build(customers, marks, orders.collect))


def told(rows: list[tuple[str, int, int]], span: Span) -> dict[str, object]:
    inside = [row for row in rows if span.first <= row[1] <= span.last]
    days: dict[str, list[int]] = {}
    for user, day, _ in rows:
        days.setdefault(user, []).append(day)
    firsts = {user: min(theirs) for user, theirs in days.items()}
    ended = [user for user, first in firsts.items() if span.first <= first + 30 <= span.last]
    again = [user for user in ended if any(0 < day - firsts[user] <= 30 for day in days[user])]
    active = {row[0] for row in inside}
    revenue = sum(row[2] for row in inside)
    return {
        "users": sum(first <= span.last for first in firsts.values()),
        "active": len(active),
        "new": sum(span.first <= first <= span.last for first in firsts.values()),
        "orders": len(inside),
        "revenue": revenue,
        "orders_per_user": len(inside) / len(active) if active else None,
        "aov": revenue / len(inside) if inside else None,
        "repurchase_rate": len(again) / len(ended) if ended else None,
        "repurchased_users": len(again),
        "observed_users": len(ended),
    }


@pytest.mark.parametrize("seed", range(8))
def test_as_by_plain_loops(seed: int) -> None:
    made = shop(Random(seed), Shape(rows=300, users=40, days=120, returns=False))
    rows = [(row.user_id, to_day(row.day), row.amount) for row in made]
    customers, found = built(rows)
    first = to_day(FIRST_DAY)
    for start, end in ((0, 119), (5, 11), (40, 70), (100, 140), (200, 210)):
        span = Span(first + start, first + end)
        assert found.measure(span) == told(rows, span)
    weeks = [Span(first + start, first + start + 6) for start in range(-14, 140, 7)]
    weeks.insert(0, Span(first - 40, first - 30))
    assert found.measures(weeks) == [told(rows, week) for week in weeks]
    before = found.customers(customers, first + 50)
    early = [row for row in rows if row[1] <= first + 50]
    assert before.equals(built(early)[0]) if early else before.is_empty()


def window(first: str, last: str) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last))


def test_the_running_week_is_set_apart() -> None:
    found = measures.compare(window("2025-11-03", "2025-12-03"), Period.WEEK)
    assert found is not None
    assert to_date(found.now.first) == date(2025, 11, 24)
    assert found.now.complete
    assert found.before is not None
    assert to_date(found.before.last) == date(2025, 11, 23)
    assert found.running is not None
    assert (to_date(found.running.first), found.running.days) == (date(2025, 12, 1), 3)
    assert not found.running.complete


def test_a_week_that_is_over_is_no_running_one() -> None:
    found = measures.compare(window("2025-11-03", "2025-11-30"), Period.WEEK)
    assert found is not None
    assert to_date(found.now.last) == date(2025, 11, 30)
    assert found.running is None


def test_a_first_period_cut_by_the_data_isnt_compared_with() -> None:
    found = measures.compare(window("2025-10-15", "2025-11-30"), Period.MONTH)
    assert found is not None
    assert to_date(found.now.first) == date(2025, 11, 1)
    assert found.before is None


def test_a_year_before() -> None:
    month = measures.compare(window("2024-01-01", "2025-12-31"), Period.MONTH, year=True)
    week = measures.compare(window("2024-01-01", "2025-12-28"), Period.WEEK, year=True)
    assert month is not None
    assert week is not None
    assert month.before is not None
    assert week.before is not None
    assert to_date(month.before.first) == date(2024, 12, 1)
    assert to_date(week.before.first) == date(2024, 12, 23)


def test_without_a_whole_period_or_orders() -> None:
    found = measures.compare(window("2025-12-02", "2025-12-04"), Period.WEEK)
    assert found is not None
    assert found.before is None
    assert measures.compare(Window(None, None), Period.WEEK) is None


def test_change() -> None:
    assert measures.change(Kind.MONEY, 150, 100) == pytest.approx(0.5)
    assert measures.change(Kind.RATE, 0.3, 0.2) == pytest.approx(0.1)
    assert measures.change(Kind.COUNT, 1, 0) is None
    assert measures.change(Kind.COUNT, None, 5) is None
