"""The sheet of a workbook that says what it is, from when to when, of which files, with what to know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from userops.core.shown import visible
from userops.core.table import Result, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.workbook_values import safe_text

INK, _SOFT = "#1B2127", "#59636E"
_WIDTHS = (28, 22, 14, 60)
# A number as people read it: a sign, a currency before it, groups, decimals, a percent sign.
_NUMBER = re.compile(
    r"^(?P<sign>[+\-−]?)(?P<code>[A-Z]{3} |[¥$€£]?)(?P<whole>[\d,]+)(?P<part>\.\d+)?(?P<rate> ?%)?$"
)

Texts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """A title, lines under it, and rows of texts and counts with a heading each.

    A row of one text goes across; of two the second does.
    """

    name: str
    title: str
    lines: tuple[str, ...] = ()
    blocks: tuple[tuple[str, tuple[Texts, ...]], ...] = ()


def cover_of(result: Result, tables: Sequence[Table], sheets: Sequence[str], lang: Lang) -> Cover:
    """The cover of a command's tables: its days, the files it read and their rows, its sheets, its notes."""

    def say(text: str) -> str:
        return words.phrase(text, lang)

    files: list[Texts] = []
    tallies = result.tallies or ({"": result.tally} if result.tally else {})
    for dataset, tally in tallies.items():
        names = result.sources.get(dataset) or (() if dataset else sum(result.sources.values(), ()))
        files.append((visible("、".join(names) if lang == "zh" else ", ".join(names)) or dataset,))
        files.append((say("rows read"), tally.read))
        files.append((say("rows used"), tally.used))
        for why, reasons in (("refused", tally.refused), ("left out", tally.left_out)):
            files += [(f"{say(why)}: {say(reason)}", rows) for reason, rows in reasons.items()]
    notes = dict.fromkeys(note for table in tables for note in cells.footnotes(table, lang))
    blocks: list[tuple[str, tuple[Texts, ...]]] = [
        (
            say("sheets"),
            tuple((name, table.frame.height) for name, table in zip(sheets, tables, strict=True)),
        ),
        (say("files"), tuple(files)),
        (say("notes"), tuple((note,) for note in notes)),
    ]
    facts = [
        *cells.days(tables[0]),
        *([visible(tables[0].currency.code)] if tables[0].currency.code else []),
    ]
    return Cover(
        words.title("cover", lang),
        visible(f"userops {result.command}"),
        (" · ".join(facts),) if facts else (),
        tuple((f"{heading[:1].upper()}{heading[1:]}", rows) for heading, rows in blocks if rows),
    )


def write(book: Any, sheet: Any, cover: Cover) -> None:
    """Titles, texts and numbers; no grid, so that it looks like a page."""
    looks = {
        "title": book.add_format({"bold": True, "font_size": 18, "font_color": INK}),
        "line": book.add_format({"font_color": _SOFT}),
        "head": book.add_format({"bold": True, "bottom": 1, "font_color": INK}),
        "name": book.add_format({"font_color": _SOFT, "valign": "top"}),
        "text": book.add_format({"valign": "top", "text_wrap": True, "indent": 1}),
        "value": book.add_format({"bold": True, "align": "right", "valign": "top"}),
    }
    sheet.hide_gridlines(2)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, safe_text(cover.title), looks["title"])
    row = 1
    for line in cover.lines:
        sheet.write_string(row, 0, safe_text(line), looks["line"])
        row += 1
    for heading, rows in cover.blocks:
        row += 1
        for column in range(len(_WIDTHS)):
            sheet.write_string(row, column, safe_text(heading) if not column else "", looks["head"])
        row += 1
        for texts in rows:
            _write_row(book, sheet, row, texts, looks)
            row += 1
    sheet.fit_to_pages(1, 0)


def _write_row(book: Any, sheet: Any, row: int, texts: Texts, looks: Mapping[str, Any]) -> None:
    styles = ("name", "value", "text", "text") if len(texts) > 2 else ("name", "text")
    for column, text in enumerate(texts):
        number = text if isinstance(text, int) else None
        number_format = "#,##0"
        if column and isinstance(text, str) and (found := as_number(text)):
            number, number_format = found  # type: ignore[assignment]
        if number is not None:
            look = {"bold": True, "align": "right", "valign": "top", "num_format": number_format}
            sheet.write_number(row, column, number, book.add_format(look))
        elif len(texts) == 1:
            sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, safe_text(str(text)), looks["text"])
            sheet.set_row(row, 15 * (1 + cell_len(str(text)) // 110))
        elif len(texts) == 2 and column == 1:
            sheet.merge_range(row, 1, row, len(_WIDTHS) - 1, safe_text(str(text)), looks["text"])
        else:
            sheet.write_string(row, column, safe_text(str(text)), looks[styles[column]])


def as_number(text: str) -> tuple[float, str] | None:
    """A number of a text that people read, and the format in which Excel shows it so."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    whole, part = match["whole"].replace(",", ""), match["part"] or ""
    number = float(f"{whole}{part}") * (-1 if match["sign"] in ("-", "−") else 1)
    shown = ("#,##0" if "," in match["whole"] or len(whole) <= 3 else "0") + (
        f".{'0' * (len(part) - 1)}" if part else ""
    )
    if match["rate"]:
        number, shown = round(number / 100, len(part) + 4), f"{shown}%"
    shown = f'"{match["code"]}"{shown}' if match["code"] else shown
    return number, f"+{shown};-{shown}" if match["sign"] == "+" else shown
