"""The one thing that crosses from analyses to render and report.

A Table is a frame with the meaning of its columns. Inside it nothing is rounded or
translated: money is whole minor units of one currency, a rate is a proportion (0.12),
words of the vocabulary ("Champions", "high") are their English keys. `render` turns
them into what a format or a reader wants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Self

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.tally import Tally

if TYPE_CHECKING:
    import polars as pl


class Kind(Enum):
    """What the values of a column are; decides how each format shows them."""

    ID = "id"  # text that identifies: never a number, never translated
    TEXT = "text"  # text from the user's data
    WORD = "word"  # a word of our vocabulary, an English key that render may translate
    SENTENCE = "sentence"  # a line of ours to people: no key, so lists have it in their language
    DATE = "date"  # pl.Date
    DAYS = "days"  # whole or fractional days
    HOURS = "hours"  # fractional hours
    COUNT = "count"  # whole number of things
    COUNT_OR_TEXT = "count or text"  # as text: a whole number, or why there's none
    SCORE = "score"  # small whole number
    NUMBER = "number"  # any other number
    MONEY = "money"  # minor units, Int64; a mean of money is Float64 minor units
    RATE = "rate"  # proportion, Float64
    FLAG = "flag"  # true or false


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency by its ISO 4217 code (None: not said) and its decimal places."""

    code: str | None = None
    places: int = 2

    @classmethod
    def named(cls, code: str) -> Self:
        """The currency with its ISO 4217 number of decimal places."""
        return cls(code, 0 if code in _NO_DECIMALS else 3 if code in _THREE_DECIMALS else 2)

    @property
    def mark(self) -> str:
        """What stands before an amount: its sign, or its code and a space; nothing where it isn't said."""
        return _SIGNS.get(self.code or "", f"{self.code} " if self.code else "")


_SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "KRW": "₩", "INR": "₹"}

# ISO 4217, minor unit column.
_NO_DECIMALS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


@dataclass(frozen=True, slots=True)
class Varied:
    """What people see of a column whose rows are of several kinds: users in one, money in the next.

    `kinds` goes by the word that the column `by` has in the row; a row of none of them is of the
    column's own kind, which is what machines are told of all. Money is in whole units of the
    currency here, as machine formats have it.
    """

    by: str
    kinds: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class Table:
    """A named result. `columns` gives the kind of every column of `frame`, in its order."""

    name: str
    frame: pl.DataFrame
    columns: Mapping[str, Kind]
    window: Window
    currency: Currency = field(default_factory=Currency)
    notes: tuple[Note, ...] = ()
    # Columns whose distribution a terminal draws as bars, and the table to draw above a long one.
    bars: tuple[str, ...] = ()
    headline: Table | None = None
    # What it's for: columns that a narrow terminal leaves out last, the first of them last of all.
    keeps: tuple[str, ...] = ()
    # Columns that a terminal shades on one scale, and cells (row, column) that as_of cuts
    # short: whoever draws them marks them.
    shade: tuple[str, ...] = ()
    cut: frozenset[tuple[int, str]] = frozenset()
    # Columns that people know here by the name of another.
    called: Mapping[str, str] = field(default_factory=dict)
    # Columns whose rows are of several kinds.
    varied: Mapping[str, Varied] = field(default_factory=dict)
    # What people read where a cell is empty, or in place of an English text, by column, a note a row;
    # and what is noted instead in formats for machines.
    said: Mapping[str, tuple[Note | None, ...]] = field(default_factory=dict)
    else_noted: tuple[Note, ...] = ()
    # The probability with which its intervals hold, where their labels name it.
    level: float = 0.95
    # Whose it is: what its columns and words are called is looked up there first.
    analysis: str = ""

    def __post_init__(self) -> None:
        if list(self.columns) != self.frame.columns:
            raise ValueError(
                f"{self.name}: columns {list(self.columns)} are not {self.frame.columns}"
            )
        if strange := {*self.varied, *(one.by for one in self.varied.values())} - {*self.columns}:
            raise ValueError(f"{self.name}: {sorted(strange)} are no columns, and said to vary")

    def but(self, **changes: object) -> Table:
        """The same table with some of its parts replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def of(self, analysis: str) -> Table:
        """The same table as an analysis', unless it's some analysis' already."""
        if self.analysis:
            return self
        return replace(
            self, analysis=analysis, headline=self.headline and self.headline.of(analysis)
        )


@dataclass(frozen=True, slots=True)
class Result:
    """All tables of one command, the first being its default, with what they were made from.

    Tables of no analysis become the command's.
    `tally` is of the exports that the command is about, `tallies` of each dataset that was
    read, where they are several.
    """

    command: str
    tables: tuple[Table, ...]
    tally: Tally | None = None
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    # What was said beside the tables, where nobody was told it on the way.
    messages: tuple[str, ...] = ()
    # Names of the files that were read, by dataset.
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tables = tuple(table.of(self.command) for table in self.tables)
        object.__setattr__(self, "tables", tables)

    def __getitem__(self, name: str) -> Table:
        """The table of that name; KeyError without one."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    @property
    def names(self) -> list[str]:
        """Names of the tables, in order."""
        return [table.name for table in self.tables]
