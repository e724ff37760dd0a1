"""What the values of a column look like, whatever its name says: from an export's first rows.

A column's meaning is a claim of its name that its values must support. Here is what they say: how
many are filled and different, whether they read as dates, times of day, numbers or masked texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.engines import query as engine
from userops.readers.files.contents import Content
from userops.readers.files.records import columns_of
from userops.readers.meaning.headers import power_of_ten
from userops.readers.values import amounts, times
from userops.readers.values import text as text_values

# Rows that are looked at: enough for what stands on one row in a thousand, and little to read.
SAMPLE = 20_000
# Of texts as many different ones are read as dates.
_DATES = 300
_CLOCK = r"^\d{1,2}:\d{2}(?::\d{2})?$"
_CURRENCY = r"^(?:[A-Za-z]{3}|[^\w\s]|RMB|元|人民币)$"


@dataclass(frozen=True)
class Column:
    """The first values of one column.

    `values` are as the file has them; the shares are of the filled ones, from 0 to 1.
    """

    name: str
    position: int
    values: pl.Series

    @cached_property
    def texts(self) -> pl.Series:
        """The values as texts, null where they say nothing."""
        text = text_values.clean_text(pl.lit(self.values)).alias("text")
        return pl.select(text).to_series()

    @cached_property
    def numbers(self) -> pl.Series:
        """The values as numbers, null for what is none."""
        factor = 10.0 ** power_of_ten(self.name)[0]
        if self.values.dtype.is_numeric():
            return self.values.cast(pl.Float64) * factor
        if self.values.dtype.is_temporal():
            return pl.Series(self.values.name, [None], pl.Float64).new_from_index(
                0, len(self.values)
            )
        return read_numbers(self.texts) * factor

    @cached_property
    def filled(self) -> float:
        """Share of the rows that say something."""
        return _share(self.texts.count(), len(self.texts))

    @cached_property
    def distinct(self) -> float:
        """Share of the filled values that differ."""
        return _share(self.texts.drop_nulls().n_unique(), self.texts.count())

    @cached_property
    def numeric(self) -> float:
        """Share that reads as a number or an amount."""
        return _share(self.numbers.count(), self.texts.count())

    @cached_property
    def whole(self) -> float:
        """Share of the numbers without decimal places."""
        numbers = self.numbers.drop_nulls()
        return _share(int((numbers == numbers.round()).sum()), len(numbers))

    @cached_property
    def counts_from_zero(self) -> bool:
        """Whether the values are 0, 1, 2 and so on from the first row on, none left out.

        Then 0 is one like the others, as where customers are numbered by what they're listed by.
        """
        if not (self.texts == "0").any():
            return False
        numbers = self.numbers
        if numbers.null_count() > self.texts.null_count() or self.whole < 1:
            return False
        steps = numbers.drop_nulls().diff().drop_nulls()
        return numbers[0] == 0 and bool(steps.is_in([0.0, 1.0]).all()) and steps.sum() > 0

    @cached_property
    def dated(self) -> float:
        """Share that reads as a date, by what it looks like."""
        if self.values.dtype.is_temporal():
            return 1.0
        if self.values.dtype.is_numeric():
            return 0.0
        some = self.texts.drop_nulls().unique(maintain_order=True).head(_DATES)
        return _share(int(times.look_dated(some).sum()), len(some))

    @cached_property
    def clock(self) -> float:
        """Share that is a time of day alone."""
        return self._like(_CLOCK)

    @cached_property
    def currency(self) -> float:
        """Share that may name a currency."""
        return self._like(_CURRENCY)

    @cached_property
    def masked(self) -> float:
        """Share that has been made unreadable."""
        return self._like(text_values.MASKED)

    def _like(self, pattern: str) -> float:
        return _share(int(self.texts.str.contains(pattern).sum()), self.texts.count())


class Profiles(Sequence[Column]):
    """The profiles of an export's columns, each made when it's asked for."""

    def __init__(self, content: Content) -> None:
        self._content, self._header = content, content.header
        self._known: dict[int, Column] = {}

    @cached_property
    def sample(self) -> pl.DataFrame:
        """The first rows, columns by position: read when a profile is first asked for."""
        rows = self._content.rows if self._content.fast is None else self._content.fast
        return engine.collect(rows.select(columns_of(len(self._header))).head(SAMPLE))

    def __len__(self) -> int:
        return len(self._header)

    def __getitem__(self, position: int) -> Column:  # type: ignore[override]
        if not 0 <= position < len(self._header):
            raise IndexError(position)
        if position not in self._known:
            self._known[position] = Column(
                self._header[position], position, self.sample[f"c{position}"]
            )
        return self._known[position]

    @property
    def whole(self) -> bool:
        """Whether the sample is all of the export."""
        return len(self.sample) < SAMPLE


def read_numbers(texts: pl.Series) -> pl.Series:
    """Texts as numbers, by the decimal mark that they show; null for what is none."""
    facts = texts.to_frame("text").select(amounts.decimal_marks(pl.col("text")))
    point, comma = facts["point"][0] or 0, facts["comma"][0] or 0
    minor = amounts.read_amounts(texts, 4, "," if comma > point else ".").minor
    return minor / 10**4


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
