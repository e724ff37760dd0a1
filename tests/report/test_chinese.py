"""The Chinese report is in Chinese: no sentence of ours is left in English, whatever is read."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import fastexcel
import pytest

from helpers.running import userops
from report.conftest import SHOP

# Three English words on end. Names of fields, options and commands are shorter or joined.
ENGLISH = re.compile(r"[A-Za-z][a-z']+(?:,? [A-Za-z][a-z']*){2,}")


class Reader(HTMLParser):
    """What a page says, drawings' titles included."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("style", "script")
        self.said += [value or "" for name, value in attrs if name == "aria-label"]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def sentences(folder: Path) -> list[str]:
    """Every text of a report in all its forms."""
    reader = Reader()
    reader.feed((folder / "report.html").read_text(encoding="utf-8"))
    text = (folder / "report.md").read_text(encoding="utf-8").replace("\\", "")
    book = fastexcel.read_excel(folder / "report.xlsx")
    cells = [
        str(cell)
        for name in book.sheet_names
        for row in book.load_sheet(name, header_row=None).to_polars().iter_rows()
        for cell in row
        if cell is not None
    ]
    return [*reader.said, *text.splitlines(), *book.sheet_names, *cells]


def english(folder: Path) -> list[str]:
    # Keys and the names of products are as they are.
    own = re.compile("`[^`]*`|DryDay Pants M")
    return [line for line in sentences(folder) if ENGLISH.search(own.sub("", line))]


def orders(days: int = 70, users: int = 23) -> list[str]:
    return [
        f"{n},u{n % users},2025-{9 + n // 30:02}-{1 + n % 28:02} 10:00:00,{20 + n % 7}.50,completed,淘宝,奶粉"
        for n in range(days)
    ]


HEADER = "order_id,user_id,order_time,amount,status,channel,category"


def written(folder: Path, *lines: str, name: str = "orders.csv", header: str = HEADER) -> list[str]:
    file = folder / name
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return [str(file)]


def dirty(folder: Path) -> list[str]:
    """Rows of every kind that's refused or left out."""
    files = written(
        folder,
        *orders(),
        "900,,2025-10-01,5.00,completed,,",
        "901,u1,soon,5.00,completed,,",
        "902,u1,2025-10-02,much,completed,,",
        "903,u1,2025-10-02,,completed,,",
        "904,u1,,3.00,completed,,",
        "905,u1,2025-10-02",
        "906,u1,2025-10-02,5.00,completed,,,,",
        HEADER,
        "合计,,,500.00,,,",
        "907,u1,2025-10-03,8.00,cancelled,,",
        "908,u2,2025-10-03,8.00,refunded,,",
        "3,u3,2025-11-20,-3.00,completed,,",
        "910,u4,2025-11-02,-3.00,completed,,",
        "911,stranger,2025-11-02,-3.00,completed,,",
        "912,u5,2025-10-03,8.00,completed,,",
        "912,u6,2025-10-04,8.00,completed,,",
        "913,u5,1970-01-01,8.00,completed,,",
        "914,u5,2025-10-05,99999999.00,completed,,",
        "915,u5,2025-10-05,7.005,completed,,",
        "916,u5,2025-10-05T10:00:00+09:00,7.00,completed,,",
        "",
    )
    return [*files, "--max-rejects", "50%", "--status", "status=void"]


def line_items(folder: Path) -> list[str]:
    return written(
        folder, *(f"{line}" for row in orders() for line in (row, row.replace(".50", ".25")))
    )


def overlapping(folder: Path) -> list[str]:
    changed = [row.replace(".50", ".75") for row in orders()[40:]]
    return [*written(folder, *orders()), *written(folder, *changed, name="later.csv")]


def packed(folder: Path) -> list[str]:
    file = folder / "orders.xlsx"  # is none
    file.write_text("\n".join(["Orders of a shop", "", HEADER, *orders()]), encoding="utf-8")
    (folder / "more.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
    return [str(file), str(folder / "more.csv.gz")]


def beside(folder: Path) -> list[str]:
    """Exports beside the orders that fit them badly."""
    users = written(folder, "u1,2025-09-01,ads,138****1234", "u2,never,ads,",
                    name="users.csv", header="user_id,registered_at,channel,phone")  # fmt: skip
    costs = written(folder, "抖音,2025-09-01,5", "抖音,2025-10-01,7", "抖音,2031-01-01,7",
                    name="costs.csv", header="channel,period,cost")  # fmt: skip
    events = written(folder, "u1,2025-10-05 10:00:00,look,", "u1,2025-10-05 10:00:00,look,",
                     "u2,2025-11-03 11:00:00,look,a1", ",2025-11-04 11:00:00,look,a2",
                     name="events.csv", header="user_id,event_time,event,anonymous_id")  # fmt: skip
    return [
        *written(folder, *orders()),
        "--users", *users, "--costs", *costs, "--events", *events, "--max-rejects", "60%",
    ]  # fmt: skip


def elsewhen(folder: Path) -> list[str]:
    costs = written(folder, "ads,2031-01,5", name="costs.csv", header="channel,period,cost")
    return [*written(folder, *orders()), "--costs", *costs]


def nothing(folder: Path) -> list[str]:
    return written(folder)


def timestamps(folder: Path) -> list[str]:
    rows = [f"{n},u{n % 9},{1_760_000_000 + n * 90_000},{n}.00,completed,," for n in range(60)]
    return written(folder, *rows)


@pytest.mark.parametrize("given", [dirty, line_items, overlapping, packed, beside, elsewhen,
                                   nothing, timestamps])  # fmt: skip
@pytest.mark.parametrize("more", [[], ["--period", "month", "--against", "year"]], ids=" ".join)
def test_no_english_sentence(
    given: Callable[[Path], list[str]], more: list[str], tmp_path: Path
) -> None:
    ran = userops("report", *given(tmp_path), *more, "--lang", "zh", "-o", f"{tmp_path}/out/")
    assert ran.code == 0, ran.err
    assert english(tmp_path / "out") == []


@pytest.mark.parametrize("export", ["orders.csv", "orders_zh.csv"])
@pytest.mark.parametrize("day", ["2025-12-31", "2024-02-06"])
def test_no_english_sentence_of_the_sample_shop(
    export: str, day: str, settings: Path, tmp_path: Path
) -> None:
    ran = userops(
        "report", SHOP / export, "--users", SHOP / "users.csv", "--costs", SHOP / "costs.csv",
        "--events", SHOP / "events.csv", "--config", settings, "--as-of", day, "--lang", "zh",
        "-o", f"{tmp_path}/out/",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert english(tmp_path / "out") == []
