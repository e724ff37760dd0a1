"""How a kind of export is declared: its fields, column by column.

The four exports (`orders`, `events`, `users`, `costs`) each declare a `Dataset` once;
sources read all of them by the same machinery, and `userops explain` shows the same
declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Type(Enum):
    """What a field holds once read, and so how its text is read."""

    ID = "id"  # text, exact
    TEXT = "text"
    TIME = "time"  # local wall time, pl.Datetime("us")
    MONEY = "money"  # whole minor units, pl.Int64
    NUMBER = "number"  # pl.Float64
    STATUS = "status"  # valid, void or refunded
    CURRENCY = "currency"  # ISO 4217 code


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column. `names` are the headers it goes by, best first."""

    name: str
    type: Type
    meaning: str
    names: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of export; `noun` is what a row of it is called."""

    name: str
    noun: str
    fields: tuple[Field, ...]

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


def names(text: str) -> tuple[str, ...]:
    """Headers from a list with commas."""
    return tuple(name.strip() for name in text.split(","))
