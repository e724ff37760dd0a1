"""What is recorded of the sample data: every command, table, format and language, and all options."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from . import asked
from .asked import EVENT_TABLES, KEY, ORDER_TABLES, SECTIONS, filled, line
from .running import ROOT, Cases, Unit

SHOP = ("shop/orders.csv", "shop/events.csv", "shop/users.csv", "shop/costs.csv")
# Long past, and the same for all: a store knows files by their times, too.
WHEN = 1_700_000_000
_SETTINGS = """\
lang = "zh"
week_start = "sunday"
[exports]
orders = ["shop/orders.csv"]
events = ["shop/events.csv"]
users = ["shop/users.csv"]
costs = ["shop/costs.csv"]
[status]
pending = "valid"
[rfm]
bins = 4
segments = "ours"
[[segments.ours.rules]]
name = "Best"
r = [4, 5]
f = [3, 5]
action = "Call"
[[segments.ours.rules]]
name = "Lost"
r = [1, 2]
[segments.ours]
otherwise = "Rest"
[lifecycle]
slump_days = 20
churn_days = 50
period = "week"
[repurchase]
windows = [10, 100]
[replenishment]
within = 14
min_gaps = 5
[ltv]
margin = 0.4
horizon = 180
[activity]
silence = 10
period = "day"
[funnel]
steps = ["browse", "cart", "pay"]
window = 10
[funnel.sources]
browse = ["browse", "click"]
[goals.revenue]
target = 300000
period = "month"
[goals.users]
growth = "20%"
period = "year"
[goals.repurchase_rate]
target = "30%"
period = "quarter"
[playbook]
Best = "Send a card"
slump = "Write to them"
"""


def sample_units() -> Iterator[Unit]:
    """The sample data: every command, table, format and language, and all options."""
    cdnow = ("cdnow/sample.csv",)
    for command, names in ORDER_TABLES.items():
        yield Unit(
            f"sample/shop/{command}", partial(full, command=command, names=names, files=SHOP[:1])
        )
        yield Unit(
            f"sample/cdnow/{command}", partial(full, command=command, names=names, files=cdnow)
        )
    for command, names in EVENT_TABLES.items():
        yield Unit(
            f"sample/shop/{command}", partial(full, command=command, names=names, files=SHOP[1:2])
        )
    yield Unit("sample/use", by_use)
    yield Unit("sample/report", reports)
    yield Unit("sample/options", options)
    yield Unit("sample/whole", whole)
    yield Unit("sample/settings", settled)
    yield Unit("sample/store", stored)


def samples(folder: Path) -> None:
    """The sample data, in a folder."""
    shutil.copytree(ROOT / "sample_data", folder, dirs_exist_ok=True)
    aged(folder)


def aged(folder: Path) -> None:
    """Give every file the same old time."""
    for place, _, files in os.walk(folder):
        for name in files:
            os.utime(Path(place, name), (WHEN, WHEN))


def full(folder: Path, command: str, names: Sequence[str], files: Sequence[str]) -> Cases:
    """A command over sample data in every way that its tables are written."""
    samples(folder)
    yield from asked.product("out", command, names, files)
    for form in asked.FORMATS:
        target = "out/it.txt" if form == "table" else f"out/it.{form}"
        yield line("file", command, *files, "-o", target)
    yield line("file", command, *files, "--show", "all", "-o", "out/all.xlsx", "--lang", "zh")
    yield line("file", command, *files, "--show", "all", "-o", "out/all.html", "--quiet")


def by_use(folder: Path) -> Cases:
    """What is told of events by commands that are about orders."""
    samples(folder)
    orders, events, users, _ = SHOP
    use = ("--events", events)
    yield from asked.product("segment", "segment", ORDER_TABLES["segment"], use)
    both = (orders, *use, "--users", users)
    yield from asked.product("two_way", "segment", ("two_way",), both)
    yield from asked.product("cohorts", "cohorts", ORDER_TABLES["cohorts"], use)
    beside = (events, "--orders", orders, "--users", users)
    yield from asked.product("funnel", "funnel", ("conversion",), beside)


def reports(folder: Path) -> Cases:
    """Reports of the sample shop."""
    samples(folder)
    orders, events, users, costs = SHOP
    given = (orders, "--events", events, "--users", users, "--costs", costs)
    for form in ("md", "html", "xlsx"):
        for lang in asked.LANGUAGES:
            for period in ("week", "month"):
                for against in ("previous", "year"):
                    how = ("--lang", lang, "--period", period, "--against", against)
                    yield line("format", "report", *given, *how, "-f", form)
    for section in SECTIONS:
        for lang in asked.LANGUAGES:
            yield line(
                "section", "report", *given, "--sections", section, "--lang", lang, "-f", "md"
            )
    for way in ("mask", "hash", "raw"):
        told = ("--pii", way, "--lists", "-o", "out/folder/")
        yield line("pii with a key", "report", *given, *told, environment=KEY)
        yield line("pii", "report", *given, *told)
    for lang in asked.LANGUAGES:
        yield line("file", "report", *given, "--email", "-o", "out/mail.html", "--lang", lang)
    yield line("file", "report", *given, "--email", "-o", "out/report.md")
    yield line("file", "report", *given, "-o", "out/folder/", "-f", "html", "--title", "母婴 & <b>")
    yield line(
        "file", "report", *given, "--lists", "-o", "out/weekly.html", "--as-of", "2025-12-07"
    )
    yield line("cdnow", "report", "cdnow/sample.csv", "-o", "out/folder/")
    template = folder / "mine" / "sections"
    template.mkdir(parents=True)
    (template / "headline.md.j2").write_text("MINE {{ section.title }}\n", encoding="utf-8")
    yield line("template", "report", *given, "--template", "mine", "-f", "md")
    (template / "headline.md.j2").write_text("{{ nothing.there }}\n", encoding="utf-8")
    yield line("template", "report", *given, "--template", "mine", "-f", "md", "--quiet")


def options(folder: Path) -> Cases:
    """Every option, over both samples, their Chinese form, and Parquet and Excel of them."""
    samples(folder)
    orders, events, users, costs = SHOP
    lines = asked.order_options("2025-10-20", "2025-06-30")
    beside = asked.beside_options("2025-10-20", events, users, costs, ("channel", "gender"))
    for words in (*lines, *beside):
        yield line("shop", *filled(words, (orders,), ()))
    for words in asked.event_options("2025-12-10", events, users, (orders,)):
        yield line("shop", *words)
    for words in asked.order_options("1998-03-31", "1997-12-31"):
        yield line("cdnow", *filled(words, ("cdnow/sample.csv",), ()))
    yield line("cuts", "segment", orders, "--save-cuts", "cuts.csv", kept=True)
    yield line(
        "cuts", "segment", "shop/orders_zh.csv", "--cuts", "cuts.csv", "--show", "all", "-f", "json"
    )
    yield line("cuts", "segment", orders, "--cuts", "cuts.csv", "--method", "quantile")
    yield line(
        "shop",
        "cohorts",
        orders,
        "--by",
        "age_band",
        "--users",
        users,
        "--show",
        "all",
        "-f",
        "json",
    )
    yield from asked.tables("chinese", ORDER_TABLES, ("shop/orders_zh.csv",), ())
    yield line("chinese", "segment", "shop/orders_zh.csv", "-f", "table", "--lang", "zh")
    yield line("chinese", "report", "shop/orders_zh.csv", "-f", "md", "--lang", "zh")
    yield line("stdin", "segment", "-", stdin=orders)
    yield line("stdin", "activity", "-", "--show", "all", "-f", "json", stdin=events)
    yield line("together", "segment", orders, "shop/orders_zh.csv", "--show", "all", "-f", "json")
    yield line("together", "check", "shop/orders*.csv", "--show", "all", "-f", "table")


def whole(folder: Path) -> Cases:
    """All of the CDNOW data, as CSV alone for its length."""
    samples(folder)
    yield from asked.tables("csv", ORDER_TABLES, ("cdnow/orders.csv",), ())
    yield line("csv", "report", "cdnow/orders.csv", "-f", "md")
    yield line("csv", "cohorts", "cdnow/orders.csv", "--measure", "revenue", "--period", "week")
    yield line("csv", "ltv", "cdnow/orders.csv", "--model", "auto", "--show", "all", "-f", "json")


def settled(folder: Path) -> Cases:
    """A project with settings: commands without arguments, and options that win over settings."""
    samples(folder)
    (folder / "userops.toml").write_text(_SETTINGS, encoding="utf-8")
    for command in (*ORDER_TABLES, *EVENT_TABLES):
        for form in ("json", "table", "html"):
            yield line("none", command, "--show", "all", "-f", form)
    yield line("none", "report", "-f", "md")
    yield line("none", "report", "-o", "out/")
    yield line(
        "none", "report", "--sections", "goals,segments", "--lang", "en", "--as-of", "2025-11-16"
    )
    yield line("none", "prepare")
    yield line(
        "none", "segment", "--lang", "en", "--segments", "grid", "--bins", "5", "-f", "table"
    )
    yield line(
        "none",
        "lifecycle",
        "--churn-days",
        "90",
        "--period",
        "month",
        "--show",
        "all",
        "-f",
        "json",
    )
    yield line("none", "funnel", "--steps", "click,order", "-f", "csv")
    yield line("none", "prepare", "--clear")
    yield line("none", "init", "shop/orders.csv")
    (folder / "userops.toml").rename(folder / "other.toml")
    yield line("config", "segment", "--config", "other.toml", "--show", "all", "-f", "json")
    yield line("config", "report", "--config", "other.toml", "-f", "md")
    yield line("init", "init", "shop/*.csv", "cdnow/sample.csv")
    yield line("init", "init", *SHOP, kept=True)
    yield line("init", "segment", "--show", "all", "-f", "json")
    yield line("init", "report", "-f", "md")


def stored(folder: Path) -> Cases:
    """The sample shop's orders as prepared, and what a change of them does."""
    samples(folder)
    files = ("shop/orders.csv",)
    yield line("made", "prepare", *files)
    yield from asked.tables("read", ORDER_TABLES, files, ())
    for words in asked.order_options("2025-10-20", "2025-06-30"):
        yield line("read", *filled(words, files, ()))
    yield line("read", "segment", *files, "--no-store")
    yield line("again", "prepare", *files, "-f", "json")
    yield line("folder", "prepare", "shop/orders*.csv", "--lang", "zh", "-f", "table")
    yield line("folder", "segment", "shop/orders*.csv", "--show", "all", "-f", "json")
    yield line("gone", "prepare", *files, "--clear")
    yield line("gone", "segment", *files)
    yield line("gone", "prepare", *files, "--clear", "--quiet")
