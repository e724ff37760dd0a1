"""Everything that is recorded, as units: the sample data, seeded shops, words, wrong uses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from . import asked, calls, makers, shops, wrong
from .asked import EVENT_TABLES, KEY, ORDER_TABLES, SECTIONS, filled, line
from .running import ROOT, Cases, Unit
from .shelf import Case

SHOP = ("shop/orders.csv", "shop/events.csv", "shop/users.csv", "shop/costs.csv")
_A_BUNDLE = 4  # shops
# Long past, and the same for all: a store knows files by their times, too.
_WHEN = 1_700_000_000
_COMMANDS = (*ORDER_TABLES, *EVENT_TABLES, "prepare", "init", "explain", "report", "demo")
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


def bundles(shop_count: int) -> list[list[Unit]]:
    """All units, by the process that they share; those that take longest come first."""
    sample = [[unit] for unit in sample_units()]
    made = [Unit(f"shop-{number:03}", partial(shop, number=number)) for number in range(shop_count)]
    of_shops = [made[at : at + _A_BUNDLE] for at in range(0, len(made), _A_BUNDLE)]
    others = [
        Unit("help", help_pages),
        Unit("explain", words),
        Unit("demo", demos),
        Unit("wrong", wrong.cases),
        Unit("makers", made_by),
        Unit("process", processes),
        Unit("python", python),
    ]
    return [*sample, *of_shops, *([unit] for unit in others)]


# Sample data


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
            os.utime(Path(place, name), (_WHEN, _WHEN))


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


# Shops


def shop(folder: Path, number: int) -> Cases:
    """What is asked of a seeded shop, read in each way that it can be."""
    made = shops.write(folder, number)
    aged(folder)
    files, how = made.orders, made.how
    yield line("init", "init", *files, *how)
    everything = [name for name in (*files, made.events, made.users, made.costs) if name]
    if len(everything) > len(files):
        yield line("init", "init", *everything, *how)
    if made.settings:
        (folder / "userops.toml").write_text(made.settings, encoding="utf-8")
    yield from asked.tables("csv", ORDER_TABLES, files, how)
    yield line("csv", "report", *files, *how, "-f", "md")
    yield from asked.rotated("csv", ORDER_TABLES, (*files, *how), number, 4)
    lines = asked.order_options(made.earlier, made.before)
    for at, words in enumerate(lines):
        if (at + number) % 5 == 0:
            yield line("csv", *filled(words, files, how))
    loose = shops.loosely(made.traits, how)
    for words in asked.beside_options(made.earlier, made.events, made.users, made.costs, made.more):
        yield line("beside", *filled(words, files, loose))
    if made.events:
        yield from of_events(made, number)
    if made.parquet:
        yield from asked.tables("parquet", ORDER_TABLES, (made.parquet,), (), (number // 2, 3))
        yield line("parquet", "report", made.parquet, "-f", "md")
        for at, words in enumerate(lines):
            if (at + number // 2) % 10 == 1:
                yield line("parquet", *filled(words, (made.parquet,), ()))
    yield from of_store(folder, made, number)


def of_events(made: shops.Shop, number: int) -> Iterator[Case]:
    """What is asked of a shop's events."""
    assert made.events
    european = made.traits.time == "european"
    how = shops.loosely(made.traits, shops.TIMES["european"][1] if european else ())
    beside = shops.loosely(made.traits, made.how)
    yield from asked.tables("events", EVENT_TABLES, (made.events,), how)
    yield from asked.rotated("events", EVENT_TABLES, (made.events, *how), number, 3)
    for at, words in enumerate(
        asked.event_options(made.earlier, made.events, made.users, made.orders)
    ):
        if (at + number) % 3 == 0:
            yield line("events", *words, *(beside if "--orders" in words else how))


def of_store(folder: Path, made: shops.Shop, number: int) -> Iterator[Case]:
    """A shop's orders as prepared; then with a row more, and with one that's odd."""
    files, how = made.orders, made.how
    yield line("store", "prepare", *files, *how, "-f", "json")
    yield from asked.tables("store", ORDER_TABLES, files, how, (number // 2 + 1, 3))
    yield line("store", "report", *files, *how, "-f", "md")
    for at, words in enumerate(asked.order_options(made.earlier, made.before)):
        if (at + number // 2) % 10 == 2:
            yield line("store", *filled(words, files, how))
    path = folder / files[-1]
    last = path.read_bytes().decode(made.traits.encoding).splitlines()[-1]
    for group, more in (
        ("store, a row twice", last),
        ("store, an odd row", last[: len(last) // 2]),
    ):
        with path.open("ab") as file:
            file.write(f"{more}\n".encode(made.traits.encoding.removesuffix("-sig")))
        os.utime(path, (_WHEN + len(group), _WHEN + len(group)))
        yield line(group, "segment", *files, *how, "--show", "all", "-f", "json")
        yield line(group, "repurchase", *files, *how, "--show", "all", "-f", "json")
    yield line("store", "prepare", *files, *how, "--clear")


# Words, and what else


def help_pages(folder: Path) -> Cases:
    """The pages of help."""
    for command in _COMMANDS:
        yield line("page", command, "--help")
        yield line("page", command, "-h", environment={"COLUMNS": "60"})
    yield line("page", "--help")
    yield line("page", "-h", environment={"COLUMNS": "60"})
    yield line("page", "--version")
    yield Case("page/nothing", ())
    yield line("page", "explain", "--lang", "zh")


def words(folder: Path) -> Cases:
    """Every word that `explain` knows: names, labels in both languages, and values of columns."""
    known: dict[str, None] = {}
    for lang in asked.LANGUAGES:
        listing = yield line("all", "explain", "--lang", lang)
        for row in listing.out.decode().splitlines() if listing else ():
            if row.startswith("  "):
                known |= dict.fromkeys(filter(None, map(str.strip, row.split("  "))))
    values: dict[str, None] = {}
    for word in known:
        for lang in asked.LANGUAGES:
            told = yield line("word", "explain", word, "--lang", lang)
            first = told.out.decode().partition("\n")[0] if told else ""
            for part in first.split(" · "):
                values |= dict.fromkeys(part.split(", ") if ", " in part else ())
    for word in values:
        if word not in known:
            yield line("value", "explain", word)


def demos(folder: Path) -> Cases:
    """Sample shops that the program makes."""
    yield line("made", "demo", "out/shop", "--users", "60")
    yield line("made", "demo", "out/shop", "--users", "300", "--seed", "11")
    yield line("made", "demo", "out/shop")
    yield line("made", "demo", "out/shop", "--users", "0")


def made_by(folder: Path) -> Cases:
    """Exports as the tools of the trade make them."""
    for name, content in makers.exports().items():
        (folder / name).write_bytes(content)
    aged(folder)
    here = ("--tz", "Asia/Shanghai")
    for name in makers.ORDERS:
        yield line("orders", "segment", f"{name}.csv", *here, "--show", "all", "-f", "json")
        yield line("orders", "check", f"{name}.csv", *here, "--show", "all", "-f", "json")
        yield line("orders", "segment", f"{name}.csv", *here, "--source", "generic", "-f", "csv")
        yield line("orders", "init", f"{name}.csv")
    for name in makers.EVENTS:
        yield line("events", "activity", f"{name}.csv", *here, "--show", "all", "-f", "json")
        yield line("events", "funnel", f"{name}.csv", *here, "--steps", "browse,pay", "-f", "csv")
    yield line("users", "lifecycle", "plain.csv", *here, "--users", "wecom.csv", "-f", "csv")
    for name in makers.FORMS:
        yield line("forms", "segment", name, "--show", "all", "-f", "json")
        yield line("forms", "check", name, "--show", "all", "-f", "json")
        yield line("forms", "repurchase", name, "--show", "all", "-f", "json")


def processes(folder: Path) -> Cases:
    """Some command lines in processes of their own, as a user starts them."""
    samples(folder)
    lines = (
        (), ("--help",), ("--version",), ("segment", "--help"), ("explain", "Champions"),
        *((command, SHOP[0], "--show", "all", "-f", "json") for command in ORDER_TABLES),
        *((command, SHOP[1], "--show", "all", "-f", "json") for command in EVENT_TABLES),
        ("segment", SHOP[0]), ("report", SHOP[0]), ("report", SHOP[0], "-o", "out/"),
        ("prepare", SHOP[0]), ("segment", SHOP[0], "-f", "table"), ("demo", "out/demo", "--users", "60"),
        ("init", *SHOP), ("segment", "none.csv"), ("segment", SHOP[0], "--shwo"), ("nothing",),
    )  # fmt: skip
    for words in lines:
        yield Case(f"run/{' '.join(words)}", ("-m", "userops", *words), fresh=True)
    start = "import sys; from userops.cli import main; main(sys.argv[1:])"
    yield Case("run/by main", ("-c", start, "cohorts", SHOP[0]), fresh=True)


def python(folder: Path) -> Cases:
    """What the functions of `userops.api` give, each in a process of its own."""
    samples(folder)
    made = shops.write(folder, 0)
    aged(folder)
    given = {
        "orders": made.orders[0], "events": made.events, "users": made.users,
        "parquet": made.parquet, "earlier": made.earlier, "before": made.before,
    }  # fmt: skip
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    script = str(Path(calls.__file__))
    for name in calls.FUNCTIONS:
        yield Case(name, (script, "given.json", name), fresh=True)


def versions(package: Path) -> dict[str, str]:
    """What a recording was made of, beside it and never compared."""
    found = {"package": str(package), "python": sys.version.split()[0]}
    for name in ("polars", "numpy", "pyarrow", "typer", "xlsxwriter"):
        found[name] = __import__("importlib.metadata").metadata.version(name)
    command = ("git", "-C", str(package), "log", "-1", "--format=%H %s")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {**found, "commit": done.stdout.strip()}
