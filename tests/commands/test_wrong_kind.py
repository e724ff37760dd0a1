"""An export given as what it isn't: the error says what it looks like, and how to give it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from helpers.exports import costs, events, orders, people, put
from helpers.running import SAMPLES, Ran, userops

SHOP = SAMPLES / "shop"


def mend(ran: Ran) -> str:
    """What it says to try first."""
    assert ran.code == 3, ran.err
    return ran.err.partition("\n  try: ")[2].partition("; or --map")[0]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("users", "it looks like users: userops lifecycle orders.csv --users {}"),
        ("events", "it looks like events: userops activity {}"),
        ("costs", "it looks like costs: userops ltv orders.csv --costs {}"),
        ("messages", "it looks like messages: userops screen orders.csv --messages {}"),
        ("leaders", "it looks like leaders: userops referral orders.csv --leaders {}"),
        ("agents", "it looks like agents: userops contacts orders.csv --agents {}"),
        ("coupons", "it looks like coupons: userops campaigns orders.csv --coupons {}"),
    ],
)
def test_what_is_no_order(file: str, said: str) -> None:
    path = SHOP / f"{file}.csv"
    assert mend(userops("segment", path)) == said.format(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("segment e.csv", "userops activity e.csv"),
        ("segment un.csv", "userops lifecycle o.csv --users un.csv"),
        ("activity o.csv", "userops segment o.csv"),
        ("ltv o.csv c.csv", "userops ltv o.csv --costs c.csv"),
    ],
)
def test_what_it_says_helps(here: Path, line: str, said: str) -> None:
    orders(), events(), people(), costs()
    told = mend(userops(*line.split())).partition(": ")[2].replace("orders.csv", "o.csv")
    whole = told if told.startswith("userops") else f"userops ltv o.csv {told}"
    assert whole == said
    ran = userops(*shlex.split(said)[1:])
    assert ran.code == 0, ran.err


def test_of_a_folder_init_finds_out_what_is_what(here: Path) -> None:
    Path("exports").mkdir()
    orders(name="exports/o.csv"), events(name="exports/e.csv"), costs(name="exports/c.csv")
    names = ["exports/c.csv", "exports/e.csv", "exports/o.csv"]
    for named in (["exports"], ["exports/*.csv"], names):
        said = mend(userops("segment", *named))
        assert said.startswith("it looks like costs: name the orders alone")
        assert "userops init exports find" in said
    assert userops("init", "exports").code == 0
    assert userops("segment").code == 0


def test_a_makers_orders_are_no_events(here: Path) -> None:
    """Shopify calls order numbers Name, and so do some call events."""
    put("s.csv", "Name,Email,Financial Status,Paid at,Created at,Total,Lineitem quantity",
        "#1,a@x.org,paid,2025-01-02 10:00:00,2025-01-02 10:00:00,5.00,1")  # fmt: skip
    for command in ("activity", "funnel"):
        assert mend(userops(command, "s.csv")) == "it looks like orders: userops segment s.csv"
    assert userops("activity", "s.csv", "--map", "event=Financial Status").code == 0


def test_what_looks_like_nothing_else_keeps_its_error(here: Path) -> None:
    put("x.csv", "user_id,colour", "a,red")
    assert mend(userops("segment", "x.csv")).startswith("--map order_time=COLUMN")


def test_in_chinese() -> None:
    ran = userops("segment", SHOP / "users.csv", "--lang", "zh")
    assert "看起来是用户：userops lifecycle orders.csv --users" in ran.err
