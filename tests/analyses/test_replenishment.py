from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, carefully, userops
from helpers.shops import FIRST_DAY, money
from oracles import repurchase as oracle
from userops.analyses.repurchase import purchases

SEEDS, GRAINS = st.integers(0, 10**6), st.sampled_from(["day", "order"])
HEADER = ("order_id", "user_id", "order_time", "amount", "category", "quantity", "status")


@dataclass(frozen=True)
class Item:
    """A line of an export; money in cents."""

    order_id: str
    user_id: str
    day: date
    amount: int
    category: str | None = "tins"
    quantity: int | None = 1
    status: str = "completed"


def items(random: Random, *, single: bool = False) -> list[Item]:
    """Line items with all that may occur: repeats, returns, blanks, cancelled orders."""
    found: list[Item] = []
    users = [f"u{number}" for number in range(random.choice([1, 6, 15]))]
    told = random.random() < 0.8  # quantities of tins
    categories = random.choice([["tins"], ["tins", "奶粉", "Zoo"], ["tins", "奶粉", None]])
    for number in range(random.randint(1, 120)):
        day = FIRST_DAY + timedelta(random.randrange(random.choice([1, 60, 300])))
        user, status = random.choice(users), random.choice(["completed"] * 9 + ["cancelled"])
        for _ in range(1 if single else random.choice([1, 1, 2, 3])):
            category = random.choice(categories)
            quantity = random.choice([1, 1, 2, 3, 12, None if not single else 1, 0])
            quantity = quantity if told or category != "tins" else None
            amount = random.randint(1, 10**6)
            one = Item(f"A{number}", user, day, amount, category, quantity, status)
            found.append(one)
            if not single and random.random() < 0.1:
                back = random.choice([amount, amount // 2 + 1])
                found.append(replace(one, amount=-back, quantity=1))
    return found


def write(path: Path, rows: list[Item]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow([*astuple(row)[:3], money(row.amount), *astuple(row)[4:]])
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replenishment")
    (path / "lines.toml").write_text('[reading]\ntotals = "lines"\n')
    return path


def read(folder: Path, show: str, *options: object, said: str = "") -> pl.DataFrame:
    out = folder / f"{show}.parquet"
    ran = userops(
        "repurchase", "--show", show, "-o", out, "--config", folder / "lines.toml", *options
    )
    assert ran.code == 0, ran.err
    assert said in ran.err
    return pl.read_parquet(out)


def ask(query: str, rows: list[Item], as_of: date, **given: object) -> list[dict]:
    columns = ("order_id", "user_id", "day", "amount", "category", "quantity", "status")
    schema = dict.fromkeys(columns, pl.String) | {
        "day": pl.Date,
        "amount": pl.Int64,
        "quantity": pl.Int64,
    }
    frame = pl.DataFrame([astuple(row) for row in rows], schema=schema, orient="row")
    connection = duckdb.connect(config={"threads": 1})
    connection.register("items", frame.to_arrow())
    found = connection.execute(query, {"as_of": as_of, **given})
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def near(rows: list[dict]) -> list[dict]:
    """Logs are kept to four places, so what comes of them agrees to as many."""
    return [
        {
            name: pytest.approx(value, rel=2e-4) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


class TestAgainstDuckDB:
    @given(seed=SEEDS, grain=GRAINS, back=st.integers(0, 100))
    @settings(max_examples=40)
    def test_categories(self, folder, seed, grain, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "categories", export, "--as-of", as_of, "--grain", grain)
        wanted = ask(oracle.CATEGORIES, rows, as_of, grain=grain)
        assert [{name: row[name] for name in wanted[0]} for row in found.to_dicts()] == near(wanted)

    @given(seed=SEEDS, within=st.sampled_from([0, 7, 40]), back=st.integers(0, 100))
    @settings(max_examples=40)
    def test_due(self, folder, seed, within, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "due", export, "--as-of", as_of, "--within", within)
        wanted = ask(oracle.DUE, rows, as_of, within=within, lapsed=2.0)
        # Where the last place decides a day, the two may differ by it.
        decided = {row["user_id"] + row["category"] for row in wanted if _clear(row, as_of)}
        key = pl.col("user_id") + pl.col("category")
        assert found.filter(key.is_in(decided)).sort("user_id", "category").to_dicts() == near(
            sorted(
                (row for row in wanted if row["user_id"] + row["category"] in decided),
                key=lambda row: (row["user_id"], row["category"]),
            )
        )
        assert found.equals(found.sort("due_date", "user_id", "category"))
        assert len(found) <= len(wanted) + 2

    @given(seed=SEEDS, back=st.integers(0, 100))
    @settings(max_examples=15)
    def test_users_that_share_a_hash(self, folder, seed, back) -> None:
        """Purchases are told apart by ids where sort keys won't do."""
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        for show in ("categories", "due"):
            whole = read(folder, show, export, "--as-of", as_of)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(purchases, "_by_sort_keys", lambda *_: None)
                assert read(folder, show, export, "--as-of", as_of).equals(whole)

    @given(seed=SEEDS)
    @settings(max_examples=15)
    def test_nothing_known_but_the_orders(self, folder, seed) -> None:
        """A timeline tells what a column of one category, without quantities, does."""
        rows = [
            replace(row, category="all", quantity=None) for row in items(Random(seed), single=True)
        ]
        export = write(folder / "o.csv", rows)
        bare = folder / "bare.csv"
        pl.read_csv(export, infer_schema=False).drop("category", "quantity").write_csv(bare)
        for show in ("categories", "due"):
            assert read(folder, show, bare).equals(read(folder, show, export))


def _clear(row: dict, as_of: date) -> bool:
    lasts, silent = row["expected_days"], (as_of - row["last_purchase"]).days
    off = lasts * 2e-4 + 1e-9
    return abs((lasts + 0.5) % 1 - 0.5) < 0.5 - off and abs(2 * lasts - silent) > 2 * off


class TestWhateverTheData:
    @given(seed=SEEDS, back=st.integers(0, 100))
    @settings(max_examples=10)
    def test_as_of_is_cutting_the_file(self, folder, seed, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        cut = [row for row in rows if row.day <= as_of]
        whole, part = write(folder / "o.csv", rows), write(folder / "cut.csv", cut)
        for show in ("categories", "due"):
            before = read(folder, show, whole, "--as-of", as_of)
            assert read(folder, show, part, "--as-of", as_of).equals(before)

    @given(seed=SEEDS, grain=GRAINS)
    @settings(max_examples=10)
    def test_both_ways_of_reading(self, folder, seed, grain) -> None:
        export = write(folder / "o.csv", items(Random(seed), single=True))
        for show in ("categories", "due"):
            fast = read(folder, show, export, "--grain", grain)
            with carefully():
                assert read(folder, show, export, "--grain", grain).equals(fast)

    @given(seed=SEEDS, many=st.integers(2, 5))
    @settings(max_examples=10)
    def test_in_packs(self, folder, seed, many) -> None:
        rows = [row for row in items(Random(seed)) if row.quantity]
        packs = [replace(row, quantity=(row.quantity or 0) * many) for row in rows]
        if not rows:
            return
        one = read(folder, "categories", write(folder / "o.csv", rows))
        other = read(folder, "categories", write(folder / "p.csv", packs))
        assert other["days_per_unit"].to_list() == pytest.approx(
            [None if days is None else days / many for days in one["days_per_unit"]]
        )


class TestTheSampleShop:
    ORDERS = SAMPLES / "shop/orders.csv"

    def test_how_long_things_last(self, folder) -> None:
        found = dict(read(folder, "categories", self.ORDERS)["category", "days_per_unit"].rows())
        # As the shop was made; some bought a cycle elsewhere, so a little longer.
        for category, days in {"奶粉": 20, "纸尿裤": 12, "辅食": 15, "零食": 9, "洗护": 40}.items():
            assert days <= found[category] <= days * 1.15

    def test_three_tins_last_three_times_as_long(self, folder) -> None:
        due = read(folder, "due", self.ORDERS, "--within", 60)
        once = due.filter((pl.col("category") == "奶粉") & (pl.col("purchases") == 1))
        assert set(once["expected_days"]) <= {21.0 * tins for tins in range(1, 10)}
        assert {21.0, 42.0, 63.0} <= set(once["expected_days"])

    def test_who_is_due(self, folder) -> None:
        due = read(folder, "due", self.ORDERS)
        assert due["overdue_days"].min() == -7
        assert (due["due_date"] - due["last_purchase"]).dt.total_days().is_between(0, 400).all()
        silent = (date(2025, 12, 31) - due["last_purchase"]).dt.total_days()
        assert (silent <= 2 * due["expected_days"]).all()
        wider = read(folder, "due", self.ORDERS, "--within", 30)
        assert len(due.join(wider, on=["user_id", "category"])) == len(due)


class TestEnds:
    def bought(self, *days: int, quantity: int | None = 1, user: str = "u") -> list[Item]:
        return [
            Item(f"{user}{day}", user, FIRST_DAY + timedelta(day), 100, quantity=quantity)
            for day in days
        ]

    def expected(self, folder: Path, rows: list[Item]) -> dict[str, float]:
        found = read(folder, "due", write(folder / "o.csv", rows), "--within", 3650)
        return dict(found["user_id", "expected_days"].rows())

    def test_a_users_own_rhythm(self, folder) -> None:
        # Users differ, and none varies: each has their own.
        rows = self.bought(0, 10, 20, 30, user="a") + self.bought(0, 15, 30, user="b")
        assert self.expected(folder, rows) == pytest.approx({"a": 10, "b": 15}, rel=1e-3)

    def test_between_the_users_and_the_categorys(self, folder) -> None:
        rows = self.bought(50, 59, 70, 80, 90, user="a") + self.bought(0, 28, 60, 90, user="b")
        rows += self.bought(85, user="c")
        found = self.expected(folder, rows)
        own = (9 * 11 * 10 * 10) ** (1 / 4), (28 * 32 * 30) ** (1 / 3)
        assert own[0] < found["a"] < found["c"] < found["b"] < own[1]

    def test_who_bought_once_has_the_categorys(self, folder) -> None:
        rows = self.bought(0, 10, 30, user="a") + self.bought(30, user="b", quantity=3)
        assert self.expected(folder, rows)["b"] == 45

    def test_no_second_purchase_no_rhythm(self, folder) -> None:
        export = write(folder / "o.csv", self.bought(0))
        assert read(folder, "due", export).is_empty()
        assert read(folder, "categories", export)["days_per_unit"].to_list() == [None]

    def test_quantities_not_known(self, folder) -> None:
        export = write(folder / "o.csv", self.bought(0, 10, 20, quantity=None))
        assert read(folder, "categories", export)["days_per_unit"].to_list() == [None]
        assert read(folder, "due", export, "--within", 10)["expected_days"].to_list() == [10]

    def test_not_by_unit_where_the_settings_say_so(self, folder) -> None:
        config = folder / "whole.toml"
        config.write_text("[replenishment]\nper_unit = false\n")
        export = write(folder / "o.csv", self.bought(0, 10, 20, quantity=4))
        due = read(folder, "due", export, "--within", 10, "--config", config)
        assert due["expected_days"].to_list() == [10]

    def test_no_category_here_and_there(self, folder) -> None:
        rows = [*self.bought(0, 10), *[replace(one, category=None) for one in self.bought(3, 5)]]
        export = write(folder / "o.csv", rows)
        note = "2 purchases without a category: left out"
        assert read(folder, "categories", export, said=note)["category"].to_list() == ["tins"]

    def test_what_was_given_back_was_not_bought(self, folder) -> None:
        kept, back = Item("1", "u", FIRST_DAY, 500, "tins"), Item("1", "u", FIRST_DAY, 300, "toys")
        rows = [kept, back, replace(back, amount=-300)]
        found = read(folder, "categories", write(folder / "o.csv", rows))
        assert found["category"].to_list() == ["tins"]

    def test_a_long_silence_is_no_waiting(self, folder) -> None:
        export = write(folder / "o.csv", self.bought(0, 10, 20))
        for day, calls in ((39, 1), (40, 1), (41, 0)):
            as_of = FIRST_DAY + timedelta(day)
            assert len(read(folder, "due", export, "--as-of", as_of)) == calls
        as_of = FIRST_DAY + timedelta(41)
        read(folder, "due", export, "--as-of", as_of, said="1 silent for more than 2 expected")

    def test_within_out_of_bounds(self, folder) -> None:
        ran = userops("repurchase", write(folder / "o.csv", self.bought(0)), "--within", "-1")
        assert ran.code == 2
        assert "--within" in ran.err
