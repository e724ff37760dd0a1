"""A dataset that is one file and one line of the registry is there for all: nothing else knows of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "sample_data" / "shop" / "orders.csv"

DATASET = '''
"""Stamps: a ledger of them, one row an entry."""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

STAMPS = Dataset(
    "stamps",
    "entry",
    (
        Field("user_id", Type.ID, "whose they are", names("user id,member,会员号"), needed=True),
        Field("entry_time", Type.TIME, "when they came", names("entry time,booked at,盖章时间"), needed=True, zh="入账的时间。"),
        Field("stamps", Type.NUMBER, "how many came, or went", names("stamps,印花"), needed=True),
        Field("entry_id", Type.ID, "one entry's own id", names("entry id,印花号")),
        Field("status", Type.TEXT, "what it's for", names("status,类型")),
    ),
    same=Same("a booking again", zh="重复入账", key=("entry_id",), by="entry_time", wins="last"),
    time="entry_time",
    zh="印花",
)
'''
ANALYSIS = {
    "__init__.py": '''
"""Balances of stamps."""

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    "balances", ("What users have.", "用户印花。"), ("users",), "BalancesParams",
    helped_by={"stamps": Help("The ledger of stamps.", "印花流水。")},
    sections={"goals": ("users",)},
)
''',
    "params.py": '''
from dataclasses import dataclass

from userops.core.params import Params


@dataclass(frozen=True, slots=True)
class BalancesParams(Params, table="balances"):
    """None."""
''',
    "run.py": '''
import polars as pl

from userops.core.table import Kind, Table


def run(inputs, params):
    rows = inputs.dataset("stamps", "shop")
    if rows is None:
        return
    users = rows.frame.group_by("user_id").agg(pl.col("stamps").sum(), pl.col("shop").first()).sort("user_id")
    kinds = {"user_id": Kind.ID, "stamps": Kind.NUMBER, "shop": Kind.TEXT}
    yield Table("users", users, kinds, rows.facts.window)
''',
}  # fmt: skip
EXPORT = """会员号,盖章时间,印花,印花号,类型,shop
u1,2025-01-01 10:00:00,5,e1,earned,north
u1,2025-01-02 10:00:00,7,e1,earned,north
u2,2025-01-03 10:00:00,9,e2,earned,south
u2,2025-01-03 10:00:00,9,,spent,south
u2,2025-01-03 10:00:00,9,,spent,south
,2025-01-03 10:00:00,1,e4,spent,south
u3,never,1,e5,spent,south
u3,2025-02-01 10:00:00,4,e6,earned,north
"""
# Runs commands in one process, and prints what came of each.
DRIVER = """
import contextlib, io, json, sys
from userops.cli import main

def ran(*arguments):
    out, err, code = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code
    out.flush()
    return {"code": code, "out": out.buffer.getvalue().decode("utf-8-sig"), "err": err.getvalue()}

print(json.dumps({name: ran(*arguments) for name, arguments in json.load(sys.stdin).items()}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with another dataset, an analysis that reads it, and another column of orders."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", root / "src")
    shutil.copytree(ROOT / "reports", root / "reports")
    package = root / "src" / "userops"
    package.joinpath("datasets", "stamps.py").write_text(DATASET.lstrip(), encoding="utf-8")
    registered(package / "datasets" / "__init__.py", "stamps import STAMPS", "        STAMPS,\n")
    folder = package / "analyses" / "balances"
    folder.mkdir()
    for name, text in ANALYSIS.items():
        folder.joinpath(name).write_text(text.lstrip(), encoding="utf-8")
    registry = package / "analyses" / "__init__.py"
    text = registry.read_text(encoding="utf-8")
    text = text.replace("    activity,\n", "    activity,\n    balances,\n", 1)
    registry.write_text(
        re.sub(r"\((\s*)segment,", r"(\1balances, segment,", text, count=1), encoding="utf-8"
    )
    orders = package / "datasets" / "orders.py"
    text = orders.read_text(encoding="utf-8")
    column = 'Field("shop", Type.TEXT, "which shop", names("shop,门店"), rolls_up=RollUp.FIRST),\n'
    place = text.index('        Field(\n            "quantity"')
    orders.write_text(f"{text[:place]}        {column}{text[place:]}", encoding="utf-8")
    return root / "src"


def registered(registry: Path, module: str, line: str) -> None:
    text = registry.read_text(encoding="utf-8")
    text = text.replace("from userops.datasets.users", f"from userops.datasets.{module}\nfrom userops.datasets.users", 1)  # fmt: skip
    registry.write_text(
        text.replace("        COSTS,\n", f"        COSTS,\n{line}", 1), encoding="utf-8"
    )


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "p.csv").write_text(EXPORT, encoding="utf-8")
    lines = ["订单号,会员号,付款时间,金额,门店"]
    lines += [f"o{n},u{n % 3},2025-01-{n:02} 10:00:00,5,{'ab'[n % 2]}" for n in range(1, 29)]
    (folder / "o.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "items.csv").write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    return folder


def python(copy: Path, here: Path, code: str, given: str = "") -> str:
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONUTF8": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=here, input=given, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def ran(copy: Path, here: Path) -> dict[str, Any]:
    """What came of some commands, one after the other in a folder."""
    stamps = ("--stamps", "p.csv", "--max-rejects", "90%")
    commands = {
        "help": ("balances", "--help"),
        "report help": ("report", "--help"),
        "run": ("balances", "o.csv", *stamps, "-f", "csv", "--rejects", "r.csv"),
        "as of": ("balances", "o.csv", *stamps, "-f", "csv", "--as-of", "2025-01-31"),
        "check": ("check", "p.csv", "--dataset", "stamps", "--show", "all", "-f", "json", "--max-rejects", "90%"),
        "no such": ("check", "p.csv", "--dataset", "stmaps"),
        "report": ("report", "o.csv", *stamps, "--sections", "goals,data", "-f", "md"),
        "check in Chinese": ("check", "p.csv", "--dataset", "stamps", "-f", "md", "--lang", "zh", "--max-rejects", "90%"),
        "explain": ("explain", "entry_time"),
        "explain in Chinese": ("explain", "entry_time", "--lang", "zh"),
        "init": ("init", "o.csv", "p.csv"),
        "set": ("balances", "-f", "csv", "--max-rejects", "90%"),
        "map": ("balances", "o.csv", *stamps, "--map", "stamps=nowhere"),
        "fast": ("cohorts", "o.csv", "--by", "shop", "-f", "csv", "-q"),
        "strict": ("cohorts", "items.csv", "--by", "shop", "-f", "csv", "-q"),
    }  # fmt: skip
    found: dict[str, Any] = json.loads(python(copy, here, DRIVER, json.dumps(commands)))
    return found


def test_it_is_an_option_of_whoever_reads_it(ran: dict[str, Any]) -> None:
    assert "--stamps FILE" in ran["help"]["out"]
    assert "The ledger of stamps." in ran["help"]["out"]
    assert "--stamps FILE" in ran["report help"]["out"]


def test_it_is_read_with_a_tally_and_each_row_once(ran: dict[str, Any]) -> None:
    assert ran["run"]["code"] == 0, ran["run"]["err"]
    assert ran["run"]["out"].split() == [
        "user_id,stamps,shop", "u1,7.0,north", "u2,18.0,south", "u3,4.0,north",
    ]  # fmt: skip
    assert (
        "stamps: 8 rows read: 4 used, 2 refused (1 no user, 1 not a date), 2 left out "
        "(2 a booking again); 2025-01-02 to 2025-02-01"
    ) in ran["run"]["err"]
    assert "p.csv: user_id from '会员号', entry_time from '盖章时间'" in ran["run"]["err"]


def test_rows_after_as_of_do_not_count_yet(ran: dict[str, Any]) -> None:
    assert ran["as of"]["out"].split()[1:] == ["u1,7.0,north", "u2,18.0,south"]
    left = "stamps: 8 rows read: 3 used, 2 refused (1 no user, 1 not a date), 3 left out "
    assert f"{left}(1 after as_of, 2 a booking again); 2025-01-02 to 2025-01-31" in ran["as of"]["err"]  # fmt: skip


def test_rows_refused_are_kept(ran: dict[str, Any], here: Path) -> None:
    rejects = (here / "r.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:4] for line in rejects[1:]] == [
        ["p.csv", "7", '""', "no user"],
        ["p.csv", "8", "盖章时间", "not a date"],
    ]


def test_check_says_what_an_export_of_it_holds(ran: dict[str, Any]) -> None:
    assert ran["check"]["code"] == 0, ran["check"]["err"]
    made = json.loads(ran["check"]["out"])["tables"]
    tables = {name: table["rows"] for name, table in made.items()}
    assert set(tables) == {"summary", "rejects", "columns"}
    said = {(row["topic"], row["item"]): row["value"] for row in tables["summary"]}
    assert said["contents", "users"] == "3"
    assert said["left out", "a booking again"] == "2"
    assert [row["reason"] for row in tables["rejects"]] == ["no user", "not a date"]
    filled = {row["field"]: (row["column"], row["filled"]) for row in tables["columns"]}
    assert filled["entry_id"] == ("印花号", 0.75)
    assert ran["no such"]["code"] == 2
    assert "did you mean stamps?" in ran["no such"]["err"]


def test_a_report_reads_it_once_after_the_orders(ran: dict[str, Any]) -> None:
    assert ran["report"]["code"] == 0, ran["report"]["err"]
    assert ran["report"]["err"].count("stamps: 8 rows read") == 1
    assert "3 used" in ran["report"]["err"]  # the orders end on 28 January
    assert "| stamps | left out | a booking again | 2 |" in ran["report"]["out"]


def test_explain_knows_its_fields(ran: dict[str, Any]) -> None:
    assert "column of the stamps export" in ran["explain"]["out"]
    assert "when they came" in ran["explain"]["out"]
    assert "盖章时间" in ran["explain"]["out"]


def test_its_words_are_known_in_chinese(ran: dict[str, Any]) -> None:
    assert "入账的时间。" in ran["explain in Chinese"]["out"]
    assert "重复入账" in ran["check in Chinese"]["out"]


def test_init_files_it_and_settings_name_it(ran: dict[str, Any], here: Path) -> None:
    assert ran["init"]["code"] == 0, ran["init"]["err"]
    text = (here / "userops.toml").read_text(encoding="utf-8")
    assert 'stamps = ["p.csv"]' in text
    assert 'orders = ["o.csv"]' in text
    assert '# costs = ["costs*.csv"]' in text
    assert "[check]" not in text
    assert ran["set"]["out"] == ran["run"]["out"]


def test_a_column_that_is_named_must_be_there(ran: dict[str, Any]) -> None:
    assert ran["map"]["code"] == 3
    assert "no column named 'nowhere' for stamps" in ran["map"]["err"]


def test_it_is_a_keyword_in_python(copy: Path, here: Path) -> None:
    told = python(copy, here, f"""
import polars as pl
from userops import api
ledger = pl.DataFrame({{"user_id": ["a"], "entry_time": ["2025-01-01"], "stamps": [1.5]}})
found = api.balances(orders={str(ORDERS)!r}, stamps=ledger)
assert found["users"].frame.rows() == [("a", 1.5, None)]
assert found.tallies["stamps"].used == 1 if found.tallies else found.tally is None
assert api.check(ledger, dataset="stamps")["summary"].frame.height
print(api.balances.__doc__)
""")  # fmt: skip
    assert "stamps: the ledger of stamps." in told


def test_a_column_of_orders_is_carried_by_its_rule(ran: dict[str, Any]) -> None:
    assert ran["fast"]["code"] == 0, ran["fast"]["err"]
    assert {line.split(",")[0] for line in ran["fast"]["out"].splitlines()[1:]} >= {"a", "b"}
    assert ran["fast"]["out"] == ran["strict"]["out"]
