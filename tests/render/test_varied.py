"""Columns whose rows are of several kinds: what people see in each format, and that machines see no change."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

from helpers.running import SAMPLES, userops
from userops.core.table import Currency, Kind, Result, Table, Varied
from userops.language.words import Lang
from userops.render import Style, render
from userops.render.audience import for_audience
from userops.report.parts import grid

from .nasty import CNY, WINDOW

KINDS = {"users": Kind.COUNT, "revenue": Kind.MONEY, "rate": Kind.RATE, "days": Kind.DAYS}
VALUES = [
    ("users", 121.0, "121"),
    ("users", 1234.5, "1,234.5"),
    ("users", 12.04, "12"),
    ("users", 0.25, "0.25"),
    ("users", -0.01, "-0.01"),
    ("users", None, ""),
    ("users", float("nan"), ""),
    ("revenue", 12345.6, "¥12,345.60"),
    ("revenue", -7.0, "-¥7.00"),
    ("revenue", -0.001, "¥0.00"),
    ("rate", 0.234, "23.4 %"),
    ("days", 19.0, "19.0"),
    ("other", 0.5, "0.5"),
    (None, 2.0, "2.00"),
]
COLUMNS = {"measure": Kind.WORD, "value": Kind.NUMBER}


def table(currency: Currency = CNY, rows: list[tuple[object, ...]] | None = None) -> Table:
    frame = pl.DataFrame(
        [row[:2] for row in rows or VALUES],
        schema={"measure": pl.String, "value": pl.Float64},
        orient="row",
    )
    varied = {"value": Varied("measure", KINDS)}
    return Table("t", frame, COLUMNS, WINDOW, currency, varied=varied)


def drawn(one: Table, fmt: str, lang: Lang = "en", **style: int) -> bytes:
    sink = BytesIO()
    render(Result("t", (one,)), (one,), fmt, sink, style=Style(lang=lang, **style))
    return sink.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_markdown(lang: Lang) -> None:
    cells = [
        line.split("|")[2].strip() for line in drawn(table(), "md", lang).decode().splitlines()
    ]
    assert cells[2:] == [shown for *_, shown in VALUES]
    dollars = table(Currency.named("USD"), [("revenue", 1.5)])
    assert "| \\$1.50 |" in drawn(dollars, "md").decode()


@pytest.mark.parametrize("style", [{}, {"width": 80, "height": 24}, {"width": 80, "height": 10}])
def test_terminal(style: dict[str, int]) -> None:
    seen = [line.split()[-1] for line in drawn(table(), "table", **style).decode().splitlines()]
    assert {"121", "1,234.5"} <= {*seen}
    assert seen[-1] == "2.00"


def test_html() -> None:
    page = drawn(table(), "html").decode()
    for *_, shown in VALUES:
        assert f">{shown}<" in page


def test_in_a_report() -> None:
    shown = grid(table(), "en", rows=99)
    assert [row[1].text for row in shown.rows] == [text for *_, text in VALUES]
    signed = grid(table(), "en", rows=99, signed=("value",))
    assert [row[1].text for row in signed.rows][7:9] == ["+¥12,345.60", "-¥7.00"]


@pytest.mark.parametrize(
    ("currency", "shown"),
    [
        (Currency.named("JPY"), "¥1,234"),
        (Currency.named("SEK"), "SEK 1,234.00"),
        (Currency(), "1,234.00"),
        (Currency('"\x1b[2J', 2), '"␛[2J 1,234.00'),
    ],
)
def test_money_says_its_currency(currency: Currency, shown: str) -> None:
    one = table(currency, [("revenue", 1234.0)])
    assert drawn(one, "table").decode().splitlines()[-1].split("  ")[-1] == shown


@pytest.mark.parametrize("fmt", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_machines_are_told_numbers(fmt: str) -> None:
    plain = table().but(varied={})
    assert drawn(table(), fmt) == drawn(plain, fmt)


def formats(workbook: bytes, sheet: int = 1) -> Iterator[list[tuple[str, str]]]:
    """The numbers of each row of a sheet, and their formats."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(BytesIO(workbook)) as parts:
        styles, rows = (
            ElementTree.fromstring(parts.read(f"xl/{name}.xml"))
            for name in ("styles", f"worksheets/sheet{sheet}")
        )
    codes = {
        one.get("numFmtId"): one.get("formatCode") for one in styles.iterfind(".//m:numFmt", space)
    }
    looks = [
        codes.get(one.get("numFmtId"), one.get("numFmtId"))
        for one in styles.iterfind(".//m:cellXfs/m:xf", space)
    ]
    for row in rows.iterfind(".//m:row", space):
        yield [
            (found.text or "", looks[int(cell.get("s", 0))] or "")
            for cell in row.iterfind("m:c", space)
            if cell.get("t") is None and (found := cell.find("m:v", space)) is not None
        ]


def test_workbook() -> None:
    rows = list(formats(drawn(table(), "xlsx")))[1:]
    assert rows == [
        [("121", "#,##0")],
        [("1234.5", "#,##0.0")],
        [("12.04", "#,##0")],
        [("0.25", "0.0##")],
        [("-0.01", "0.0##")],
        [],
        [],
        [("12345.6", '"¥"#,##0.00')],
        [("-7", '"¥"#,##0.00')],
        [("-0.001", '"¥"#,##0.00')],
        [("0.234", "0.0%")],
        [("19", "#,##0.0")],
        [("0.5", "#,##0.00##")],
        [("2", "#,##0.00##")],
    ]
    odd = drawn(table(Currency('"&"', 2), [("revenue", 1.0)]), "xlsx")
    assert list(formats(odd))[1:] == [[("1", '"& "#,##0.00')]]


def test_a_large_workbook_in_pieces() -> None:
    many = table(rows=[("users", 1.0), ("revenue", 2.0)] * 6_000)
    rows = list(formats(drawn(many, "xlsx")))[1:]
    assert rows == [[("1", "#,##0")], [("2", '"¥"#,##0.00')]] * 6_000


def test_what_is_said_in_words_stays() -> None:
    from userops.core.messages import Note

    spoken = table(rows=[("users", None), ("revenue", 2.0)]).but(
        said={"value": (Note("not yet"), None)}
    )
    assert for_audience(spoken, "table", "en").frame["value"].to_list() == ["not yet", "2.0"]
    assert "not yet" in drawn(for_audience(spoken, "table", "en"), "table").decode()


def test_columns_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="no columns, and said to vary"):
        table().but(varied={"value": Varied("metric", KINDS)})


SHOP = SAMPLES / "shop"
GOALS = ("goals", "--goal", "new=130", "--goal", "revenue=100000", "--goal", "repurchase_rate=25%", "--as-of", "2025-12-31")  # fmt: skip


@pytest.mark.parametrize(
    ("command", "lang", "lines"),
    [
        (GOALS, "en", [("new", "130 121"), ("revenue", "¥100,000.00 ¥107,266.73"), ("30-day repurchase", "25.0 % 24.6 %")]),
        (GOALS, "zh", [("新增用户", "130 121"), ("净收入", "¥100,000.00 ¥107,266.73")]),
        (("segment", "--show", "cuts"), "en", [("frequency", "2 5"), ("monetary", "¥112.27 ¥232.06"), ("recency", "223.8 410.0")]),
        (("screen", "--show", "criteria"), "en", [("orders", "350 5"), ("revenue", "350 ¥901.82")]),
        (
            ("campaigns", "--show", "metrics"),
            "zh",
            [("转化率", "11.3 % 7.0 %"), ("净收入", "¥21.89 ¥15.33"), ("下单数", "0.123")],
        ),
        (("campaigns", "--show", "checks"), "en", [("buyers in the smallest group", "56 30"), ("several groups", "0.0 % 1.0 %")]),
        (("referral", "--show", "compared"), "en", [("first-order rate", "82.0 % 73.0 % 9.0 %"), ("ltv", "¥402.53 ¥361.31 ¥41.22")]),
        (("ltv", "--show", "model"), "en", [("users", "2,314"), ("alpha", "217.92")]),
    ],
)  # fmt: skip
def test_what_the_shop_sees(
    command: tuple[str, ...],
    lang: str,
    lines: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(SHOP)
    ran = userops(*command, "--lang", lang, "-f", "table", "-q")
    assert ran.code == 0, ran.err
    seen = [re.sub(r"\s+", " ", line) for line in ran.text.splitlines()]
    for word, shown in lines:
        assert any(word in line and shown in line for line in seen), (word, seen)


def test_the_report_has_its_goals_in_their_kinds_in_its_workbook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(SHOP)
    file = tmp_path / "goals.xlsx"
    assert userops(*GOALS, "-o", file, "-q").code == 0
    rows = list(formats(file.read_bytes(), sheet=2))
    assert [row[3:5] for row in rows[1:4]] == [
        [("130", "#,##0"), ("121", "#,##0")],
        [("100000", '"¥"#,##0.00'), ("107266.73", '"¥"#,##0.00')],
        [("0.25", "0.0%"), (rows[3][4][0], "0.0%")],
    ]
