from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from analyses.replenishment_items import FEW, Item, chances, read, write
from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replenishment")
    (path / "lines.toml").write_text('[reading]\ntotals = "lines"\n')
    return path


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
        due = read(
            folder,
            "due",
            self.ORDERS,
            said="left out, as what doesn't run out ([replenishment] leave_out): 赠品",
        )
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
