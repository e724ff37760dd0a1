"""Nothing that a section says comes from a part of its table; lists are never last week's."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers.running import userops
from helpers.shops import FIRST_DAY, money
from report.conftest import SHOP
from userops.report import build as report

ORDERS = SHOP / "orders.csv"


def test_the_heat_map_has_the_latest_cohorts_and_all(page: str) -> None:
    """24 months are more than the map has; weeks would have too few users each."""
    (chart,) = re.findall(r'<svg[^>]*class="[^"]*heat.*?</svg>', page, re.DOTALL)
    months = re.findall(r">(20\d\d-\d\d)<", chart)
    cohorts = userops("cohorts", ORDERS, "--period", "month", "-f", "json", "-q").json
    known = [row["cohort"] for row in cohorts if row["cohort"] != "all"]  # type: ignore[attr-defined]
    assert months == known[-13:]
    assert ">0<" not in re.findall(r">all<.*?</text>.*?</text>", chart, re.DOTALL)[0]
    assert "Of all cohorts that have reached it" in page


def test_cohorts_of_a_month_that_is_cut_short_are_marked_in_numbers() -> None:
    """As `userops cohorts` marks them; the latest cohorts alone are shown."""
    asked = (ORDERS, "--as-of", "2025-12-15", "-f", "md", "-q")
    text = userops("report", *asked, "--sections", "cohorts").text
    shown = [line for line in text.splitlines() if line.startswith("| 20")]
    last = [[cell for cell in line.strip("| ").split(" | ") if cell.strip()][-1] for line in shown]
    assert len(shown) == 13
    assert all(cell.endswith("%\\*") for cell in last)
    assert text.count("\\*") == 14
    assert "\\* not whole yet" in text
    whole = userops("report", ORDERS, "-f", "md", "-q", "--sections", "cohorts").text
    assert "\\*" not in whole


def test_due_counts_everyone(monkeypatch: pytest.MonkeyPatch) -> None:
    due = userops("repurchase", ORDERS, "--show", "due", "-f", "json", "-q").json
    overdue = sum(row["overdue_days"] > 0 for row in due)  # type: ignore[attr-defined]
    monkeypatch.setattr(report, "LONGEST", 5)
    text = userops("report", ORDERS, "-f", "md", "-q", "--sections", "replenishment").text
    assert f"{len(due):,} purchases are due" in text  # type: ignore[arg-type]
    assert f"{overdue:,} of them already past their day" in text
    assert f"… {len(due) - 5:,} more rows" in text  # type: ignore[arg-type]


@pytest.mark.parametrize("day", ["1900-01-01", "2999-01-01"])
def test_an_order_of_a_wrong_year_is_no_obstacle(day: str, tmp_path: Path) -> None:
    odd = tmp_path / "odd.csv"
    head, *rows = ORDERS.read_text(encoding="utf-8").splitlines()
    cells = rows[0].split(",")
    at = head.split(",").index("paid_at")
    cells[0], cells[at] = "odd", day
    odd.write_text("\n".join([head, *rows, ",".join(cells)]), encoding="utf-8")
    ran = userops("report", odd, "-f", "md", "-q")
    assert ran.code == 0, ran.err
    assert "| 2025-12-22 |" in ran.text or day.startswith("29")


@pytest.mark.parametrize("seed", range(4))
def test_entry_tiers_are_those_of_their_day(seed: int, tmp_path: Path) -> None:
    """A refund that came later doesn't change who was in which tier before it."""
    random = Random(seed)
    orders, lines = [], ["order_id,user_id,order_date,amount"]
    for number in range(300):
        user, day = f"u{random.randrange(40)}", FIRST_DAY + timedelta(random.randrange(150))
        paid = random.randint(100, 10_000)
        back = random.choice([0, 0, 0, paid // 2, paid - 1])
        orders.append((user, day, paid - back))
        lines.append(f"A{number},{user},{day},{money(paid)}")
        if back:
            later = day + timedelta(random.randint(1, 20))
            lines.append(f"A{number},{user},{later},{money(-back)}")
    export = tmp_path / "o.csv"
    export.write_text("\n".join(lines), encoding="utf-8")
    text = userops("report", export, "-f", "md", "-q", "--sections", "changes").text
    found = re.search(r"· (\d{4}-\d\d-\d\d) – ", text)
    assert found is not None
    first = date.fromisoformat(found[1])
    before = userops(
        "segment", export, "--as-of", first - timedelta(1), "-f", "parquet", "-q",
        "-o", tmp_path / "then.parquet",
    )  # fmt: skip
    assert before.code == 0, before.err
    tiers = dict(pl.read_parquet(tmp_path / "then.parquet").select("user_id", "tier").iter_rows())
    wanted: dict[str, int] = {}
    for user, day, net in orders:
        if first <= day < first + timedelta(7):
            tier = tiers.get(user, "first order")
            wanted[tier] = wanted.get(tier, 0) + net
    # Without orders in both weeks there's no such table.
    table = text.partition("### Change by tier")[2].split("###")[0]
    told = {
        cells[1].strip(): round(float(cells[2].replace(",", "")) * 100)
        for line in table.splitlines()
        if (cells := line.split("|")) and len(cells) > 4 and cells[2].strip()[:1].isdigit()
    }
    assert {name: value for name, value in told.items() if value} == {
        name: value for name, value in wanted.items() if value
    }


def test_lists_that_there_is_no_data_for_are_empty(tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    pl.read_csv(ORDERS, infer_schema=False).drop("category").write_csv(bare)
    out = tmp_path / "out"
    assert userops("report", ORDERS, "-o", f"{out}/", "-q").code == 0
    full = (out / "replenishment.csv").read_text(encoding="utf-8-sig").splitlines()
    ran = userops("report", bare, "-o", f"{out}/")
    assert ran.code == 0
    assert len(full) > 1
    now = (out / "replenishment.csv").read_text(encoding="utf-8-sig").splitlines()
    assert now == full[:1]
    assert "replenishment.csv is empty" in ran.err


def test_personal_data_in_notes(tmp_path: Path) -> None:
    """Channels may be people: what notes say of them is treated as tables are."""
    orders, costs = tmp_path / "o.csv", tmp_path / "c.csv"
    orders.write_text(
        "order_id,user_id,order_date,amount,channel\n"
        "1,u1,2025-01-03,10,boss@corp.com\n2,u2,2025-02-03,20,13911112222\n",
        encoding="utf-8",
    )
    costs.write_text("month,channel,cost\n2025-01,13922223333,5\n", encoding="utf-8")
    for fmt in ("md", "html"):
        ran = userops("report", orders, "--costs", costs, "-f", fmt, "-q")
        assert ran.code == 0, ran.err
        for personal in ("boss@", "13911112222", "13922223333"):
            assert personal not in ran.text
