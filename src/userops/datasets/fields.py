"""How a kind of export is declared: its fields, column by column, and when two rows are one.

Each kind declares a `Dataset` once, in a file of its own, and stands in the registry
(`userops.datasets.DATASETS`). From that it has its options, its key in `[exports]`, its keyword in
Python, its presets, and its place in `check`, `init` and `explain`; `inputs.dataset(name)` reads it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Literal


class Type(Enum):
    """What a field holds once read, and so how its text is read."""

    ID = "id"  # text, exact
    TEXT = "text"
    TIME = "time"  # local wall time, pl.Datetime("us")
    MONEY = "money"  # whole minor units, pl.Int64
    NUMBER = "number"  # pl.Float64
    STATUS = "status"  # valid, void or refunded
    CURRENCY = "currency"  # ISO 4217 code


class RollUp(Enum):
    """What an order has of a column where its rows are line items."""

    SHARED = "shared"  # the order's own: what one line says, lines that leave it blank say too
    FIRST = "first"  # a line's own: the order has that of the first line that says something
    SUM = "sum"  # a number: the order has the sum of the lines bought


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column.

    Args:
        name: what it's called, in snake_case.
        type: what it holds.
        meaning: a few words on it, in English; `zh` in Chinese.
        names: the headers it goes by, in English and Chinese, best first.
        needed: whether an export can't do without it.
        instead: fields that stand in for it where an export has them.
        hint: what else to do where an export has no column for it, in a few words.
        says: words of a text that say something here, and nothing elsewhere, in lower case.
        compared: what its text is compared as where rows are looked at that may be one.
        rolls_up: of orders: what an order has of it where its rows are line items.
    """

    name: str
    type: Type
    meaning: str
    names: tuple[str, ...] = ()
    needed: bool = False
    instead: tuple[str, ...] = ()
    hint: str = ""
    zh: str = ""
    says: tuple[str, ...] = ()
    compared: Callable[[str], str] | None = None
    rolls_up: RollUp | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """When two rows of a dataset are one, so that the other is left out, and counted.

    Rows are one that agree in all fields of `key`. Where one of these is blank, and without a key,
    those that are alike in every column of the export.

    Args:
        reason: what rows left out are counted as, in English; `zh` in Chinese.
        key: names of fields.
        by: the field of time that decides which of them counts, blank last; else the order of the
            exports, and of the lines in them.
        wins: which counts, by that.
        across: rows of one export are never one; those of several exports are where they agree in
            the key and in every other column that all of the exports have, as often as they do.
        for_blank: fields that stand together for one of the key where that's blank; a time does where
            it has an hour.
    """

    reason: str = "the same row twice"
    zh: str = ""
    key: tuple[str, ...] = ()
    by: str | None = None
    wins: Literal["first", "last"] = "first"
    across: bool = False
    for_blank: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def key_of(self, known: Container[str]) -> tuple[str, ...]:
        """The key of an export that has some fields: what stands for others in place of them."""
        parts = (
            (name,) if name in known else self.for_blank.get(name, (name,)) for name in self.key
        )
        return tuple(dict.fromkeys(chain.from_iterable(parts)))


@dataclass(frozen=True, slots=True)
class Listed:
    """Exports that may be lists of who was found on a day, which their files' names may say.

    Args:
        day: the field of time that is that day.
        since: the field that says since when who is on a list was there.
        unless: fields whose exports are no such lists.
    """

    day: str
    since: str
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of export.

    Args:
        name: what its options and settings call it; `zh` is its name in Chinese.
        noun: what a row of it is called.
        fields: its columns.
        same: when two of its rows are one; None where rows come together in a way of their own.
        time: the field of time by whose day rows after as_of don't count yet; in rows that leave it
            blank, the first of `time_else` that says something.
        beside: fields of other datasets that an export of it may have, too.
        open: whether any other column can be asked for by its name.
        named_totals: whether a row that calls itself one of totals is one, whatever else it says.
        blank_in_totals: the needed field that a row of totals leaves blank: by default the time,
            else the first needed one.
        listed: of exports that may be lists of a day.
        of_chats: whether its users are called as chats call them, not as the orders do.
        private: whether rows hold what no output may show: rejects name lines, and don't quote them.

    Raises:
        ValueError: it doesn't hold together.
    """

    name: str
    noun: str
    fields: tuple[Field, ...]
    same: Same | None = Same()
    time: str | None = None
    time_else: tuple[str, ...] = ()
    beside: tuple[Field, ...] = ()
    open: bool = False
    named_totals: bool = False
    blank_in_totals: str = ""
    listed: Listed | None = None
    of_chats: bool = False
    private: bool = False
    zh: str = ""

    def __post_init__(self) -> None:
        known = {field.name: field for field in self.fields}
        keys = (*self.same.key, *filter(None, (self.same.by,))) if self.same else ()
        for name in (*keys, *self.times, *filter(None, (self.blank_in_totals,))):
            if name not in known:
                raise ValueError(f"{self.name}: no field {name}")
        for name in self.times:
            if known[name].type is not Type.TIME:
                raise ValueError(f"{self.name}: {name} is no field of time")
        if not self.needed:
            raise ValueError(f"{self.name}: no field is needed, so that any export could be one")
        if self.holds(Type.MONEY) and "currency" not in known:
            raise ValueError(f"{self.name}: amounts need a field currency")

    def __getitem__(self, name: str) -> Field:
        """The field of that name; KeyError without one."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def needed(self) -> list[str]:
        """Names of the fields that an export can't do without."""
        return [field.name for field in self.fields if field.needed]

    @property
    def times(self) -> tuple[str, ...]:
        """The fields that say of which day a row is, best first; none where rows have no day."""
        return (self.time, *self.time_else) if self.time else ()

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """Its own fields, and those of other datasets that its exports may have."""
        return (*self.fields, *self.beside)

    @property
    def absent_in_totals(self) -> str:
        """The field that a row of totals leaves blank."""
        return self.blank_in_totals or self.time or self.needed[0]

    def holds(self, type: Type) -> bool:
        """Whether one of its fields is of a type."""
        return any(field.type is type for field in self.fields)


def names(text: str) -> tuple[str, ...]:
    """Headers from a list with commas."""
    return tuple(name.strip() for name in text.split(","))
