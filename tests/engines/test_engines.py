"""--engine spark: the same tables, tally and notes as on Polars, to the byte."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
import tarfile
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers import shops as made_up
from helpers.engines import both
from helpers.running import SAMPLES, userops

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark isn't installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java for Spark"),
    # Of Spark's own, and of its machinery.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
COMMANDS = (
    "segment",
    "segment --as-of 2024-03-10 --segments rfm8",
    "lifecycle --since 2024-02-20",
    "lifecycle --adaptive --as-of 2024-04-01",
    "lifecycle --show transitions --since 2024-03-01",
    "lifecycle --show flow --period week",
    "cohorts",
    "cohorts --period week --by channel",
    "cohorts --period day --measure users --returning on-or-after",
    "cohorts --measure cumulative_revenue_per_user --by category",
    "cohorts --period week --measure orders",
    "repurchase --within 30",
    "repurchase --grain order --as-of 2024-04-02",
    "ltv --by channel",
    "ltv --by cohort --model bg-nbd --as-of 2024-04-10",
)
HEADER = [
    "order_id",
    "user_id",
    "order_time",
    "amount",
    "refund_amount",
    "status",
    "channel",
    "category",
    "product",
    "quantity",
]


STATUSES = [
    part for word, meaning in made_up.MEANINGS.items() for part in ("--status", f"{word}={meaning}")
]
ORDERS = SAMPLES / "shop" / "orders.csv"


def row(random: Random, number: int) -> list[str]:
    time = datetime(2024, 1, 1) + timedelta(minutes=random.randrange(120 * 24 * 60))
    amount = random.choice([0, 1, 999, 5000, 12_345])
    refund = random.choice([0, 0, 0, amount // 3, amount])
    return [
        f"{10**17 + number}",
        f"u{random.randrange(40):03}",
        f"{time:%Y-%m-%d %H:%M:%S}",
        f"{amount / 100:.2f}",
        f"{refund / 100:.2f}" if refund else "",
        random.choice(["paid"] * 8 + ["cancelled", "refunded"]),
        random.choice(["app", "web", " web ", "n/a", "门店"]),
        random.choice(["milk", "tea, green", 'a "b"', ""]),
        random.choice(["p1", "p2", ""]),
        random.choice(["1", "2", "0.5", ""]),
    ]


def spoiled(random: Random, rows: list[list[str]]) -> list[list[str]]:
    """Some rows as no light rule reads them."""
    rows = [list(row) for row in rows]
    pick = random.sample(range(len(rows)), 16)
    rows[pick[0]][2] = "soon"
    rows[pick[1]][2] = "2024-02-30 10:00:00"
    rows[pick[2]][2] = "2024/2/3"
    rows[pick[3]][3] = "¥1,234.50"
    rows[pick[4]][3] = "12.345"
    rows[pick[5]][1] = ""
    rows[pick[6]][1] = f" {rows[pick[6]][1]} "
    rows[pick[7]][0] = ""
    rows[pick[8]][9] = "many"
    rows[pick[9]][5] = "CANCELLED"
    rows[pick[10]][7] = "two\nlines"
    # Twice: as it is, behind a text mark, with another amount, of another user.
    rows.append(list(rows[pick[11]]))
    rows.append(["'" + rows[pick[12]][0], *rows[pick[12]][1:]])
    rows.append([*rows[pick[13]][:3], "7.00", *rows[pick[13]][4:]])
    rows.append([rows[pick[14]][0], "u999", *rows[pick[14]][2:]])
    # Refunds: of an order, of one that's elsewhere, of nobody's.
    rows.append([*rows[pick[15]][:3], "-3.00", "", "paid", *rows[pick[15]][6:]])
    for user in (rows[pick[15]][1], "u998"):
        rows.append([f"far-{user}", user, "2024-03-01 00:00:00", "-0.01", "", "paid", *[""] * 4])
    return rows


def write(path: Path, rows: list[list[str]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])
    return path


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """A clean shop, a dirty one, and one in two exports that overlap."""
    folder = tmp_path_factory.mktemp("shops")
    random = Random(11)
    rows = [row(random, number) for number in range(600)]
    clean = [line for line in rows if line[6] != "n/a"]
    changed = [[*line[:3], "8.88", *line[4:]] for line in rows[300:330]]
    return {
        "clean": [write(folder / "clean.csv", clean)],
        "dirty": [write(folder / "dirty.csv", spoiled(random, rows))],
        "overlapping": [
            write(folder / "1.csv", spoiled(random, rows[:400])),
            write(folder / "2.csv", [*changed, *rows[330:]]),
        ],
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_table(command: str, shops: dict[str, list[Path]], config: Path) -> None:
    # What's in doubt takes a way of its own; where nothing is, there's none to take. Exports that
    # overlap are read alike whatever is asked of them.
    names = ["overlapping", "clean"] if command in COMMANDS[::7] else ["dirty"]
    show = () if "--show" in command else ("--show", "all")
    for name in names:
        both(config, *command.split(), *shops[name], "-f", "json", *show, "--max-rejects", "5%")


@pytest.mark.parametrize(
    "told",
    [
        "segment",
        "segment --segments intervals --bins 4 --as-of 2024-03-10",
        "segment --bins 12 --new-days 100",
        "lifecycle --churn-days 20 --slump-days 9 --growth-orders 3 --as-of 2024-04-10",
    ],
)
def test_users_as_a_folder(
    told: str, shops: dict[str, list[Path]], config: Path, here: Path
) -> None:
    command, *others = told.split()
    name = "overlapping" if not others else "dirty"
    asked = (command, *shops[name], *others, "--max-rejects", "5%", "--config", config)
    alone = userops(*asked, "-o", "users.parquet")
    ran = userops(*asked, "-o", "users/", "--engine", "spark")
    assert ran.code == alone.code == 0
    assert ran.err.replace("users/", "users.parquet") == alone.err
    expected = pl.read_parquet("users.parquet")
    parts = [pl.read_parquet(part) for part in Path("users").glob("*.parquet")]
    assert all(part["user_id"].is_sorted() for part in parts)
    whole = pl.concat(parts).sort("user_id")
    assert whole.cast(dict(expected.schema)).equals(expected)
    assert command != "lifecycle" or whole["reactivated"].any()
    again = userops(*asked, "-o", "users/", "--engine", "spark")
    assert again.code == 2
    assert "users/ is there already" in again.err


def test_a_folder_that_cannot_be_written(
    shops: dict[str, list[Path]], config: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from userops.engines import spark

    (here / "file").write_text("")
    monkeypatch.setattr(
        spark, "uri", lambda path: f"file://{here}/file/users" if path == "users/" else str(path)
    )
    asked = ("segment", *shops["clean"], "--config", config, "-q", "--engine", "spark")
    ran = userops(*asked, "-o", "users/")
    assert ran.code == 3
    assert "users/: Spark can't write it" in ran.err
    assert not Path("users").exists()


def test_random_shops(tmp_path: Path, config: Path) -> None:
    """With refunds that net, users without an order, rows without ids: nearly all is in doubt."""
    for seed in range(2):
        rows = made_up.shop(Random(seed), made_up.SHAPES[seed % 2 * 3])
        file = made_up.write(tmp_path / f"{seed}.csv", rows)
        both(config, "lifecycle", file, "--show", "all", "-f", "json", *STATUSES)


def test_line_items_that_are_equal(tmp_path: Path, config: Path) -> None:
    random = Random(5)
    rows = [row(random, number) for number in range(60)]
    for line in rows[:3]:
        line[3], line[5] = "1.00", "paid"
    rows += [[*line[:3], "7.00", *line[4:]] for line in rows[:3]] + rows[:1] * 2
    file = write(tmp_path / "o.csv", rows)
    typed(rows).write_parquet(tmp_path / "o.parquet")
    for name in (file, tmp_path / "o.parquet"):
        ran = both(config, "segment", name, "-f", "csv")
        assert (
            "2 rows are equal throughout to an earlier row of the same order: added up" in ran.err
        )


def typed(rows: list[list[str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=HEADER, orient="row").select(
        pl.col("order_id").str.to_integer(),
        "user_id",
        pl.col("order_time").str.to_datetime(),
        pl.col("amount", "refund_amount").cast(pl.Float64, strict=False),
        "status",
        "category",
        pl.col("quantity").cast(pl.Float64, strict=False),
    )


def test_parquet_of_types(tmp_path: Path, config: Path) -> None:
    random = Random(3)
    rows = typed([row(random, number) for number in range(200)])
    back = pl.when(pl.col("order_id") % 20 == 1).then(-0.5).otherwise("amount")
    rows[:120].with_columns(amount=back).write_parquet(tmp_path / "1.parquet")
    rows[100:].write_parquet(tmp_path / "2.parquet")
    files = (tmp_path / "1.parquet", tmp_path / "2.parquet")
    told = ("--refunds-by", "both")
    both(config, "segment", *files, "-f", "json", "--show", "all", *told)
    both(config, "repurchase", *files, "-f", "json", "--show", "all", *told)
    folder = [userops("ltv", at, "-f", "json", "-q", "--show", "all", "--config", config, *told,
                      "--engine", engine) for at, engine in ((tmp_path, "spark"), (tmp_path, "polars"))]  # fmt: skip
    assert folder[0].out == folder[1].out
    assert folder[0].code == 0


def test_text_in_other_encodings_and_packed(tmp_path: Path, config: Path) -> None:
    random = Random(4)
    rows = [row(random, number) for number in range(100)]
    rows[7][7] = "茶\n绿"
    rows[8][2] = "soon"
    chinese = write(tmp_path / "zh.csv", rows, "gb18030")
    both(config, "cohorts", chinese, "--by", "category", "-f", "json")
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(write(tmp_path / "plain.csv", rows).read_bytes()))
    both(config, "segment", packed, "-f", "json")


def test_what_cannot_be_told_is_asked_alike(
    shops: dict[str, list[Path]], tmp_path: Path, config: Path
) -> None:
    random = Random(5)
    rows = [row(random, number) for number in range(50)]
    rows[3][5] = "on the moon"
    both(config, "segment", write(tmp_path / "status.csv", rows), code=3)
    both(config, "segment", *shops["dirty"], "--max-rejects", "0", code=4)


def test_too_many_in_doubt(
    shops: dict[str, list[Path]], config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from userops.readers.spark import parting as intake

    monkeypatch.setattr(intake, "MOST", 3)
    ran = userops("segment", *shops["dirty"], "--config", config, "--engine", "spark")
    assert ran.code == 3
    assert "more than 3 rows need a careful look: an order on several rows (" in ran.err
    assert "leave out --engine spark" in ran.err
    assert not ran.out


def test_files_of_other_headers_are_not_mixed_up(tmp_path: Path, config: Path) -> None:
    random = Random(6)
    rows = [row(random, number) for number in range(20)]
    write(tmp_path / "1.csv", rows[:10])
    (tmp_path / "2.csv").write_text("user_id,order_time,amount\nu1,2024-01-01,1\n", "utf-8")
    ran = userops("segment", tmp_path, "--config", config, "--engine", "spark")
    assert ran.code == 3
    assert "2.csv: another header than" in ran.err


def test_a_maker_whose_amount_is_a_product_is_not_misread(tmp_path: Path, config: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n1,A,2,2024-12-01 07:45:00,3.00,u1\n")  # fmt: skip
    ran = userops("segment", path, "--config", config, "--engine", "spark")
    assert ran.code == 3
    assert "Online Retail: an amount or a status takes several columns" in ran.err


def test_cash_on_delivery_is_told_alike(tmp_path: Path, config: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,user_id,date,amount,status\n1,u1,2024-12-01,3.00,pending\n")
    ran = userops("segment", path, "--config", config, "--engine", "spark")
    assert ran.code == 3
    assert "try: --status pending=valid" in ran.err


def test_names_of_files(shops: dict[str, list[Path]], tmp_path: Path, config: Path) -> None:
    odd = tmp_path / "a b%41[1]{x}#é,?.csv"
    odd.write_bytes(shops["clean"][0].read_bytes())
    both(config, "segment", odd, "-f", "json")
    twice = userops("segment", odd, tmp_path, "--config", config, "--engine", "spark")
    assert twice.code == 2
    assert "is named more than once" in twice.err
    hidden = odd.rename(tmp_path / "_orders.csv")
    ran = userops("segment", hidden, "--config", config, "--engine", "spark")
    assert ran.code == 3
    assert "_orders.csv: Spark passes over files" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("segment", "-"), 2, "standard input isn't read on Spark"),
        (("segment", ORDERS, "--tz", "Asia/Shanghai"), 2, "--tz isn't for --engine spark"),
        (("segment", ORDERS, "--rejects", "r.csv"), 2, "--rejects isn't for --engine spark"),
        (("segment", ORDERS, "--date-format", "%Y-%j"), 2, "doesn't read %j"),
        (("segment", "nowhere.csv"), 3, "nowhere.csv"),
    ],
)
def test_what_spark_does_not_have(
    arguments: tuple[object, ...], code: int, said: str, config: Path
) -> None:
    ran = userops(*arguments, "--config", config, "--engine", "spark")
    assert ran.code == code
    assert said in ran.err
    assert "try:" in ran.err


def test_who_is_nobody(tmp_path: Path, config: Path) -> None:
    lines = [
        f"o{n},m{n % 90:03},2025-01-{1 + n % 28:02},5.00,m{n % 90}@example.org" for n in range(900)
    ]
    words = ("NA", "guest", "0", "000", "散客", "-1", "77.0", "77")
    lines += [f"w{n},{word},2025-02-01,5.00," for n, word in enumerate(words)]
    for n in range(20):
        lines[n * 40] = f"t{n},8888,2025-02-01,5.00,guest{n}@example.org"
    path = tmp_path / "members.csv"
    path.write_text(
        "order_id,member_id,order_time,amount,email\n" + "\n".join(lines) + "\n", "utf-8"
    )
    asked = ("segment", path, "-f", "csv", "--map", "user_id=member_id", "--max-rejects", "10%")
    both(config, *asked)
    both(config, *asked, "--nobody", "8888=user", "--nobody", "0=user", "--nobody", "M001")
    assert "8888" not in userops(*asked, "--config", config).text


class TestAttacks:
    """What files may hold is met as without Spark: the same answer, or one message."""

    GOOD = tuple(f"o{n},u{n % 9},2024-{1 + n % 12:02}-{1 + n % 28:02},{n}.50" for n in range(60))
    HEAD = "order_id,user_id,order_time,amount"

    @pytest.mark.parametrize(
        "row",
        ["bad,u1,0000-05-05,5", "bad,u1,+20000-01-01,5", ",,,", "bad,u1,2024-01-01T10:00:00+25:00,5",
         '"b\rad",u1,2024-01-01,5', "bad,'u1',2016-12-31 23:59:60,5"],
    )  # fmt: skip
    def test_rows(self, config: Path, here: Path, row: str) -> None:
        (here / "o.csv").write_text("\n".join([self.HEAD, *self.GOOD, row]) + "\n", newline="")
        both(config, "segment", "o.csv", "--max-rejects", "5")

    @pytest.mark.parametrize("type", [pl.Date, pl.Datetime("us")])
    def test_dates_beyond_any_calendar(self, config: Path, here: Path, type: pl.DataType) -> None:
        per = 1 if type == pl.Date else 86_400_000_000
        far = [-800_000, 7_000_000, 2**31 - 1, -(2**31)]
        days = pl.Series([19_800 + n for n in range(60)] + far, dtype=pl.Int64) * per
        kind = pl.Int32 if type == pl.Date else pl.Int64
        frame = pl.DataFrame({"user_id": [f"u{n % 9}" for n in range(64)], "order_time": days.cast(kind).cast(type)})  # fmt: skip
        frame.with_columns(order_id=pl.int_range(pl.len()).cast(pl.String), amount=5.0).write_parquet("o.parquet")  # fmt: skip
        both(config, "segment", "o.parquet", "--max-rejects", "10")

    def test_archives_and_databases(self, config: Path, here: Path) -> None:
        (here / "o.csv").write_text("\n".join([self.HEAD, *self.GOOD]) + "\n")
        with tarfile.open("o.tar.gz", "w:gz") as archive:
            archive.add("o.csv")
        (here / "o.db").write_bytes(b"SQLite format 3\0" + bytes(600))
        for name in ("o.tar.gz", "o.db"):
            both(config, "segment", name, code=3)

    @pytest.mark.parametrize("data", [b"PAR1" + bytes(300) + b"PAR1", b"PAR1" + b"x" * 90])
    def test_damaged_parquet(self, config: Path, here: Path, data: bytes) -> None:
        (here / "o.parquet").write_bytes(data)
        ran = userops("segment", "o.parquet", "--config", config, "--engine", "spark")
        assert ran.code == 3
        assert ran.err.startswith("error: o.parquet: a damaged Parquet file")
        assert ran.err.count("\n") == 2

    def test_a_name_that_is_no_utf8(self, config: Path, here: Path) -> None:
        name = os.fsdecode("订单.csv".encode("gbk"))
        Path(name).write_text("\n".join([self.HEAD, *self.GOOD]) + "\n")
        ran = userops("segment", name, "--config", config, "--engine", "spark")
        assert ran.code == 3
        assert "its name isn't UTF-8" in ran.err
