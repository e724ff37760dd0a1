"""Texts to texts and ids: what says nothing, what is padding, what a spreadsheet spoiled.

Every function takes a column of text (or of a typed file's own type) and gives the
values, null where there is none. Times and amounts have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from userops.readers.values.nobody import Nobody

# What exports write for nothing. In ids "na" may be someone.
_EMPTY = (
    "",
    "-",
    "--",
    "null",
    "none",
    "nan",
    "n/a",
    "#n/a",
    "nil",
    "(null)",
    "undefined",
    "\\n",
    "#null!",
    "#value!",
    "#ref!",
    "#name?",
    "#div/0!",
)
EMPTY = (*_EMPTY, "na", "无", "空", "inf", "-inf", "infinity")
# And where a figure or a date is expected: a lone dash, however it's drawn, or a stroke.
DASH = r"^\s*(?:[-−‐‑‒–—―─━－ー]{1,4}|[/／\\])\s*$"
BLANKS = " \t\r\n\u00a0\u3000\ufeff"

# A spreadsheet's mark of text stands before; quotes around an id are a part of it.
_TEXT_MARK = r"^'+((?s:.)*[^']|)$"

# A number spoiled by a spreadsheet: 4E+18.
DAMAGED = r"^\d(?:\.\d+)?[eE]\+\d+$"
# A whole number that was a float on its way: 412.0.
FLOATED = r"^(-?\d+)\.0+$"
# Personal data made unreadable: 138****1234, 1***2, ##aGk, 138xxxx1234, 张*.
# What may be an id as well, as long as few of a column look so, is crossed out by letters.
STARRED = r"\*{2,}|^#{2,}|#{4,}|^\p{Han}\*|\*\p{Han}$"
CROSSED = r"^\+?\d+[xX]{4,}\d*$"
MASKED = rf"{STARRED}|{CROSSED}"

# A mobile number of China with its country's 86 before it, or parted: +86 138 0000 0003, 138-0000-0003. Bare
# digits that begin with 86 may be another id.
_MOBILE = (
    r"^(?:(?:\(?\+ ?86\)?[\s-]*|(?:00 ?)?86[\s-]+)(1[3-9]\d)[\s-]?(\d{4})[\s-]?(\d{4})"
    r"|(1[3-9]\d)[\s-](\d{4})[\s-](\d{4}))$"
)


def clean_text(column: pl.Expr, says: Sequence[str] = ()) -> pl.Expr:
    """Text without padding; null where it says nothing, as words do that aren't in `says`."""
    text = column.cast(pl.String).str.strip_chars(BLANKS)
    nothing = [word for word in EMPTY if word not in says]
    return pl.when(text.str.to_lowercase().is_in(nothing)).then(None).otherwise(text)


def clean_id(column: pl.Expr) -> pl.Expr:
    """An id as its system knows it: without padding, a text mark `'`, `="..."` around it, or `.0`.

    A mobile number of China is its eleven digits, so that it's one user's however exports write it.
    """
    text = column.cast(pl.String).str.strip_chars(BLANKS)
    text = (
        text.str.replace(r'^="(.*)"$', "$1").str.replace(_TEXT_MARK, "$1").str.strip_chars(BLANKS)
    )
    text = text.str.replace(FLOATED, "$1").str.replace(_MOBILE, "$1$2$3$4$5$6")
    return pl.when(text.str.to_lowercase().is_in(_EMPTY)).then(None).otherwise(text)


def blank(*, ids: bool = False) -> str:
    """A pattern for the texts that say nothing: those `clean_text` (or `clean_id`) makes null."""
    padding = r"[ \t\r\n\x{a0}\x{3000}\x{feff}]*"
    nothing = "|".join(re.escape(word) for word in (_EMPTY if ids else EMPTY))
    return rf"^{padding}(?i:{nothing}){padding}$"


def unclean_ids() -> str:
    """A pattern for the ids that `clean_id` would change, or that stop a run."""
    nothing = "|".join(re.escape(word) for word in _EMPTY)
    return (
        r"^[\s\x{a0}\x{3000}\x{feff}'=]|[\s\x{a0}\x{3000}\x{feff}]$|\x00"
        rf"|^(?i:{nothing})$|{DAMAGED}|{FLOATED}|{MASKED}|{_MOBILE}"
    )


def unclean_users(nobody: Nobody) -> str:
    """The same for users' ids, of which some are nobody's."""
    return f"{unclean_ids()}|{nobody.pattern}"
