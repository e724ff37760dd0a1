"""The same answers from a prepared store as without it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from helpers.shops import CLEAN, FIRST_DAY, SHAPES, Row, as_csv, shop
from helpers.stores import COMMANDS, HEAD, USED, alike, orders, store_of
from userops.analyses import ANALYSES
from userops.demo import write_demo
from userops.store import build, layout


@st.composite
def exports(draw: st.DrawFn) -> list[list[Row]]:
    """A shop's rows in one export or several, which overlap or don't."""
    random = Random(draw(st.integers(0, 2**32)))
    rows = shop(random, draw(st.sampled_from([*SHAPES, CLEAN, CLEAN])))
    count = draw(st.integers(1, 3))
    if draw(st.booleans()):
        return [rows[number::count] for number in range(count) if rows[number::count]]
    return [[row for row in rows if random.random() < 0.7] or rows for _ in range(count)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    shops=exports(),
    command=st.sampled_from(COMMANDS),
    days=st.none() | st.integers(-2, 70),
    bad=st.booleans(),
    codec=st.sampled_from(["utf-8", "gb18030"]),
)
def test_with_the_store_and_without_all_is_the_same(
    shops: list[list[Row]],
    command: tuple[str, ...],
    days: int | None,
    bad: bool,
    codec: str,
    here: Path,
) -> None:
    for old in (".userops", "shop"):
        shutil.rmtree(old, ignore_errors=True)
    Path("shop").mkdir()
    for number, rows in enumerate(shops):
        text = as_csv(rows)
        if bad:
            text += "x,y\n" + ("o1," if text.startswith("order_id") else "") + "u1,never,5,,paid\n"
        Path(f"shop/{number}.csv").write_bytes(text.encode(codec))
    as_of = ("--as-of", FIRST_DAY + timedelta(days)) if days is not None else ()
    rejects = ("--rejects", "rejects.csv", "--max-rejects", "100%" if bad else "1%")
    made = userops("prepare", "shop", "--max-rejects", "100%")
    assert made.code == 0, made.err
    ran = alike(*command, "shop", *as_of, *rejects, files=["rejects.csv"])
    assert as_of or USED in ran.err


SHOP = SAMPLES / "shop"


@pytest.mark.parametrize(
    "command",
    [
        ("segment", "-f", "csv"),
        ("segment", "--lang", "zh", "-f", "md", "--show", "all"),
        ("lifecycle", "--show", "all", "-f", "json"),
        ("lifecycle", "--show", "flow", "--as-of", "2025-06-30"),
        ("cohorts", "--by", "channel", "--show", "long"),
        ("cohorts", "--period", "day", "--max-age", "9"),
        ("repurchase", "--show", "categories"),
        ("repurchase", "--show", "due", "--as-of", "2025-10-15"),
        ("ltv", "--by", "channel", "-f", "json"),
        ("ltv", "--show", "users", "--calibration-end", "2025-06-30"),
        ("report", "--sections", "headline,changes,segments,replenishment", "-f", "html"),
        ("funnel", SHOP / "events.csv"),
    ],
)
def test_every_command_over_the_sample_shop(
    command: tuple[object, ...], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 3_000)
    option = ("--orders",) if command[0] == "funnel" else ()
    name = "orders_zh.csv" if "zh" in command or "--by" in command else "orders.csv"
    assert userops("prepare", SHOP / name).code == 0
    ran = alike(*command, *option, SHOP / name)
    assert ran.code == 0, ran.err
    assert USED in ran.err


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with exports of every kind, and its orders prepared."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    write_demo(folder, users=150)
    return folder


@pytest.mark.parametrize("as_of", [(), ("--as-of", "2025-10-31")])
@pytest.mark.parametrize("command", sorted({*ANALYSES, "report"} - {"kpis", "split"}))
def test_every_command_in_a_project(
    command: str, as_of: tuple[str, ...], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    if not Path(".userops").exists():
        assert userops("prepare").code == 0
    if command == "contacts":
        as_of = ("--for", "2025-11-01") if as_of else ()
    show = () if command == "report" else ("--show", "all")
    assert alike(command, *show, "-f", "md" if command == "report" else "json", *as_of).code == 0


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx", "html"])
def test_files_are_the_same(ending: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 3_000)
    userops("prepare", SHOP / "orders.csv")
    out = f"tiers.{ending}"
    assert USED in alike("segment", SHOP / "orders.csv", "-o", out, files=[out]).err


def test_an_earlier_day_of_clean_exports_comes_from_the_store(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    for command in COMMANDS:
        assert USED in alike(*command, "orders.csv", "--as-of", FIRST_DAY + timedelta(20)).err


def test_an_earlier_day_before_a_refund_was_known(here: Path) -> None:
    text = orders(1) + "o1-3,,2024-03-01,-5.00,refunded\n"
    Path("orders.csv").write_text(
        text.replace("o1-3,,", f"o1-3,{text.splitlines()[4].split(',')[1]},")
    )
    userops("prepare", "orders.csv")
    ran = alike("segment", "orders.csv", "--as-of", FIRST_DAY + timedelta(20))
    assert USED not in ran.err
    assert USED in alike("segment", "orders.csv", "--as-of", "2024-03-01").err
    alike("report", "orders.csv", "-f", "md")


def test_line_items(here: Path) -> None:
    head = "order_id,user_id,order_time,amount,status,category,quantity\n"
    rows = [
        f"o{order},u{order % 7},{FIRST_DAY + timedelta(order)},{line + 1}.00,paid,{what},{line}\n"
        for order in range(60)
        for line, what in enumerate(["奶粉", "tea"][: order % 2 + 1])
    ]
    Path("orders.csv").write_text(head + "".join(rows), encoding="gb18030")
    assert userops("prepare", "orders.csv").code == 0
    for show in ("windows", "categories", "due"):
        assert USED in alike("repurchase", "orders.csv", "--show", show).err


def test_too_many_refused_rows_end_a_run_all_the_same(here: Path) -> None:
    Path("orders.csv").write_text(orders(1, 20) + "o,u1,never,5,paid\n")
    assert userops("prepare", "orders.csv").code == 4
    ran = alike("segment", "orders.csv", "--rejects", "no.csv", files=["no.csv"])
    assert ran.code == 4
    assert USED in ran.err
    assert alike("segment", "orders.csv", "--max-rejects", "5").code == 0


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "o1,u1,never,5,paid\n" * 30,
        HEAD + "o1,u1,2024-01-01,5,cancelled\n",
        HEAD + "o1,u1,2024-01-01,-5,paid\n",
    ],
)
def test_exports_of_which_nothing_counts(text: str, here: Path) -> None:
    Path("orders.csv").write_text(text)
    more = ("--max-rejects", "100%", "--rejects", "no.csv")
    userops("prepare", "orders.csv", *more)
    # Nothing has a day, so that every table is as empty: one each of what reads differently.
    for command in COMMANDS[:-2:3]:
        alike(*command, "orders.csv", *more, files=["no.csv"])
        alike(*command, "orders.csv", *more, "--as-of", "2023-12-01", files=["no.csv"])


def test_more_refused_rows_than_are_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "_MOST_REJECTS", 2)
    Path("orders.csv").write_text(orders(1) + "o,u1,never,5,paid\nx\ny\n")
    more = ("--max-rejects", "100%", "--rejects", "no.csv")
    userops("prepare", "orders.csv", *more)
    assert USED in alike("segment", "orders.csv", *more, files=["no.csv"]).err


def test_how_exports_are_named_doesnt_matter(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/orders.csv").write_text(orders(1) + "o,u1,never,5,paid\n")
    userops("prepare", "shop/orders.csv", "--max-rejects", "5")
    for name in ("./shop/orders.csv", here / "shop" / "orders.csv"):
        more = ("--max-rejects", "5", "--rejects", "no.csv")
        assert USED in alike("segment", name, *more, files=["no.csv"]).err


def test_other_ways_of_reading_have_stores_of_their_own(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    assert USED not in alike("segment", "orders.csv", "--status", "cancelled=valid").err
    assert USED in alike("segment", "orders.csv").err


def test_packed_exports(here: Path) -> None:
    import gzip

    Path("orders.csv.gz").write_bytes(gzip.compress(orders(1).encode()))
    userops("prepare", "orders.csv.gz")
    for command in COMMANDS:
        assert USED in alike(*command, "orders.csv.gz").err


def test_the_project_has_its_store_beside_its_settings(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/orders.csv").write_text(orders(1))
    Path("shop/userops.toml").write_text('[exports]\norders = ["*.csv"]\n')
    assert userops("prepare", "--config", "shop/userops.toml").code == 0
    assert store_of(Path("shop")).is_dir()
    assert not Path(".userops").exists()
    assert USED in alike("segment", "--config", "shop/userops.toml").err
