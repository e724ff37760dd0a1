"""How a result is drawn: the reader's language and what the terminal can do."""

from __future__ import annotations

from dataclasses import dataclass

from userops.language.words import Lang


@dataclass(frozen=True, slots=True)
class Style:
    """Everything besides the data that decides the bytes.

    Without `width` and `height` (a pipe, a file) nothing is shortened. `raw` leaves cells
    that a spreadsheet would run as they are; `bom` starts CSV and TSV with a byte order mark.
    """

    lang: Lang = "en"
    raw: bool = False
    bom: bool = False
    color: bool = False
    width: int | None = None
    height: int | None = None
