"""Reductions: what is asked of orders or events, from a lazy frame to a lazy frame.

Several of them share one pass. A plain function will do; a `Reduction` also says what it can live
with, and what that allows makes its pass faster. The result is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import polars as pl

# Of an integer that stands for a user's id: with one digit more it still fits into 64 bits.
MOST_DIGITS = 18

Query = Callable[["pl.LazyFrame"], "pl.LazyFrame"]
# From customers and their timeline (`ledger.timeline`) to a reduction's result.
Finish = Callable[["pl.DataFrame", Any], "pl.DataFrame"]


class Ids(Enum):
    """What stands in `user_id` while a reduction runs."""

    ANY = "any"
    INTEGERS = "integers"  # one for each id
    OWN = "own"  # the ids themselves


@dataclass(frozen=True, slots=True)
class FromKeys:
    """How the sorted keys of all orders give a reduction's result, so that it needn't run.

    Keys alone give `user_id, first_day, last_day` of the customers; with `amounts` also
    `orders, amount`. `finish` makes the result from these customers and their timeline.
    """

    amounts: bool = False
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Reduction:
    """A function from a lazy frame to a lazy frame, and what it can live with.

    Attributes:
        query: the function.
        id_digits: how many digits an integer may have that stands for a user's id; 0 where it
            needs the ids themselves. Rows of a result that names users are sorted by their ids
            where the integers sort otherwise.
        names_users: whether `user_id` in the result has to hold ids, not the integers.
        reads_sessions: whether it looks at the ids of sessions and groups, which then have to be
            clean.
        from_keys: how sorted keys give the result, if they do.
        only: the ids that it runs on; on others the result is empty.
        by_user: whether the result is put in the order of user_id.
    """

    query: Callable[..., pl.LazyFrame]
    id_digits: int = 0
    names_users: bool = True
    reads_sessions: bool = True
    from_keys: FromKeys | None = None
    only: Ids = Ids.ANY
    by_user: bool = False

    @classmethod
    def of(cls, query: Query) -> Reduction:
        """A plain function as a reduction that wants everything; a reduction as it is."""
        return query if isinstance(query, cls) else cls(query)

    def __call__(self, frame: pl.LazyFrame, *args: Any, **given: Any) -> pl.LazyFrame:
        """Run the query, or give an empty result where it isn't to run."""
        import polars as pl

        if self.runs_on(integer_ids=has_integer_ids(frame)):
            result = self.query(frame, *args, **given)
            return _by_user(result) if self.by_user else result
        if self.only is Ids.INTEGERS:
            return frame.select("user_id").head(0)
        result = self.query(frame, *args, **given)
        return pl.LazyFrame(schema=result.collect_schema())

    def runs_on(self, *, integer_ids: bool) -> bool:
        """Whether it runs where integers stand for users' ids, or where they don't."""
        return self.only is Ids.ANY or (self.only is Ids.INTEGERS) == integer_ids

    def given(self, **arguments: Any) -> Reduction:
        """The same with some of the query's arguments."""
        return replace(self, query=partial(self.query, **arguments))

    def unnamed(self) -> Reduction:
        """The same, but `user_id` in its result keeps what stands for the ids."""
        return replace(self, names_users=False)

    def unsorted(self) -> Reduction:
        """The same with rows in no order: for results that list no users."""
        return replace(self, by_user=False)

    def on(self, ids: Ids) -> Reduction:
        """The same, run on such ids alone."""
        return replace(self, only=ids)


class IdNames(Protocol):
    """Knows which ids the integers in `user_id` stand for."""

    def sorts(self, integers: pl.Series) -> bool:
        """Whether such integers sort as their ids do."""

    def named(self, frame: pl.DataFrame) -> pl.DataFrame:
        """A frame with ids in its column `user_id`, if it has one; the order of rows stays."""


def has_integer_ids(frame: object) -> bool:
    """Whether integers stand for users' ids in a lazy frame; on other engines they never do."""
    import polars as pl

    return isinstance(frame, pl.LazyFrame) and frame.collect_schema()["user_id"].is_integer()


def _by_user(frame: Any) -> Any:
    """By user_id; on another engine whoever collects puts it in order, which there takes a shuffle."""
    import polars as pl

    return frame.sort("user_id") if isinstance(frame, pl.LazyFrame) else frame
