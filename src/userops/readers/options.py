"""What the user says about how exports are to be read; everything else is found out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from userops.core.errors import InputError, TooManyRejects, UsageError
from userops.core.messages import Note, Word
from userops.core.tally import Tally
from userops.datasets import shared
from userops.datasets.fields import Dataset
from userops.datasets.orders import Status
from userops.readers.values.nobody import Nobody, nobody

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options and settings that steer reading; the same for every file of a run.

    Example:
        >>> import userops
        >>> reading = userops.ReadOptions(encoding="gb18030", timezone="Asia/Shanghai")
        >>> users = userops.segment("orders_zh.csv", reading=reading).users.to_polars()
    """

    named: Mapping[str, str] = field(default_factory=dict)  # field, or dataset.field: column
    # Of which datasets which named columns needn't be there: others have such fields, too.
    spared: tuple[tuple[str, str], ...] = ()
    about: str = ""  # the dataset that the run is about, and all that it reads
    datasets: tuple[str, ...] = ()
    # Fields of the dataset being read that others of the run have, too.
    shared: tuple[str, ...] = ()
    source: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    decimal: str | None = None
    timezone: str | None = None
    statuses: Mapping[str, Status] = field(default_factory=dict)  # lower case
    currency: str | None = None
    rates: Mapping[str, str] = field(default_factory=dict)  # currency: value in the base currency
    # Of costs whose export has no column for it; and of single files, or patterns of them.
    channel: str | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    without_amount: bool = False  # orders needn't say what they came to
    totals: str | None = None  # "order" or "lines": what an amount on a line item is
    amount: str | None = None  # a column, or "Quantity * Price"
    refunds: str | None = None  # "gross" or "net": amounts before refunds, or what was left
    order_id: str | None = None  # columns that are an order's id together, or "none"
    # "column", "rows" or "both": which refunds count where an order's row and others differ.
    refunds_by: str | None = None
    # Gives the ids of the orders' users: of several columns that may be users' these tell which is.
    shop_ids: Callable[[], pl.Series] | None = field(default=None, compare=False)
    nobody: tuple[str, ...] = ()  # what stands for no user; `VALUE=user` for one after all
    header: bool = True  # whether exports have one; else columns are named by position, from 1
    lines: str | None = None  # the export of the orders' line items, joined by their ids
    max_rejects: str = "1%"

    @property
    def no_user(self) -> Nobody:
        """What isn't a user, though it stands where one would."""
        return nobody(self.nobody)

    def channel_of(self, file: str) -> str | None:
        """The channel that a costs export is said to be of: by its own name, else by a pattern."""
        name = Path(file).name
        named = self.channels.get(file, self.channels.get(name))
        fitting = (one for what, one in self.channels.items() if fnmatch(name, what))
        return named or next(fitting, self.channel)

    def without_columns(self) -> ReadOptions:
        """The same for a dataset that the named columns don't speak of."""
        return replace(self, named={}, source=None, date_format=None)


_SHOWN = 3


def check_max_rejects(tally: Tally, limit: str) -> None:
    """Stop where more rows were refused than `limit` (a count, or a percentage) allows.

    Raises:
        TooManyRejects: they were.
        UsageError: the limit is no limit.
    """
    refused, read = sum(tally.refused.values()), tally.read
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", limit)
    if not number or (not number[2] and "." in number[1]):
        raise UsageError(
            f"--max-rejects {limit}: not a number of rows or a percentage", mend="100, or 1%"
        )
    allowed = float(number[1]) * (read / 100 if number[2] else 1)
    if refused > allowed:
        enough = f"{-(-100 * refused // read)}%"
        raise TooManyRejects(
            Note(
                "{refused:,} of {read:row was|rows were} refused, more than --max-rejects {limit} ({reasons})",
                refused=refused,
                read=read,
                limit=limit,
                reasons=tuple(
                    _refused(reason, count, tally.columns.get(reason, ()))
                    for reason, count in tally.refused.items()
                ),
            ),
            mend=f"see them with --rejects FILE; mend the export, or go on without them: --max-rejects {enough}",
        )


def _refused(reason: str, count: int, columns: Sequence[str]) -> Note:
    """How many rows are refused for a reason, and for cells of which columns."""
    if not columns:
        return Note("{reason}: {count:,}", reason=Word(reason), count=count)
    return Note(
        "{reason}: {count:,}, in {columns}",
        reason=Word(reason),
        count=count,
        columns=", ".join(map(repr, columns[:_SHOWN])),
    )


def suited(options: ReadOptions, dataset: Dataset) -> ReadOptions:
    """How to read one dataset where several are read: without columns named for the others."""
    known = {field.name for field in dataset.fields}
    named = {field: column for field, column in options.named.items() if field in known}
    start = f"{dataset.name}."
    own = {field.removeprefix(start): column for field, column in options.named.items() if field.startswith(start)}  # fmt: skip
    spared = tuple(one for one in options.spared if one[0] == dataset.name and one[1] not in own)
    shares = tuple(sorted(shared(dataset.name, options.about, options.datasets)))
    return replace(options, named=named | own, spared=spared, shared=shares)


@contextmanager
def naming(dataset: Dataset, options: ReadOptions) -> Iterator[None]:
    """Mends that name a field which other datasets of the run have, too, say whose it is."""
    try:
        yield
    except InputError as error:
        for field in options.shared:
            error.mend = error.mend.replace(f"--map {field}=", f"--map {dataset.name}.{field}=")
        raise
