"""Everything that is recorded, as units: the sample data, seeded shops, words, wrong uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from . import asked, calls, makers, shops, wrong
from .asked import EVENT_TABLES, ORDER_TABLES, filled, line
from .running import Cases, Unit
from .sample_units import SHOP, WHEN, aged, sample_units, samples
from .shelf import Case

_A_BUNDLE = 4  # shops
_COMMANDS = (*ORDER_TABLES, *EVENT_TABLES, "prepare", "init", "explain", "report", "demo")


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
        os.utime(path, (WHEN + len(group), WHEN + len(group)))
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
