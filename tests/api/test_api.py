"""Functions over frames give what the program gives."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import polars as pl
import pytest

import userops
from helpers.running import ENVIRONMENT, SAMPLES
from helpers.running import userops as program
from userops import api
from userops.core.errors import InputError, TooManyRejects, UsageError
from userops.core.periods import Period
from userops.core.table import Result
from userops.readers.fast import orders as fast_orders
from userops.readers.options import ReadOptions

SHOP = SAMPLES / "shop"
CDNOW = SAMPLES / "cdnow/orders.csv"
ORDERS, EVENTS, USERS, COSTS = (
    SHOP / f"{name}.csv" for name in ("orders", "events", "users", "costs")
)
PEOPLE = pl.read_csv(USERS, infer_schema=False).select(
    "user_id", "gender", "channel", registered_time=pl.col("registered_at").str.to_datetime()
)
SPENT = pl.read_csv(COSTS, infer_schema=False).rename({"month": "period"})
CALLS = {
    "lifecycle": (
        lambda: api.lifecycle(ORDERS, users=PEOPLE, slump_days=40, since=date(2025, 11, 30)),
        ("lifecycle", ORDERS, "--users", USERS, "--slump-days", 40, "--since", "2025-11-30"),
    ),
    "cohorts": (
        lambda: api.cohorts(ORDERS, by="channel", measure="revenue", as_of=date(2025, 6, 9)),
        ("cohorts", ORDERS, "--by", "channel", "--measure", "revenue", "--as-of", "2025-06-09"),
    ),
    "cohorts by users": (
        lambda: api.cohorts(ORDERS, by="gender", users=PEOPLE, max_age=3),
        ("cohorts", ORDERS, "--by", "gender", "--users", USERS, "--max-age", 3),
    ),
    "cohorts by use": (
        lambda: api.cohorts(events=EVENTS, period="day", max_age=7),
        ("cohorts", "--events", EVENTS, "--period", "day", "--max-age", 7),
    ),
    "cohorts of registrations": (
        lambda: api.cohorts(events=EVENTS, users=PEOPLE),
        ("cohorts", "--events", EVENTS, "--users", USERS),
    ),
    "ltv": (
        lambda: api.ltv(
            ORDERS, costs=SPENT, by="channel", users=PEOPLE, margin=0.4,
            calibration_end=date(2025, 6, 30),
        ),
        ("ltv", ORDERS, "--costs", COSTS, "--by", "channel", "--users", USERS, "--margin", 0.4,
         "--calibration-end", "2025-06-30"),
    ),
    "repurchase": (lambda: api.repurchase(ORDERS), ("repurchase", ORDERS)),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_all_tables_are_the_programs(name: str, tmp_path) -> None:
    call, asked = CALLS[name]
    found: Result = call()
    for table in found.names:
        out = tmp_path / f"{table}.parquet"
        ran = program(*asked, "--show", table, "-o", out, "-q")
        assert ran.code == 0, ran.err
        assert api.frame(found[table]).equals(pl.read_parquet(out)), table


@pytest.mark.parametrize("analysis", ["cohorts", "ltv"])
def test_whom_users_dont_know_by_their_first_order(analysis: str, tmp_path) -> None:
    """As on the command line: what users say comes first, then what the orders do."""
    some = PEOPLE.with_columns(
        channel=pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.lit("told"))
    ).head(400)
    some.write_csv(tmp_path / "users.csv")
    found = getattr(api, analysis)(ORDERS, by="channel", users=some)
    table = "long" if analysis == "cohorts" else "summary"
    out = tmp_path / "out.parquet"
    asked = (analysis, ORDERS, "--by", "channel", "--users", tmp_path / "users.csv")
    ran = program(*asked, "--show", table, "-o", out, "-q")
    assert ran.code == 0, ran.err
    frame = api.frame(found[table])
    assert frame.equals(pl.read_parquet(out))
    assert {"told", "douyin"} <= set(frame["channel" if analysis == "cohorts" else "group"])


def test_frames_and_costs_in_any_type() -> None:
    orders = pl.read_csv(ORDERS, infer_schema=False)
    one = api.ltv(orders.lazy(), costs=SPENT)
    other = api.ltv(orders, costs=SPENT.with_columns(pl.col("cost").cast(pl.Float64)))
    assert one["channels"].frame.equals(other["channels"].frame)
    assert one["channels"].frame["cost"].sum() > 0


def test_what_couldnt_be_is_noted() -> None:
    found = api.ltv(ORDERS, as_of=date(2024, 3, 15))
    assert found.names == ["summary", "cohorts", "channels"]
    assert any("no prediction" in note for note in found.messages)
    assert any("no backtest" in note for note in found.messages)


def test_too_many_refused_rows_stop_python_too() -> None:
    orders = pl.DataFrame(
        {"user_id": ["a", None], "order_time": ["2024-01-01"] * 2, "amount": ["5", "6"]}
    )
    with pytest.raises(TooManyRejects):
        api.segment(orders)
    assert api.segment(orders, reading=ReadOptions(max_rejects="50%")).tally.used == 1


def test_what_was_assumed_is_said() -> None:
    assert any("user_id from" in text for text in api.segment(ORDERS).messages)


def test_tables_know_the_currency() -> None:
    orders = pl.DataFrame(
        {"user_id": ["a"], "order_time": ["2024-01-01"], "amount": ["5"], "currency": ["CNY"]}
    )
    for analysis in (api.segment, api.lifecycle, api.cohorts, api.ltv):
        assert analysis(orders).tables[0].currency.code == "CNY"


def test_costs_without_a_period() -> None:
    with pytest.raises(InputError, match="period"):
        api.ltv(ORDERS, costs=SPENT.drop("period"))


@pytest.mark.parametrize("analysis", [api.cohorts, api.ltv])
def test_nothing_to_split_by(analysis) -> None:
    with pytest.raises(UsageError, match="planet"):
        analysis(ORDERS, by="planet")


def test_a_day_that_isnt_earlier() -> None:
    with pytest.raises(UsageError, match="since"):
        api.lifecycle(ORDERS, since=date(2025, 12, 31) + timedelta(1))


@pytest.mark.parametrize(
    "how",
    [
        "import userops; f = userops.api.funnel",
        "import userops.analyses.funnel; from userops import api; f = api.funnel",
        "from userops import ltv, lifecycle; from userops.api import funnel as f",
    ],
)
def test_the_way_in_always_works(how: str) -> None:
    """Whatever modules of the same names were imported before."""
    code = f"{how}; assert callable(f); print(f.__name__)"
    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, check=True)  # fmt: skip
    assert done.stdout.decode().strip() == "funnel"
    assert {"api", "frame", "segment"} <= set(userops.__all__)


class TestOpenOrders:
    """What was opened once says what each analysis says of the export itself."""

    ASKED = {  # noqa: RUF012
        "segment": lambda orders: api.segment(orders, bins=4),
        "lifecycle": lambda orders: api.lifecycle(orders, adaptive=True),
        "an earlier day": lambda orders: api.lifecycle(orders, as_of=date(2025, 6, 9)),
        "months": api.cohorts,
        "weeks": lambda orders: api.cohorts(orders, period=Period.WEEK),
        "channels": lambda orders: api.cohorts(orders, by="channel", measure="revenue"),
        "repurchase": api.repurchase,
        "ltv": api.ltv,
    }

    @pytest.mark.parametrize("orders", [ORDERS, CDNOW, pl.read_csv(CDNOW, infer_schema=False)])
    def test_everything_is_the_same(self, orders) -> None:
        with api.open_orders(orders) as shop:
            for name, ask in self.ASKED.items():
                if name == "channels" and orders is not ORDERS:
                    continue
                one, other = ask(orders), ask(shop)
                assert one.names == other.names
                assert one.tally == other.tally
                for table in one.names:
                    assert one[table].frame.equals(other[table].frame), (name, table)
                    assert one[table].notes == other[table].notes

    def test_the_export_is_read_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        passes = []
        real = fast_orders.reduce
        monkeypatch.setattr(fast_orders, "reduce", lambda *given: passes.append(1) or real(*given))
        orders = pl.read_csv(CDNOW, infer_schema=False).select("user_id", "order_date", "amount")
        with api.open_orders(orders) as shop:
            for name in ("segment", "lifecycle", "months", "weeks", "repurchase"):
                self.ASKED[name](shop)
        assert len(passes) == 1

    def test_nothing_stays_behind(self, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        shop = api.open_orders(ORDERS)
        api.segment(shop)
        shop.close()
        shop.close()
        other = api.open_orders(ORDERS)
        del other
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(InputError):
            api.open_orders(tmp_path / "none.csv")
        assert list(tmp_path.iterdir()) == []

    def test_closed_is_closed(self) -> None:
        with api.open_orders(CDNOW) as shop:
            api.segment(shop)
            assert "orders.csv" in repr(shop)
        with pytest.raises(UsageError, match="closed"):
            api.lifecycle(shop)
        assert "closed" in repr(shop)

    def test_a_file_that_changes_meanwhile(self, tmp_path) -> None:
        path = tmp_path / "orders.csv"
        path.write_text("user_id,order_date,amount\na,2024-01-01,5\n")
        with api.open_orders(path) as shop:
            kept = api.lifecycle(shop)
            path.write_text("user_id,order_date,amount\na,2024-01-01,5\nb,2024-01-01,5\n")
            assert api.lifecycle(shop)["users"].frame.equals(kept["users"].frame)
            with pytest.raises(InputError, match="changed since"):
                api.cohorts(shop, measure="orders")

    def test_only_for_orders(self) -> None:
        with api.open_orders(ORDERS) as shop:
            for ask in (api.activity, api.open_orders):
                with pytest.raises(UsageError, match="not open orders"):
                    ask(shop)

    @pytest.mark.parametrize("given", [{str(CDNOW)}, {str(CDNOW): 1}.keys(), iter([str(CDNOW)])])
    def test_any_collection_of_exports(self, given) -> None:
        assert api.segment(given).tally.read > 69_000
        with pytest.raises(UsageError, match="needs orders"):
            api.segment(None)

    def test_how_to_read_is_told_when_opening(self) -> None:
        with (
            api.open_orders(ORDERS) as shop,
            pytest.raises(UsageError, match="as they were opened"),
        ):
            api.segment(shop, columns={"user_id": "x"})
