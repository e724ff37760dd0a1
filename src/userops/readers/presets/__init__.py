"""What is known of the makers of exports: one small TOML file each.

Data rather than code, so that whoever knows a platform's export can write it down without
knowing ours, in the words of `userops.toml`; checked by `Preset` when read. A file says:

tell
    Lists of telling columns: an export with all columns of one list is this maker's.
grain, totals
    What a row is, and what its amount is: the order's, repeated on each of its lines
    (`order`); the order's, on its first line alone (`first`); the line's own (`lines`).
refunds, masked, nulls
    How refunds are written; an example of a masked value; words that say nothing.
void_unpaid
    Whether a row without a time of payment, and with nothing paid, is an order never paid.
timezone, date_format
    The zone that times without an offset are written in; their format, where it's fixed.
columns, blank
    Field = its columns, best first; and the columns that say it where that one is blank.
status
    What the maker's own words for an order's status mean, beside the common ones.
refuse, mend
    Why an export of this maker can't serve as it is, and what to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from userops.core.errors import UsageError
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.orders import Status
from userops.readers.meaning.headers import folded

GENERIC = "generic"
_LINE_ITEM = "line item"


def _one_of(names: Collection[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return name

    return AfterValidator(check)


class Preset(BaseModel):
    """One maker's export."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    dataset: Annotated[str, _one_of(DATASETS)]
    tell: list[list[str]]
    grain: Annotated[str, _one_of([_LINE_ITEM, *(one.noun for one in DATASETS.values())])]
    totals: Literal["order", "first", "lines"] | None = None
    refunds: str = ""
    masked: str = ""
    nulls: list[str] = []
    void_unpaid: bool = False
    timezone: str | None = None
    date_format: str | None = None
    columns: dict[str, list[str]] = {}
    blank: dict[str, list[str]] = {}
    status: dict[str, Status] = {}
    refuse: str = ""
    mend: str = ""

    @property
    def amounts(self) -> str | None:
        """What an amount on a line item is: `order` or `lines`; None where it isn't said."""
        return {"order": "order", "first": "lines", "lines": "lines", None: None}[self.totals]

    @property
    def meanings(self) -> Mapping[str, Status]:
        """The maker's status words, lower case."""
        return {word.casefold(): meaning for word, meaning in self.status.items()}

    def tells(self, header: Sequence[str]) -> list[str]:
        """The columns that give this maker away; none where they aren't all there."""
        have = {folded(column) for column in header}
        for columns in self.tell:
            if all(folded(column) in have for column in columns):
                return columns
        return []


@cache
def known() -> tuple[Preset, ...]:
    """Every preset, by name."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return tuple(
        Preset.model_validate({"name": file.stem} | tomllib.loads(file.read_text("utf-8")))
        for file in files
    )


def find(dataset: Dataset, header: Sequence[str], source: str | None) -> Preset | None:
    """The preset that `--source` names, else the one that most columns of the header tell of.

    Raises:
        UsageError: no source has that name.
    """
    if source:
        named = {preset.name: preset for preset in known()}
        said = source.strip().casefold()
        if said == GENERIC:
            return None
        if said not in named:
            raise UsageError.unknown("source", source, [*named, GENERIC])
        return named[said] if named[said].dataset == dataset.name else None
    fitting = [preset for preset in known() if preset.dataset == dataset.name]
    best = max(fitting, key=lambda preset: len(preset.tells(header)), default=None)
    return best if best and best.tells(header) else None
