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
products
    Of lines with a unit price: `"Quantity * Price"`, whose product is the amount.
adjusted
    Columns of what an order came to after refunds, the amount first: the rest was given back,
    where any of them says other than 0.
total_where_blank
    Columns of which a row of totals says nothing, where it's called nothing.
apart
    Rows that are none of the dataset's: what they're called as `rows`, and why they don't count, by what
    tells them (`Apart`).
from_name
    Of fields that no column names: what the file's name says, `"day"` that's in it or the `"whole"`, less which
    part of an export it is.
channel
    Of costs: the channel that all of the export is of, where no column names one.
status, overrules
    What the maker's own words for an order's status mean, beside the common ones; other columns
    with the words by which they overrule it, such as one of refunds.
refuse, mend
    Why an export of this maker can't serve where it has none of its columns of users, and what
    to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from userops.core.errors import UsageError
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.orders import Status
from userops.readers.meaning.headers import folded, spellings

GENERIC = "generic"
_LINE_ITEM = "line item"


def _one_of(names: Collection[str]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return name

    return AfterValidator(check)


class Apart(BaseModel):
    """Rows of an export that are none of its dataset's, so that they're left out and counted, not refused.

    They lack a needed field, `lacks`, but no other; or they say one of some texts in a column, and lack that
    field, if one is named. Or they're lines with so many `fields` in place of a whole row's. Or they're all rows
    of an export whose two columns `of_two`, of whether it's oneself and of who writes, have two values each that
    stand with each other alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: str
    lacks: str = ""
    column: str = ""
    says: list[str] = []
    fields: int = 0
    of_two: list[str] = []


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
    overrules: dict[str, dict[str, Status]] = {}
    products: list[str] = []
    adjusted: list[str] = []
    total_where_blank: list[str] = []
    channel: str | None = None
    apart: list[Apart] = []
    from_name: dict[str, Literal["day", "whole"]] = {}
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

    def has_rules(self, header: Sequence[str]) -> bool:
        """Whether amounts or statuses of an export take more than one column to be read."""
        have = {folded(column) for column in header}
        products = ([folded(name) for name in product.split("*")] for product in self.products)
        others = (folded(name) for name in (*self.adjusted, *self.overrules))
        return any(have.issuperset(names) for names in products) or not have.isdisjoint(others)

    def refuses(self, header: Sequence[str]) -> bool:
        """Whether an export of this maker doesn't say who its users are."""
        have = {folded(column) for column in header}
        users = self.columns.get("user_id", ())
        return bool(self.refuse) and not any(folded(column) in have for column in users)

    def tells(self, header: Sequence[str]) -> list[str]:
        """The columns that give this maker away; none where they aren't all there."""
        return self.told_by(spellings(header))

    def told_by(self, have: Collection[str]) -> list[str]:
        """The same of columns by the names they go by."""
        for columns, names in zip(self.tell, self._tell_folded, strict=True):
            if names.issubset(have):
                return columns
        return []

    @cached_property
    def _tell_folded(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(map(folded, columns)) for columns in self.tell)


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
    have = spellings(header)
    fitting = [preset for preset in known() if preset.dataset == dataset.name]
    best = max(fitting, key=lambda preset: len(preset.told_by(have)), default=None)
    return best if best and best.told_by(have) else None
