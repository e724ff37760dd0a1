from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import median

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, carefully, userops
from helpers.shops import FIRST_DAY, money
from oracles import repurchase as oracle
from userops.customers import purchases

# Lists are made of what little there is.
FEW = {"categories": (), "due": ("--min-gaps", 1)}
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


def chances(rows: list[Item], as_of: date, within: int) -> dict[tuple[str, str], float]:
    """The chance of each user and category: waits one by one, from the definition alone."""
    days: dict[tuple[str, str], list[date]] = {}
    for row in rows:
        days.setdefault((row.user_id, row.category or ""), []).append(row.day)
    days = {pair: sorted(set(some)) for pair, some in days.items()}
    gaps = {pair: [(b - a).days for a, b in pairwise(some)] for pair, some in days.items()}
    kinds = sorted({category for _, category in days})
    centre, variances = {}, {}
    for kind in kinds:
        logs = [[math.log(gap) for gap in gaps[pair]] for pair in days if pair[1] == kind]
        centre[kind] = math.log(
            median(gap for pair in days if pair[1] == kind for gap in gaps[pair])
        )
        variances[kind] = components([some for some in logs if some])

    def expected(kind: str, earlier: list[int]) -> float:
        n, (s, v) = len(earlier), variances[kind]
        if not n:
            return math.exp(centre[kind])
        mean = sum(map(math.log, earlier)) / n
        weight = n * v / (n * v + s) if n * v + s else 0.0
        return math.exp(centre[kind] + weight * (mean - centre[kind]))

    edges = [0.0, *(round(2 ** (k / 3) * 1000) / 1000 for k in range(-9, 25))]

    def group(n: int) -> int:
        return sum(n >= least for least in (1, 2, 4, 8))

    events: Counter[tuple] = Counter()
    time: Counter[tuple] = Counter()
    for (user, kind), some in days.items():
        own = gaps[user, kind]
        for place, begun in enumerate(some):
            usual = expected(kind, own[:place])
            ended = place < len(own)
            length = (own[place] if ended else (as_of - begun).days) / usual
            for number, low in enumerate(edges):
                high = edges[number + 1] if number + 1 < len(edges) else math.inf
                for key in ((number,), (group(place), number), (kind, group(place), number)):
                    time[key] += max(min(length, high) - low, 0)
                    events[key] += ended and low < length <= high

    def drawn(key: tuple, to: float) -> float:
        return (events[key] + 10) / (time[key] + 10 / to) if to else 0.0

    everywhere: list[float] = []
    for number in range(len(edges)):
        before = everywhere[-1] if everywhere else 0.0
        raw = events[number,] / time[number,] if time[number,] else 0.0
        everywhere.append(drawn((number,), before) if before else raw)

    def passed(kind: str, n: int, length: float) -> float:
        total = 0.0
        for number, low in enumerate(edges):
            high = edges[number + 1] if number + 1 < len(edges) else math.inf
            rate = drawn((kind, group(n), number), drawn((group(n), number), everywhere[number]))
            total += rate * max(min(length, high) - low, 0)
        return total

    found = {}
    for (user, kind), some in days.items():
        usual, n = expected(kind, gaps[user, kind]), len(gaps[user, kind])
        silent = (as_of - some[-1]).days
        ahead = passed(kind, n, (silent + within) / usual) - passed(kind, n, silent / usual)
        found[user, kind] = 1 - math.exp(-ahead)
    return found


def components(groups: list[list[float]]) -> tuple[float, float]:
    """Variances within and between groups, by analysis of variance."""
    count, k = sum(map(len, groups)), len(groups)
    grand = sum(map(sum, groups)) / count
    means = [sum(one) / len(one) for one in groups]
    inside = sum(
        (value - mean) ** 2 for one, mean in zip(groups, means, strict=True) for value in one
    )
    among = sum(len(one) * (mean - grand) ** 2 for one, mean in zip(groups, means, strict=True))
    s = inside / (count - k)
    return s, max(
        0.0, (among - (k - 1) * s) / (count - sum(len(one) ** 2 for one in groups) / count)
    )


def near(rows: list[dict]) -> list[dict]:
    """Logs are kept to six places, so what comes of them agrees to as many."""
    return [
        {
            name: pytest.approx(value, rel=2e-6, abs=2e-6) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]


class TestAgainstDuckDB:
    @given(seed=SEEDS, grain=GRAINS, back=st.integers(0, 100))
    @settings(max_examples=25)
    def test_categories(self, folder, seed, grain, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "categories", export, "--as-of", as_of, "--grain", grain)
        wanted = ask(oracle.CATEGORIES, rows, as_of, grain=grain)
        assert [{name: row[name] for name in wanted[0]} for row in found.to_dicts()] == near(wanted)

    @given(seed=SEEDS, within=st.sampled_from([0, 7, 40]), back=st.integers(0, 100))
    @settings(max_examples=25)
    def test_due(self, folder, seed, within, back) -> None:
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        found = read(folder, "due", export, "--as-of", as_of, "--within", within, "--min-gaps", 1)
        wanted = ask(oracle.DUE, rows, as_of, within=within, lapsed=2.0)
        # Where the last place decides a day, the two may differ by it.
        decided = {row["user_id"] + row["category"] for row in wanted if _clear(row, as_of)}
        key = pl.col("user_id") + pl.col("category")
        listed = found.drop("chance").filter(key.is_in(decided)).sort("user_id", "category")
        assert listed.to_dicts() == near(
            sorted(
                (row for row in wanted if row["user_id"] + row["category"] in decided),
                key=lambda row: (row["user_id"], row["category"]),
            )
        )
        assert found["chance"].to_list() == sorted(found["chance"], reverse=True)
        assert len(found) <= len(wanted) + 2

    @given(seed=SEEDS, back=st.integers(0, 100))
    @settings(max_examples=6)
    def test_users_that_share_a_hash(self, folder, seed, back) -> None:
        """Purchases are told apart by ids where sort keys won't do."""
        rows = items(Random(seed))
        as_of = max(row.day for row in rows) - timedelta(back)
        export = write(folder / "o.csv", rows)
        for show in ("categories", "due"):
            told = (export, "--as-of", as_of, *FEW[show])
            whole = read(folder, show, *told)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(purchases, "_by_sort_keys", lambda *_: None)
                assert read(folder, show, *told).equals(whole)

    @given(seed=SEEDS)
    @settings(max_examples=6)
    def test_nothing_known_but_the_orders(self, folder, seed) -> None:
        """A timeline tells what a column of one category, without quantities, does."""
        rows = [
            replace(row, category="all", quantity=None) for row in items(Random(seed), single=True)
        ]
        export = write(folder / "o.csv", rows)
        bare = folder / "bare.csv"
        pl.read_csv(export, infer_schema=False).drop("category", "quantity").write_csv(bare)
        for show in ("categories", "due"):
            assert read(folder, show, bare, *FEW[show]).equals(
                read(folder, show, export, *FEW[show])
            )


def _clear(row: dict, as_of: date) -> bool:
    lasts, silent = row["expected_days"], (as_of - row["last_purchase"]).days
    off = lasts * 2e-6 + 1e-9
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
            before = read(folder, show, whole, "--as-of", as_of, *FEW[show])
            assert read(folder, show, part, "--as-of", as_of, *FEW[show]).equals(before)

    @given(seed=SEEDS, grain=GRAINS)
    @settings(max_examples=10)
    def test_both_ways_of_reading(self, folder, seed, grain) -> None:
        export = write(folder / "o.csv", items(Random(seed), single=True))
        for show in ("categories", "due"):
            told = (export, "--grain", grain, *FEW[show])
            fast = read(folder, show, *told)
            with carefully():
                assert read(folder, show, *told).equals(fast)

    @given(seed=SEEDS, many=st.integers(2, 5))
    @settings(max_examples=10)
    def test_in_packs(self, folder, seed, many) -> None:
        rows = [row for row in items(Random(seed)) if row.quantity]
        packs = [replace(row, quantity=(row.quantity or 0) * many) for row in rows]
        if not rows:
            return
        one = read(folder, "categories", write(folder / "o.csv", rows))
        other = read(folder, "categories", write(folder / "p.csv", packs))
        for before, after in zip(one.to_dicts(), other.to_dicts(), strict=True):
            if before["elasticity"] is None or before["days_per_unit"] is None:
                assert after["days_per_unit"] == before["days_per_unit"]
                continue
            assert after["elasticity"] == pytest.approx(before["elasticity"], abs=2e-3)
            lasts = before["days_per_unit"] / many ** before["elasticity"]
            assert after["days_per_unit"] == pytest.approx(lasts, rel=1e-2)


class TestTheSampleShop:
    ORDERS = SAMPLES / "shop/orders.csv"

    def test_how_long_things_last(self, folder) -> None:
        found = dict(read(folder, "categories", self.ORDERS)["category", "days_per_unit"].rows())
        # As the shop was made; some bought a cycle elsewhere, so a little longer.
        for category, days in {"奶粉": 20, "纸尿裤": 12, "辅食": 15, "零食": 9, "洗护": 40}.items():
            assert days <= found[category] <= days * 1.25

    def test_more_of_it_lasts_longer(self, folder) -> None:
        found = dict(read(folder, "categories", self.ORDERS)["category", "elasticity"].rows())
        for category in ("奶粉", "纸尿裤", "辅食", "零食", "洗护"):
            assert 0.85 < found[category] <= 1, category  # as the shop was made
        assert found["玩具"] < 0.5

    def test_three_tins_last_about_three_times_as_long(self, folder) -> None:
        due = read(folder, "due", self.ORDERS, "--within", 60)
        once = due.filter((pl.col("category") == "奶粉") & (pl.col("purchases") == 1))
        assert once["expected_days"].max() > 2.5 * once["expected_days"].min()

    def test_gifts_and_rare_things_are_left_out_by_name(self, folder) -> None:
        due = read(folder, "due", self.ORDERS, said="left out, by [replenishment] leave_out: 赠品")
        assert "赠品" not in set(due["category"])
        few = read(folder, "due", self.ORDERS, "--min-gaps", 10**6, said="left out, with under")
        assert few.is_empty()

    def test_what_the_list_is_worth(self, folder) -> None:
        found = read(folder, "backtest", self.ORDERS)
        rows = {row["part"]: row for row in found.iter_rows(named=True)}
        assert rows["listed"]["rate"] > 2 * rows["not listed"]["rate"]
        assert rows["listed users"]["rate"] > 2 * rows["other users"]["rate"]
        assert rows["1"]["rate"] > rows["listed"]["rate"] > rows["10"]["rate"]
        assert sum(rows[str(n)]["count"] for n in range(1, 11)) == rows["listed"]["count"]
        # What it expects is what comes.
        assert rows["listed"]["expected"] == pytest.approx(rows["listed"]["bought"], rel=0.2)
        assert rows["listed"]["low"] < rows["listed"]["rate"] < rows["listed"]["high"]

    def test_who_is_due(self, folder) -> None:
        due = read(folder, "due", self.ORDERS)
        assert due["overdue_days"].min() == -7
        assert due["chance"].is_between(0, 1).all()
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
        export = write(folder / "o.csv", rows)
        found = read(folder, "due", export, "--within", 3650, "--min-gaps", 1)
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
        assert self.expected(folder, rows)["b"] == 15  # how long three last nobody has shown

    def test_quantities_that_say_nothing(self, folder) -> None:
        """Every tenth day, whatever was bought; and who buys three comes as often as who buys one."""
        rows = [
            replace(one, quantity=1 + number % 3)
            for user in "abcdef"
            for number, one in enumerate(self.bought(*range(0, 100, 10), user=user))
        ]
        found = read(folder, "categories", write(folder / "o.csv", rows))
        assert found.row(0, named=True)["elasticity"] == 0
        assert found["days_per_unit"].to_list() == [10]

    def test_quantities_that_say_all(self, folder) -> None:
        rows, day = [], 0
        for number in range(40):
            quantity = 1 + number % 3
            rows += self.bought(day, quantity=quantity)
            day += 5 * quantity
        (found,) = read(folder, "categories", write(folder / "o.csv", rows)).iter_rows(named=True)
        assert 0.95 < found["elasticity"] <= 1
        assert found["days_per_unit"] == pytest.approx(5, rel=0.05)

    def test_the_gone_are_not_called_first(self, folder) -> None:
        """Who is due tomorrow goes before who is late by twice the wait, and half of whom never came."""
        rows = [
            row for n in range(60) for row in self.bought(*range(n % 10, 91, 10), user=f"s{n:02}")
        ]
        rows += [
            row for n in range(60) for row in self.bought(*range(n % 10, 75, 10), user=f"t{n:02}")
        ]
        export = write(folder / "o.csv", rows)
        due = read(folder, "due", export, "--as-of", FIRST_DAY + timedelta(95), "--lapsed-after", 9)
        late = due.filter(pl.col("overdue_days") > 5)["chance"]
        soon = due.filter(pl.col("overdue_days") <= 0)["chance"]
        assert len(late) > 20
        assert len(soon) > 20
        assert soon.min() > late.max()
        assert due["overdue_days"][0] <= 0

    def test_chances_are_those_of_the_definition(self, folder) -> None:
        """Against loops over waits; one unit each, several categories."""
        random, rows = Random(3), []
        for category in ("tins", "toys"):
            for n in range(40):
                day, usual = random.randrange(60), random.choice([5, 12, 30])
                while day < 200:
                    one = self.bought(day, user=f"{category}{n}")[0]
                    rows.append(replace(one, category=category))
                    if random.random() < 0.2:
                        break
                    day += max(1, round(random.expovariate(1 / usual)))
        as_of = FIRST_DAY + timedelta(200)
        export = write(folder / "o.csv", rows)
        found = read(folder, "due", export, "--as-of", as_of, "--within", 14)
        wanted = chances(rows, as_of, 14)
        assert len(found) > 5
        for row in found.iter_rows(named=True):
            assert row["chance"] == pytest.approx(wanted[row["user_id"], row["category"]], rel=1e-2)

    def test_no_second_purchase_no_rhythm(self, folder) -> None:
        export = write(folder / "o.csv", self.bought(0))
        assert read(folder, "due", export).is_empty()
        assert read(folder, "categories", export)["days_per_unit"].to_list() == [None]

    def test_quantities_not_known(self, folder) -> None:
        export = write(folder / "o.csv", self.bought(0, 10, 20, quantity=None))
        assert read(folder, "categories", export)["days_per_unit"].to_list() == [None]
        due = read(folder, "due", export, "--within", 10, "--min-gaps", 1)
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
            assert len(read(folder, "due", export, "--as-of", as_of, *FEW["due"])) == calls
        told = ("--as-of", FIRST_DAY + timedelta(41), *FEW["due"])
        read(folder, "due", export, *told, said="1 silent for more than 2 expected")

    def test_within_out_of_bounds(self, folder) -> None:
        ran = userops("repurchase", write(folder / "o.csv", self.bought(0)), "--within", "-1")
        assert ran.code == 2
        assert "--within" in ran.err
