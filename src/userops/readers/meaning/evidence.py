"""What evidence about an export's meaning is taken from: its columns, by what they were taken for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from userops.core.messages import Note
from userops.readers.meaning.headers import bare, folded
from userops.readers.meaning.profile import Column, Profiles
from userops.readers.meaning.questions import Question
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions

if TYPE_CHECKING:
    from userops.readers.presets import Preset

# Of a cent: by so much a product or a sum of amounts may differ from another.
NEAR = 0.011


@dataclass(slots=True)
class Evidence:
    """An export of orders as far as it's understood: changed as more is found out.

    `whole` reads columns by position of all rows; the profiles hold the first rows.
    """

    name: str
    header: Sequence[str]
    taken: dict[str, Taken]
    profiles: Profiles
    options: ReadOptions
    maker: Preset | None
    whole: Callable[[Sequence[int]], pl.DataFrame]
    totals: str | None = None
    notes: list[Note] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def of(self, name: str) -> Column | None:
        """The profile of the column taken for a field."""
        one = self.taken.get(name)
        return None if one is None else self.profiles[one.position]

    def named(self, names: Sequence[str], *, but: Sequence[int] = ()) -> Column | None:
        """The first column that bears one of some names, of those that hold numbers."""
        spelled = list(map(folded, names))
        places = {bare(column): at for at, column in reversed(list(enumerate(self.header)))}
        for name in spelled:
            at = places.get(name)
            if at is not None and at not in but and self.profiles[at].numeric >= 0.9:
                return self.profiles[at]
        return None

    def others(self) -> Iterator[Column]:
        """Columns of numbers that nothing is taken for; no dates, and no ids."""
        used = {one.position for one in self.taken.values()}
        for at in range(min(len(self.header), _LOOKED_AT)):
            if at not in used and self.header[at].strip():
                profile = self.profiles[at]
                if profile.numeric >= 0.5 and profile.dated < 0.5:
                    yield profile

    def asks(self, option: str) -> bool:
        """Whether a question is open that an option would answer."""
        return any(one.startswith(option) for asked in self.questions for one in asked.options)

    def change(self, name: str, taken: Taken | None) -> None:
        """Another column for a field, or none."""
        self.taken = {**self.taken, name: taken} if taken else without(self.taken, name)


# Of an export of thousands of columns so many are looked at.
_LOOKED_AT = 200


def without(taken: Mapping[str, Taken], name: str) -> dict[str, Taken]:
    """The columns of all fields but one."""
    return {field: one for field, one in taken.items() if field != name}


def near(one: pl.Series, other: pl.Series) -> pl.Series:
    """Whether numbers are the same to a cent; false where one is missing."""
    return ((one - other).abs() < NEAR).fill_null(False)
