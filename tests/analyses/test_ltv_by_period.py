"""LTV / CAC by period: what `userops ltv --as-of` says of each period's end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import fastexcel
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY, SHAPES, Row, Shape, shop, shops, write
from helpers.ways import carefully
from userops import ltv
from userops.analyses.kpis import ltv_by_period as ltv_periods
from userops.analyses.kpis.ltv_by_period import ChangedOrders
from userops.core.dates import to_date, to_day
from userops.core.errors import InputError
from userops.core.periods import Period
from userops.core.table import Currency
from userops.customers import measures
from userops.customers.buyers import BUYERS, calibration_and_holdout
from userops.customers.costs import Costs
from userops.customers.params import LtvParams as Params
from userops.customers.value import LtvData
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

MARGIN = Params(margin=0.4)
COSTS = pl.DataFrame(
    {
        "channel": ["ads", "ads", "shop", "ads"],
        "period": ["2024-01", "2024-02", "2024-01-20", "2023-11"],
        "cost": [310_007, 29_001, 5_000, 77],
    }
)


def by_period(names: Sequence[str], costs: pl.DataFrame = COSTS) -> pl.DataFrame:
    """The table of some exports, as a report makes it."""
    with workspace() as folder:
        orders = Orders.open(names, ReadOptions(), folder)
        customers, line, _, facts = orders.timeline(CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS)
        comparison = measures.compare(facts.window, Period.WEEK)
        if comparison is None or customers.is_empty():
            return pl.DataFrame()
        known = LtvData(customers, facts.window, facts.currency, MARGIN, line)
        known = known.but(buyers=calibration_and_holdout(customers, line, known.as_of))
        first = int(customers["first_day"].min())
        known = known.but(costs=Costs.of(costs, first, known.as_of))
        ends = [span.last for span in comparison.spans]
        revised = None if facts.settled else ChangedOrders(*orders.revised(ends))
        table = ltv_periods.table(known, comparison.spans, revised)
        assert table is not None
        return table.frame.with_columns(day=pl.Series(ends, dtype=pl.Int32))


def told_on(names: Sequence[str], day: int, costs: pl.DataFrame = COSTS) -> dict[str, object]:
    """What `ltv` says as of a day."""
    with workspace() as folder:
        orders = Orders.open(names, ReadOptions(), folder)
        (known,), facts = orders.reduce([BUYERS], day)
        then = LtvData(known, facts.window, facts.currency, MARGIN)
        if known.is_empty():
            return dict.fromkeys(("ltv_to_date", "cost", "cac", "ltv_cac")) | {
                "users": 0, "new_users": 0,
            }  # fmt: skip
        first = int(known["first_day"].min())
        return ltv.summary(then.but(costs=Costs.of(costs, first, day)), None).frame.row(
            0, named=True
        )


def agree(names: Sequence[str], every: int = 1, costs: pl.DataFrame = COSTS) -> int:
    """Compares periods, counted from the last; how many there are."""
    found = by_period(names, costs)
    for row in found[::-every].iter_rows(named=True):
        told = told_on(names, row["day"], costs)
        for name in ("users", "ltv_to_date", "new_users", "cost", "cac", "ltv_cac"):
            assert row[name] == told[name], (name, to_date(row["day"]))
    return len(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("travel")


@settings(max_examples=20)
@given(rows=shops(), slow=st.booleans())
def test_time_travel(folder: Path, rows: list[Row], slow: bool) -> None:
    with carefully() if slow else nullcontext():
        try:
            agree([write(folder / "orders.csv", rows)], 3)
        except InputError as refused:  # such as an export whose dates don't tell day from month
            pytest.skip(refused.problem)


@settings(max_examples=8)
@given(seed=st.integers(0, 2**32), shape=st.sampled_from(SHAPES))
def test_time_travel_where_exports_overlap(folder: Path, seed: int, shape: Shape) -> None:
    random = Random(seed)
    rows = shop(random, shape)
    # The later export has other orders too, and dates, amounts and statuses that were mended.
    later = [
        Row(
            row.order_id, row.user_id, row.day + timedelta(random.choice([0, 0, 9])),
            row.amount + (row.amount > 0) * random.choice([0, 500]), row.refund,
            random.choice([row.status, "completed"]),
        )
        for row in rows[len(rows) // 2 :]
    ] + [
        replace(row, order_id=f"new-{row.order_id}" if row.order_id else None)
        for row in shop(random, Shape(rows=9, ids=shape.ids, days=80))
    ]  # fmt: skip
    agree([write(folder / "one.csv", rows[: -len(rows) // 4 or None]),
           write(folder / "two.csv", later)], 3)  # fmt: skip


def test_a_later_refund_changes_no_earlier_period(tmp_path: Path) -> None:
    rows = [Row(str(n), f"u{n % 7}", FIRST_DAY + timedelta(n), 1000 + n) for n in range(50)]
    rows.append(Row("3", "u3", FIRST_DAY + timedelta(40), -1003))  # the first order of u3
    name = write(tmp_path / "orders.csv", rows)
    assert agree([name]) == 8
    (first, *_) = by_period([name])["users"]
    assert first == 7


def test_spend_given_back(tmp_path: Path) -> None:
    rows = [Row(str(n), f"u{n}", FIRST_DAY + timedelta(n), 1000) for n in range(60)]
    back = COSTS.with_columns(pl.Series("cost", [310_007, -320_000, 5_000, 77]))
    names = [str(write(tmp_path / "orders.csv", rows))]
    assert agree(names, costs=back)
    assert by_period(names, back)["cac"].drop_nulls().min() > 0
    assert by_period(names, back)["cac"].has_nulls()


def test_both_parts_are_those_of_the_day() -> None:
    """January's costs are spread over its days, and who came by then has brought what he had."""
    frame = pl.DataFrame(
        {
            "user_id": ["a", "b", "a"],
            "day": pl.Series([to_day(date(2024, 1, day)) for day in (2, 4, 9)], dtype=pl.Int32),
            "amount": [10_000, 30_000, 90_000],
            "orders": pl.Series([1, 1, 1], dtype=pl.Int32),
        }
    ).lazy()
    customers = CUSTOMERS(frame).collect()
    line = timeline.build(
        customers, timeline.SORT_KEYS_WITH_AMOUNTS(frame).collect(), frame.collect
    )
    window = measures.Window(date(2024, 1, 1), date(2024, 1, 10))
    known = LtvData(customers, window, Currency(), Params(), line)
    costs = Costs.of(COSTS[:1], to_day(date(2024, 1, 2)), known.as_of)
    spans = measures.spans(to_day(date(2024, 1, 1)), known.as_of, Period.WEEK)
    table = ltv_periods.table(known.but(costs=costs), spans)
    assert table is not None
    week, running = table.frame.iter_rows(named=True)
    assert (week["users"], week["ltv_to_date"], week["new_users"]) == (2, 20_000, 2)
    assert week["cost"] == round(310_007 * 7 / 31)
    assert week["ltv_cac"] == float(Fraction(20_000) / Fraction(week["cost"], 2))
    assert week["complete"]
    assert (running["ltv_to_date"], running["cost"]) == (65_000, round(310_007 * 10 / 31))
    assert not running["complete"]


class TestReport:
    SHOP = SAMPLES / "shop"

    @pytest.mark.parametrize("orders", ["orders.csv", "orders_zh.csv"])
    def test_says_what_ltv_says(self, orders: str, tmp_path: Path) -> None:
        costs = self.SHOP / "costs.csv"
        book = tmp_path / "weekly.xlsx"
        ran = userops("report", self.SHOP / orders, "--costs", costs, "-o", book)
        assert ran.code == 0, ran.err
        sheet = fastexcel.read_excel(book).load_sheet("Headline - LTV to CAC by period").to_polars()
        for row in (sheet.row(place, named=True) for place in (0, -2)):
            end = date.fromisoformat(str(row["Period"])[:10]) + timedelta(6)
            told = userops("ltv", self.SHOP / orders, "--costs", costs, "--as-of", end,
                           "-f", "json", "-q").json[0]  # type: ignore[index]  # fmt: skip
            assert row["Revenue/CAC"] == pytest.approx(told["ltv_cac"])
            assert row["Users"] == told["users"]

    def test_compares_and_draws(self) -> None:
        made = ("report", self.SHOP / "orders.csv", "--costs", self.SHOP / "costs.csv",
                "--sections", "headline")  # fmt: skip
        text = userops(*made, "-f", "md").text
        told = {
            day: userops("ltv", self.SHOP / "orders.csv", "--costs", self.SHOP / "costs.csv",
                         "--as-of", day, "-f", "json", "-q").json[0]["ltv_cac"]  # type: ignore[index]
            for day in ("2025-12-21", "2025-12-28", "2025-12-31")
        }  # fmt: skip
        before, now, running = told.values()
        assert f"| Revenue / CAC | {now:.2f} | +{(now / before - 1) * 100:.1f} % |" in text
        assert f"{before:.2f} before; {running:.2f} so far in the running week |" in text
        page = userops(*made, "-f", "html").text
        assert 'id="spark-ltv_cac"' in page
        assert "Revenue / CAC, 13 periods, from " in page

    def test_with_a_margin_it_is_of_margin(self, tmp_path: Path) -> None:
        config = tmp_path / "userops.toml"
        config.write_text("[ltv]\nmargin = 0.4\n", encoding="utf-8")
        made = ("report", self.SHOP / "orders.csv", "--costs", self.SHOP / "costs.csv",
                "--sections", "headline,ltv", "-f", "md")  # fmt: skip
        without, with_margin = userops(*made).text, userops(*made, "--config", config).text
        assert "LTV / CAC" not in without
        assert "Revenue / CAC is" in without
        assert "without a margin" in without
        assert "| ROI of revenue |" in without
        assert "Revenue / CAC" not in with_margin
        assert "LTV / CAC is" in with_margin
        assert "each so far" in with_margin
        assert "Margin per user by age" in userops(*made[:-1], "html", "--config", config).text

    def test_without_costs_says_what_it_needs(self) -> None:
        ran = userops("report", self.SHOP / "orders.csv", "--sections", "headline", "-f", "md")
        assert "| LTV / CAC | – |  | needs costs |" in ran.text

    def test_costs_of_another_time(self, tmp_path: Path) -> None:
        costs = tmp_path / "costs.csv"
        costs.write_text("channel,month,cost\nads,2027-01,100\n", encoding="utf-8")
        ran = userops("report", self.SHOP / "orders.csv", "--costs", costs,
                      "--sections", "headline", "-f", "md")  # fmt: skip
        assert "| Revenue / CAC | – |  | no CAC by then |" in ran.text
