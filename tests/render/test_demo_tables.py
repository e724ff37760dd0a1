"""Every table of every analysis over the demo shop, as terminals of three widths show it.

After a change that is meant: `USEROPS_GOLDEN=write pytest tests/render/test_demo_tables.py`, and
read the difference as somebody would who has just that many columns.
"""

from __future__ import annotations

import os
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from rich.cells import cell_len

import userops
from userops.analyses import ANALYSES
from userops.core.table import Result
from userops.demo import write_demo
from userops.language.words import Lang
from userops.render import Style, render

GOLDEN = Path(__file__).parents[1] / "golden" / "tables"
COMMANDS = [name for name, analysis in ANALYSES.items() if analysis.command]
ASKED = {"split": {"salt": "spring", "users": "users.csv"}}
# Chinese characters take two columns each, and labels break between any two of them.
IN_CHINESE = ("segment", "cohorts", "channels", "campaigns", "contacts")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "shop"
    write_demo(folder, users=400)
    return folder


@cache
def tables_of(name: str, shop: Path) -> Result:
    before = Path.cwd()
    os.chdir(shop)
    try:
        found: Result = getattr(userops, name)(config="userops.toml", **ASKED.get(name, {}))
    finally:
        os.chdir(before)
    return found


def drawn(result: Result, width: int, lang: Lang) -> str:
    sink = BytesIO()
    for table in result.tables:
        sink.write(f"--show {table.name}\n".encode())
        style = Style(lang=lang, width=width, height=24)
        render(result, (table,), "table", sink, style=style)
        sink.write(b"\n")
    return sink.getvalue().decode()


@pytest.mark.parametrize(
    ("name", "lang"),
    [*((name, "en") for name in COMMANDS), *((name, "zh") for name in IN_CHINESE)],
)
def test_tables_at_three_widths(name: str, lang: Lang, shop: Path) -> None:
    result = tables_of(name, shop)
    for width in (80, 100, 120):
        found = drawn(result, width, lang)
        assert [line for line in found.splitlines() if cell_len(line) > width] == []
        golden = GOLDEN / f"{name}-{lang}-{width}.txt"
        if os.environ.get("USEROPS_GOLDEN") == "write":
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(found, encoding="utf-8")
        assert found == golden.read_text(encoding="utf-8")
