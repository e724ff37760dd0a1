"""The prepared store: the same answers as without it, whatever happens to it or to the exports."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from time import sleep

import polars as pl
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, Ran, process, spawned, userops
from helpers.shops import CLEAN, FIRST_DAY, SHAPES, Row, as_csv, shop
from userops.notes import Note, Word
from userops.sources import kept
from userops.store import build, layout, packing

USED, MADE_AGAIN = "read from the prepared store", "the prepared store was out of date"
COMMANDS = (
    ("segment",),
    ("segment", "--show", "all", "-f", "json"),
    ("lifecycle",),
    ("lifecycle", "--show", "transitions"),
    ("cohorts",),
    ("cohorts", "--show", "long", "--measure", "revenue"),
    ("repurchase", "--show", "all", "-f", "json"),
    ("ltv",),
    ("report", "-f", "md"),
)
HEAD = "order_id,user_id,order_time,amount,status\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in; stores of few orders have several parts, as those of many do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 20)
    return tmp_path


def said(ran: Ran) -> list[str]:
    """What a run says, but for what it says of its store."""
    return [line for line in ran.err.splitlines() if "--no-store reads the exports" not in line]


def alike(*arguments: object, files: Sequence[str] = ()) -> Ran:
    """Run with the store and without: both must write and say the same. The first of both."""
    found = []
    for more in ((), ("--no-store",)):
        for name in files:
            Path(name).unlink(missing_ok=True)
        ran = userops(*arguments, *more)
        assert ran.code != 1, ran.err
        found.append((ran, [Path(one).read_bytes() for one in files if Path(one).exists()]))
    (first, written), (second, others) = found
    assert USED not in second.err
    assert (first.code, first.out, said(first)) == (second.code, second.out, said(second))
    assert written == others
    return first


def orders(number: int, count: int = 50, *, start: int = 0) -> str:
    """A clean export of so many orders."""
    random = Random(number)
    rows = [
        f"o{number}-{one},u{random.randrange(20):02},{FIRST_DAY + timedelta(start + one)},"
        f"{random.randrange(100)}.50,{random.choice(['paid', 'paid', 'cancelled'])}\n"
        for one in range(count)
    ]
    return HEAD + "".join(rows)


def store_of(folder: Path = Path()) -> Path:
    """The one store in a folder."""
    (found,) = [one for one in (folder / ".userops").iterdir() if one.is_dir()]
    return found


def data_of(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("*.parquet"))


# The same answers


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
    for command in COMMANDS[:-2]:
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


# What makes a store


def test_what_prepare_says(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(orders(1, 30))
    assert [line.split(",")[:3] for line in userops("prepare", "shop").text.splitlines()] == [
        ["file", "rows", "kept_as"],
        ["shop/a.csv", "30", "added"],
    ]
    Path("shop/b.csv").write_text(orders(2, 20))
    done = userops("prepare", "shop", "-f", "json").json
    assert [(one["rows"], one["kept_as"]) for one in done] == [(30, "kept"), (20, "added")]
    Path("shop/a.csv").write_text(orders(3, 25))
    done = userops("prepare", "shop", "-f", "json").json
    assert [(one["rows"], one["kept_as"]) for one in done] == [(25, "rebuilt"), (20, "kept")]
    assert "已" not in userops("prepare", "shop", "-f", "md", "--lang", "zh").text
    assert "沿用" in userops("prepare", "shop", "-f", "md", "--lang", "zh").text


def test_nothing_is_made_unasked(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("segment", "orders.csv")
    assert not Path(".userops").exists()
    userops("prepare", "orders.csv")
    Path("others.csv").write_text(orders(2))
    assert USED not in userops("segment", "others.csv").err
    assert store_of().is_dir()


def test_its_the_users_own(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    assert Path(".userops").stat().st_mode & 0o777 == 0o700
    assert Path(".userops/.gitignore").read_text() == "*\n"


def test_standard_input_is_never_kept(here: Path) -> None:
    ran = userops("prepare", "-", stdin=orders(1).encode())
    assert ran.code == 2
    assert not Path(".userops").exists()


def test_a_pipe_is_left_alone(here: Path) -> None:
    os.mkfifo("pipe")
    assert userops("prepare", "pipe").code == 2


def test_clear(here: Path) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text(orders(1))
        userops("prepare", name)
    assert userops("prepare", "a.csv", "--clear").code == 0
    assert USED not in userops("segment", "a.csv").err
    assert USED in userops("segment", "b.csv").err
    assert "nothing is kept" in userops("prepare", "a.csv", "--clear").err


def test_a_store_that_cant_be_written(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    Path(".userops").write_text("in the way")
    ran = userops("prepare", "orders.csv")
    assert ran.code == 3
    assert "can't be written" in ran.err
    assert alike("segment", "orders.csv").code == 0


@pytest.mark.parametrize("asked", [("prepare", "none.csv"), ("prepare", "none/*.csv")])
def test_exports_that_arent_there(asked: tuple[str, ...], here: Path) -> None:
    assert userops(*asked).code == 3


def test_an_export_that_cant_be_used_is_said_and_the_old_store_stays(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    whole = Path("orders.csv").read_bytes()
    times = Path("orders.csv").stat()
    Path("orders.csv").write_text("a,b\n1,2\n")
    assert userops("prepare", "orders.csv").code == 3
    assert alike("segment", "orders.csv").code == 3
    Path("orders.csv").write_bytes(whole)
    os.utime("orders.csv", ns=(times.st_atime_ns, times.st_mtime_ns))
    alike("segment", "orders.csv")


# New and changed exports


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the exports that are opened to make a store."""
    opened: list[str] = []
    real = build.open_export

    def watch(name: str, *more: object) -> object:
        opened.append(name)
        return real(name, *more)

    with monkeypatch.context() as patch:
        patch.setattr(build, "open_export", watch)
        yield opened


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (orders(1), orders(2)),
        (orders(1) + "o,u1,never,5,paid\nx,y\n", orders(2)),
        (orders(1) + "o,u1,never,5,paid\nx,y\n", orders(1, 60) + "x\n"),
        (orders(1).replace(".50", ""), orders(2).replace("50", "25")),
    ],
)
def test_a_new_export_is_added_and_old_ones_arent_read_again(
    old: str, new: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(old)
    more = ("--max-rejects", "50%")
    userops("prepare", "shop", *more)
    Path("shop/b.csv").write_text(new)
    with watched(monkeypatch) as opened:
        ran = userops("segment", "shop", *more)
    assert f"{MADE_AGAIN}: made again (1 added, 1 kept)" in ran.err
    assert {*opened} == {"shop/b.csv"}
    for command in COMMANDS:
        ran = alike(*command, "shop", *more, "--rejects", "no.csv", files=["no.csv"])
        assert USED in ran.err


def test_rates_of_a_new_export(here: Path) -> None:
    Path("userops.toml").write_text(
        '[exports]\norders = ["shop/*.csv"]\n[currency]\ncode = "CNY"\nrates = { USD = 7.1 }\n'
    )
    Path("shop").mkdir()
    head, *rows = orders(1).splitlines()
    for name, code in (("a", "CNY"), ("b", "USD")):
        text = "\n".join([f"{head},currency", *(f"{name}{row},{code}" for row in rows)])
        Path(f"shop/{name}.csv").write_text(text)
        userops("prepare")
        assert USED in alike("segment", "--show", "all", "-f", "json").err


def test_decimals_of_a_new_exports_currency(here: Path) -> None:
    """Amounts without a currency are read anew where the others turn out to have no cents."""
    Path("shop").mkdir()
    head, *rows = orders(1).replace(".50", "").splitlines()
    Path("shop/a.csv").write_text("\n".join([head, *rows]))
    userops("prepare", "shop")
    Path("shop/b.csv").write_text("\n".join([f"{head},currency", *(f"b{row},JPY" for row in rows)]))
    assert MADE_AGAIN in userops("segment", "shop").err
    assert USED in alike("segment", "shop", "--show", "all", "-f", "json").err


def _append(path: Path) -> None:
    with path.open("a") as file:
        file.write("o-new,u1,2024-01-05,7.00,paid\n")


def _same_size_and_time(path: Path) -> None:
    """What `cp -p` of another file does."""
    before = path.stat()
    whole = path.read_text()
    start, end = len(whole) // 3, -len(whole) // 3
    path.write_text(whole[:start] + whole[start:end].replace(".50", ".75") + whole[end:])
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replaced(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_text(orders(9))
    other.replace(path)


@pytest.mark.parametrize("change", [_append, _same_size_and_time, _replaced])
def test_a_changed_export_is_never_answered_from_the_old_store(
    change: Callable[[Path], None], here: Path
) -> None:
    path = Path("orders.csv")
    path.write_text(orders(1, 10_000))
    userops("prepare", "orders.csv")
    before = userops("segment", "orders.csv").out
    change(path)
    ran = userops("segment", "orders.csv")
    assert MADE_AGAIN in ran.err
    assert ran.out != before
    assert ran.out == userops("segment", "orders.csv", "--no-store").out
    assert USED in userops("segment", "orders.csv").err


def test_an_export_that_went_away(here: Path) -> None:
    Path("shop").mkdir()
    for number in (1, 2):
        Path(f"shop/{number}.csv").write_text(orders(number))
    userops("prepare", "shop")
    Path("shop/2.csv").unlink()
    assert MADE_AGAIN in userops("segment", "shop").err
    assert USED in alike("segment", "shop").err


def test_an_export_that_changes_while_its_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    real = kept.keep

    def keep(*given: object) -> object:
        found = real(*given)
        _append(Path("orders.csv"))
        return found

    monkeypatch.setattr(kept, "keep", keep)
    ran = userops("prepare", "orders.csv")
    assert ran.code == 3
    assert "changed while it was read" in ran.err
    assert not (store_of() / "manifest.json").exists()


# Damage


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize(
    ("harm", "clean"), [(_flip, True), (_flip, False), (_cut, True), (Path.unlink, True)]
)
def test_a_damaged_store_is_made_again(
    harm: Callable[[Path], None], clean: bool, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("orders.csv").write_text(orders(1) + ("" if clean else "o,u1,never,5,paid\n"))
    more = ("--max-rejects", "5", "--rejects", "no.csv")
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 1_000)
    userops("prepare", "orders.csv", *more)
    count = len(data_of(store_of()))
    assert count >= 5
    for number in range(count):
        store = store_of()
        harm(data_of(store)[number])
        alike("lifecycle", "orders.csv", *more, files=["no.csv"])
        assert userops("prepare", "orders.csv", *more).code == 0
        assert USED in alike("segment", "orders.csv", *more).err
        assert len(data_of(store)) == count  # nothing old lies about


@pytest.mark.parametrize("harm", [_flip, _cut, lambda path: path.write_text("{}")])
def test_a_damaged_manifest(harm: Callable[[Path], None], here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    harm(store_of() / "manifest.json")
    assert MADE_AGAIN in userops("segment", "orders.csv").err
    assert USED in alike("segment", "orders.csv").err


def test_another_versions_store_is_made_again(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    monkeypatch.setattr("userops.store.manifest.FORMAT", 99)
    assert MADE_AGAIN in userops("segment", "orders.csv").err


def test_a_half_written_store_is_no_store(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    (store_of() / "manifest.json").unlink()
    left = store_of() / "set-broken"
    left.mkdir()
    assert USED not in alike("segment", "orders.csv").err
    userops("prepare", "orders.csv")
    assert not left.exists()


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs to be root")
def test_a_store_of_someone_else_is_not_believed(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    os.chown(store_of(), 12345, 12345)
    assert USED not in alike("segment", "orders.csv").err


# Several at once


def test_a_run_that_is_killed_while_it_makes_a_store(here: Path) -> None:
    Path("orders.csv").write_text(orders(1, 100_000))
    run = process("prepare", "orders.csv", "-q", "-o", "prepared.csv")
    while run.poll() is None and not [*Path().glob(".userops/*/*-*")]:
        sleep(0.005)
    run.kill()
    run.wait()
    alike("segment", "orders.csv")
    assert userops("prepare", "orders.csv").code == 0
    assert USED in alike("segment", "orders.csv").err


def test_who_finds_it_being_made_reads_the_exports(here: Path) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    _append(Path("orders.csv"))
    with FileLock(store_of() / "lock"):
        ran = alike("segment", "orders.csv")
        assert USED not in ran.err
        assert MADE_AGAIN not in ran.err
        assert userops("prepare", "orders.csv").code == 5
        assert userops("prepare", "orders.csv", "--clear").code == 5
    assert MADE_AGAIN in userops("segment", "orders.csv").err


def test_many_at_once(here: Path) -> None:
    Path("shop").mkdir()
    Path("shop/a.csv").write_text(orders(1, 3000))
    spawned("prepare", "shop")
    for number in range(2):
        Path(f"shop/{number}.csv").write_text(orders(10 + number, 3000))
        wanted = userops("segment", "shop", "--no-store").out
        runs = [process("segment", "shop", "-o", f"out{one}.csv") for one in range(3)]
        runs.append(process("prepare", "shop", "-q", "-o", "prepared.csv"))
        assert {run.wait(timeout=60) for run in runs[:3]} == {0}
        assert runs[3].wait(timeout=60) in (0, 5)
        for one in range(3):
            assert Path(f"out{one}.csv").read_bytes().removeprefix(b"\xef\xbb\xbf") == wanted
    assert USED in alike("segment", "shop").err


def test_a_store_that_goes_away_amid_a_run(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("orders.csv").write_text(orders(1))
    userops("prepare", "orders.csv")
    wanted = userops("lifecycle", "orders.csv", "--no-store").out
    real = zlib.crc32

    def gone(*given: object) -> int:
        found = real(*given)
        shutil.rmtree(".userops", ignore_errors=True)
        return found

    monkeypatch.setattr(zlib, "crc32", gone)
    assert userops("lifecycle", "orders.csv").out == wanted


# Notes as JSON

FACTS = st.recursive(
    st.text()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.none()
    | st.dates()
    | st.builds(Word, st.text()),
    lambda inner: st.lists(inner).map(tuple) | st.builds(lambda x: Note("a {x}", x=x), inner),
)


@given(FACTS)
def test_a_note_comes_back_as_it_was(fact: object) -> None:
    import json

    note = Note("said: {fact}", fact=fact)
    back = packing.to_note(json.loads(json.dumps(packing.of_fact(note))))
    assert (str(back), back.sentence, back.facts) == (str(note), note.sentence, note.facts)
    assert packing.of_fact(back) == packing.of_fact(note)


def test_orders_by_user_hold_what_the_exports_do(here: Path) -> None:
    """What stands in the store, beside a query by hand over the export."""
    Path("orders.csv").write_text(orders(1, 300))
    userops("prepare", "orders.csv")
    parts = sorted(store_of().rglob("orders-*.parquet"))
    assert len(parts) > 5
    kept = pl.read_parquet(parts)
    raw = pl.read_csv("orders.csv", try_parse_dates=True).filter(pl.col("status") == "paid")
    wanted = raw.select(
        "user_id", day=pl.col("order_time").cast(pl.Date).cast(pl.Int32),
        amount=(pl.col("amount") * 100).round().cast(pl.Int64),
    ).sort("user_id", "day")  # fmt: skip
    assert kept.select("user_id", "day", "amount").equals(wanted)
    assert (kept["user_id"].rank("dense") - 1).to_list() == kept["user"].to_list()
    users = pl.read_parquet(sorted(store_of().rglob("users-*.parquet")))["user_id"]
    assert users.to_list() == sorted(set(raw["user_id"]))


def test_what_is_kept_of_exports_that_are_gone_can_be_removed(here: Path) -> None:
    Path("a.csv").write_text(orders(1))
    userops("prepare", "*.csv")
    Path("a.csv").unlink()
    ran = userops("prepare", "*.csv", "--clear")
    assert ran.code == 0, ran.err
    assert not list(Path(".userops").glob("*/manifest.json"))
