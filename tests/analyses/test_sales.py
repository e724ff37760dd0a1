"""New and returning revenue, refunds and goods by plain loops; noise of weeks that vary more than chance."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest

from helpers.running import SAMPLES, userops
from userops.analyses.kpis.compared import _dispersion

SHOP = SAMPLES / "shop"
MONDAY = date(2025, 3, 3)


def rows_of(seed: int) -> list[dict[str, object]]:
    dice = Random(seed)
    return [
        {
            "order_id": f"o{number}",
            "user_id": f"u{dice.randrange(40)}",
            "paid_at": str(MONDAY + timedelta(days=dice.randrange(42))),
            "amount": f"{dice.randrange(100, 9000) / 100:.2f}",
            "status": dice.choice(["paid", "paid", "paid", "refunded"]),
            "category": dice.choice(["tea", "cups", ""]),
            "product": dice.choice(["green", "black", "mug"]),
        }
        for number in range(300)
    ]


def test_what_was_sold_is_what_loops_give(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    rows = rows_of(3)
    pl.DataFrame(rows).write_csv(folder / "orders.csv")
    ran = userops("report", folder / "orders.csv", "--sections", "sales", "-o", folder / "s.xlsx")
    assert ran.code == 0, ran.err
    import fastexcel

    book = fastexcel.read_excel(folder / "s.xlsx")
    sheets = {name: book.load_sheet(name).to_polars() for name in book.sheet_names[1:]}
    valid = [row for row in rows if row["status"] == "paid"]
    first: dict[object, str] = {}
    for row in sorted(valid, key=lambda row: str(row["paid_at"])):
        first.setdefault(row["user_id"], str(row["paid_at"]))

    def week(day: object) -> str:
        when = date.fromisoformat(str(day))
        return str(when - timedelta(days=when.weekday()))

    sales = next(frame for name, frame in sheets.items() if "New and returning" in name)
    for told in sales.iter_rows(named=True):
        day = str(told["Period"])[:10]
        here = [row for row in valid if week(row["paid_at"]) == day]
        new = sum(float(str(row["amount"])) for row in here if week(first[row["user_id"]]) == day)
        back = sum(row["status"] == "refunded" and week(row["paid_at"]) == day for row in rows)
        assert told["From new users"] == pytest.approx(new)
        assert told["Net revenue"] == pytest.approx(sum(float(str(row["amount"])) for row in here))
        assert (told["Orders"], told["Orders given back"]) == (len(here), back)
        assert told["Refund rate"] == pytest.approx(back / (back + len(here)))
    last = max(week(row["paid_at"]) for row in valid)
    goods = next(frame for name, frame in sheets.items() if name.endswith("Products"))
    for told in goods.iter_rows(named=True):
        here = [row for row in valid if row["product"] == told["Product"]]
        by_week = [
            sum(float(str(row["amount"])) for row in here if week(row["paid_at"]) == day)
            for day in (last, str(date.fromisoformat(last) - timedelta(days=7)))
        ]
        assert [told["Net revenue"], told["Revenue before"]] == pytest.approx(by_week)


def test_weeks_that_vary_as_chance_does_have_no_more_noise() -> None:
    chance = np.random.default_rng(5)
    plain = [_dispersion(one, one).dispersion for one in chance.poisson(80, (400, 13)).tolist()]
    assert np.median(plain) < 1.3
    wide = chance.poisson(chance.gamma(20, 4, (400, 13))).tolist()  # variance 80 + 80^2 / 20
    assert np.median([_dispersion(one, one).dispersion for one in wide]) == pytest.approx(
        5, rel=0.2
    )


def test_a_sale_within_the_quarter_doesnt_pass_for_noise() -> None:
    chance = np.random.default_rng(7)
    counts = chance.poisson(130, 13)
    calm = _dispersion(counts.tolist(), counts.tolist()).dispersion
    counts[6] *= 4
    assert _dispersion(counts.tolist(), counts.tolist()).dispersion < calm + 3


def test_half_of_a_weeks_orders_gone_is_beyond_noise(tmp_path: Path) -> None:
    """Though Double 11 lies within the weeks that tell what's usual."""
    orders = pl.read_csv(SHOP / "orders.csv", infer_schema=False).with_row_index()
    of_week = pl.col("paid_at").is_between(pl.lit("2025-12-22"), pl.lit("2025-12-28 24"))
    left = orders.filter(~of_week | (pl.col("index") % 2 == 0)).drop("index")
    left.write_csv(tmp_path / "orders.csv")
    told = ("--sections", "headline", "--format", "md")
    text = userops("report", tmp_path / "orders.csv", *told).out.decode()
    assert "That is no more than chance makes" not in text
    assert text.count("beyond noise") >= 3


def test_of_weeks_alike_some_5_percent_are_beyond_noise() -> None:
    """Counts that vary more than Poisson's do: by chance alone a fifth would be."""
    from userops.analyses.kpis.compared import _by_chance, _Noise

    chance = np.random.default_rng(6)
    counts = chance.poisson(chance.gamma(60, 2, (3000, 15))).tolist()
    found, by_chance = [], []
    for one in counts:
        now, before, earlier = one[-1], one[-2], one[:-1]
        apart, variance = now - before, now + before
        found.append(_by_chance(apart, variance, _dispersion(earlier, earlier)).excludes_zero)
        by_chance.append(_by_chance(apart, variance, _Noise()).excludes_zero)
    assert 0.03 < np.mean(found) < 0.07
    assert np.mean(by_chance) > 0.15
