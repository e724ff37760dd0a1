"""A section that's absent says what would bring it, and what it says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpers.running import userops
from report.conftest import SHOP

HEADER = "order_id,user_id,order_time,amount,category\n"


def sections(*arguments: object) -> dict[str, str]:
    """What a report's Markdown says under each heading, or of what's absent; all of it under nothing."""
    ran = userops("report", *arguments, "-f", "md")
    assert ran.code == 0, ran.err
    found = {}
    for part in f"\n{ran.text}".split("\n## "):
        title, _, text = part.partition("\n\n")
        found[title.strip()] = re.sub(r"^\*[^*]+\*\n\n", "", text.strip())  # its days
    for line in found.get("Not in this report", "").splitlines():
        title, _, text = line.removeprefix("- **").partition("**: ")
        found[title] = text
    return {"": ran.text, **found}


def export(folder: Path, *rows: str, header: str = HEADER, name: str = "orders.csv") -> Path:
    file = folder / name
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return file


def test_a_year_before_the_data(tmp_path: Path) -> None:
    rows = [f"{n},u{n % 9},2025-{1 + n // 26:02}-{1 + n % 26:02},5.00,milk" for n in range(150)]
    said = sections(export(tmp_path, *rows), "--against", "year")
    assert said["What changed, and among whom"] == (
        "Needs the week a year before 2025-06-09 – 06-15: the data begins on 2025-01-01."
    )
    assert "the week a year before isn't in the data" in said[""]
    assert "nothing earlier" not in said[""]


def test_periods_that_the_data_cuts_dont_count(tmp_path: Path) -> None:
    rows = ["1,u1,2025-01-02,5,milk", "2,u2,2025-01-12,5,milk"]  # a Thursday to a Sunday
    said = sections(export(tmp_path, *rows))
    assert said["What changed, and among whom"] == "Needs two whole periods: this data has 1."


def test_before_the_first_order_nothing_is_asked_for_that_was_given() -> None:
    said = sections(
        SHOP / "orders.csv", "--as-of", "2020-01-01", "--events", SHOP / "events.csv",
        "--costs", SHOP / "costs.csv", "--users", SHOP / "users.csv",
    )  # fmt: skip
    for title in ("Headline", "What changed, and among whom", "Repurchase", "Running out",
                  "Worth and cost", "Segments and tiers", "Lifecycle", "Cohorts"):  # fmt: skip
        assert said[title] == "No orders up to 2020-01-01."
    assert said["Activity"] == said["Golden path"] == "No events up to 2020-01-01."


def test_an_export_of_no_rows(tmp_path: Path) -> None:
    said = sections(export(tmp_path))
    assert said["Headline"] == said["Repurchase"] == "No orders in the data."
    assert said["Data quality"].startswith("The exports hold no rows.")
    assert "None" not in said[""]


def test_one_order(tmp_path: Path) -> None:
    said = sections(export(tmp_path, "1,u1,2024-05-05,5,milk"))
    assert said["Repurchase"] == "Nobody has been observed for 7 days after a first purchase yet."
    assert said["Segments and tiers"].startswith("1 user has bought by 2024-05-05.")


def test_nothing_says_who_invited_whom() -> None:
    asked = ("--sections", "referral", "--pii", "raw")
    alone = sections(SHOP / "orders.csv", *asked)
    assert alone["Referral"].startswith("Needs to know who invited whom")
    users = sections(SHOP / "orders.csv", "--users", SHOP / "users.csv", *asked)["Referral"]
    assert "6 invited on 2024-11-11" in users
    assert "Commission" not in users  # nothing says it


def test_nobody_begins_the_path(tmp_path: Path) -> None:
    events = export(
        tmp_path,
        "u1,2025-06-02 10:00,browse",
        header="user_id,event_time,event\n",
        name="events.csv",
    )
    orders = export(tmp_path, "1,u2,2025-05-01,5,milk", "2,u2,2025-06-20,5,milk")
    config = export(tmp_path, header='[funnel]\nsteps = ["browse", "reorder"]\nwindow = 30\n',
                    name="userops.toml")  # fmt: skip
    said = sections(orders, "--events", events, "--config", config)
    assert said["Golden path"] == (
        "Nobody has taken the path's first step, “browse”, with a whole window since, by 2025-06-20."
    )


def test_costs_of_other_days(tmp_path: Path) -> None:
    costs = export(tmp_path, "ads,2031-01,5", header="channel,period,cost\n", name="costs.csv")
    said = sections(export(tmp_path, "1,u1,2024-05-05,5,milk"), "--costs", costs)
    assert "needs costs" not in said["Headline"]
    assert "need costs" not in said["Worth and cost"]
    assert "No CAC and payback" in said["Worth and cost"]


def test_goals_that_are_set(tmp_path: Path) -> None:
    config = export(tmp_path, header="[goals]\nnew = { target = 5 }\n", name="userops.toml")
    said = sections(export(tmp_path), "--config", config)
    assert said["Goals"] == "No orders in the data."


@pytest.mark.parametrize("more", [["--against", "year"], ["--as-of", "2020-01-01"]])
def test_in_chinese_too(more: list[str]) -> None:
    ran = userops("report", SHOP / "orders.csv", *more, "--lang", "zh", "-f", "md", "-q")
    assert ran.code == 0
    assert "Needs" not in ran.text
    assert "No orders" not in ran.text
