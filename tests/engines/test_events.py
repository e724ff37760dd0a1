"""--engine spark over events: the same tables, tally and notes as on Polars, to the byte."""

from __future__ import annotations

import csv
import shutil
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers.engines import both
from helpers.running import SAMPLES, userops

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark isn't installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java for Spark"),
    # Of Spark's own, and of its machinery.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
ORDERS, EVENTS, USERS = (
    SAMPLES / "shop" / name for name in ("orders.csv", "events.csv", "users.csv")
)
HEADER = (
    "user_id",
    "event_time",
    "event",
    "session_id",
    "duration_s",
    "channel",
    "page",
    "event_id",
)


def row(random: Random, number: int) -> list[str]:
    """An event; many stand on the hour, several of a user's at one time."""
    second = random.choice([random.randrange(90 * 86_400), random.randrange(90 * 8) * 10_800])
    return [
        f"u{random.randrange(30):03}",
        f"{datetime(2024, 1, 1) + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}",
        random.choice(["browse", "cart", "pay", "register", "Heartbeat"]),
        random.choice(["", f"s{number // 4:05}"]),
        random.choice(["", "3", "2.5", "61.0005"]),
        random.choice(["app", "web", " web ", "n/a", "门店"]),
        random.choice(["home", "p,1", 'a "b"', ""]),
        f"e{number:06}",
    ]


def spoiled(random: Random, rows: list[list[str]]) -> list[list[str]]:
    """Some rows as no light rule reads them, and some that stand again."""
    rows = [list(row) for row in rows]
    pick = random.sample(range(len(rows)), 12)
    odd = [(0, 1, "soon"), (1, 1, "2024/2/3"), (2, 0, ""), (3, 0, " u003 "), (4, 2, "")]
    odd += [(5, 4, "long"), (6, 3, "'s1"), (7, 6, "two\nlines"), (8, 7, f"'{rows[pick[8]][7]}")]
    for number, column, text in odd:
        rows[pick[number]][column] = text
    # Twice as it is; by its id at an earlier time; by an id behind a text mark; with less than no time.
    earlier, marked, negative = (list(rows[pick[number]]) for number in (10, 8, 11))
    earlier[1] = marked[1] = "2024-01-02 00:00:00"
    marked[7], negative[4] = marked[7].strip("'"), "-5"
    return [*rows, rows[pick[9]], rows[pick[9]], earlier, marked, negative]


def write(path: Path, rows: list[list[str]], *without: str) -> Path:
    keep = [at for at, name in enumerate(HEADER) if name not in without]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([row[at] for at in keep] for row in (HEADER, *rows))
    return path


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Clean events and dirty ones, by silence and by sessions, with durations and without."""
    folder = tmp_path_factory.mktemp("events")
    random = Random(7)
    rows = [row(random, number) for number in range(500)]
    dirty = spoiled(random, rows)
    return {
        "clean": write(folder / "clean.csv", rows, "session_id", "duration_s"),
        "dirty": write(folder / "dirty.csv", dirty),
        "no-ids": write(folder / "no-ids.csv", dirty, "event_id", "duration_s"),
        "timed": write(folder / "timed.csv", dirty, "session_id", "page"),
    }


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("activity --show all", "clean"),
        ("activity --show all --period day --as-of 2024-02-20 --ignore heartbeat", "dirty"),
        ("activity --show all --period month --silence 600", "no-ids"),
        ("activity --show all", "timed"),
        ("cohorts --show all --period week --events", "clean"),
        ("cohorts --show all --by channel --returning on-or-after --as-of 2024-03-01 --events", "dirty"),
        ("segment --show all --events", "no-ids"),
        ("segment --show all --as-of 2024-03-01 --events", "timed"),
        ("funnel --show all --steps browse,cart,pay --by channel", "dirty"),
        ("funnel --show all --as-of 2024-03-01", "no-ids"),
    ],
)  # fmt: skip
def test_every_table(command: str, name: str, exports: dict[str, Path], config: Path) -> None:
    both(config, *command.split(), exports[name], "-f", "json", "--max-rejects", "5%")


def test_exports_of_several_headers(exports: dict[str, Path], config: Path) -> None:
    """Both have rows in doubt; only one has ids, some of which are seen late to stand twice."""
    files = (exports["dirty"], exports["no-ids"])
    both(config, "activity", *files, "-f", "json", "--show", "users", "--max-rejects", "5%")


def test_events_beside_orders_and_users(config: Path) -> None:
    both(config, "segment", ORDERS, "--events", EVENTS, "-f", "json", "--show", "two_way")
    given = ("--orders", ORDERS, "--users", USERS)
    both(config, "funnel", EVENTS, *given, "-f", "json", "--show", "all")


def anonymous(random: Random, number: int) -> list[str]:
    """An event with an anonymous id: beside its user, another's, in place of one, behind a mark."""
    at = random.randrange(40)
    one, user = f"a{at:02}", f"u{random.randrange(30) if at == 0 else at // 2:03}"
    user = random.choice([user, user, user, one, "", f"$device:{one}"])
    name = "Identify" if number % 40 == 0 else "view"
    event = row(random, number)
    return [user, event[1], name, random.choice([one, one, one, ""]), event[7]]


def test_whose_anonymous_ids_are(tmp_path: Path, config: Path) -> None:
    random = Random(5)
    rows = [anonymous(random, number) for number in range(400)]
    rows[7][3] = rows[9][0] = "guest"
    rows[11][3] = " a05 "
    rows += [rows[20], [*rows[30][:4], "e000031"]]
    header = ["user_id", "event_time", "event", "anonymous_id", "event_id"]
    events, users = tmp_path / "events.csv", tmp_path / "users.csv"
    with events.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    links = [f"v{number},a{number:02}\n" for number in range(0, 40, 7)]
    users.write_text("".join(["user_id,anonymous_id\n", *links, "w1,u003\n"]), "utf-8")
    asked = ("activity", events, "-f", "json", "--show", "users", "--max-rejects", "5%")
    both(config, *asked)
    both(config, *asked, "--users", users, "--as-of", "2024-03-01")


def test_typed_events_in_several_exports(tmp_path: Path, config: Path) -> None:
    """Rows that stand in both are found by what they say, in whatever order the columns are."""
    random = Random(9)
    rows = pl.DataFrame([row(random, n) for n in range(300)], schema=HEADER, orient="row").select(
        "user_id",
        pl.col("event_time").str.to_datetime(),
        "event",
        pl.col("duration_s").cast(pl.Float64, strict=False),
        page=pl.when(pl.col("page") != "").then("page"),
    )
    one, other = tmp_path / "1.parquet", tmp_path / "2.parquet"
    rows[:200].write_parquet(one)
    rows[150:].select(reversed(rows.columns)).write_parquet(other)
    both(config, "activity", one, other, "--show", "all", "-f", "json")
    rows.with_columns(pl.col("event_time").dt.date()).write_parquet(one)
    both(config, "activity", one, "--show", "all", "-f", "json")


def test_durations_that_cannot_be_added_up(tmp_path: Path, config: Path) -> None:
    lines = [f"u1,2024-01-{1 + n:02},view,{10 ** (15 if n == 27 else 9)}" for n in range(28)]
    path = tmp_path / "events.csv"
    path.write_text("user_id,event_time,event,duration_s\n" + "\n".join(lines) + "\n", "utf-8")
    both(config, "activity", path, code=3)
    both(config, "activity", path, "--as-of", "2024-01-20", "--show", "all", "-f", "json")


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ("activity events.csv --rejects r.csv", 2, "--rejects isn't for --engine spark"),
        ("funnel events.csv --tz Asia/Shanghai", 2, "--tz isn't for --engine spark"),
        ("segment --events events.csv -o users/", 2, "a folder is written of the users"),
    ],
)
def test_what_is_refused(told: str, code: int, said: str, config: Path, here: Path) -> None:
    (here / "events.csv").write_text("user_id,event_time,event\nu1,2024-01-01,view\n", "utf-8")
    ran = userops(*told.split(), "--config", config, "--engine", "spark")
    assert ran.code == code
    assert said in ran.err
    assert "try:" in ran.err
    assert not ran.out
