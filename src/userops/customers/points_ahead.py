"""A shop's own ledger with its books, and which points run out when, if nobody uses them: for contacts and `points`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from userops.core.dates import to_date
from userops.core.validity import parse_validity
from userops.customers.point_books import Books, keep_books
from userops.customers.point_lots import as_day
from userops.customers.points_ledger import Exported, Validities, exported, rebuilt

if TYPE_CHECKING:
    from userops.analyses.analysis import Inputs
    from userops.analyses.points.params import PointsParams
    from userops.customers.granting_sources import Sources
    from userops.readers.dataset import Rows


def validities_of(params: PointsParams) -> Validities:
    """How long points live, as the parameters say."""
    return Validities(params.valid, params.round, params.rules)


def events_beside(params: PointsParams) -> list[str]:
    """The events that redeem points, and those that give them back, in small letters."""
    names = (params.redeem_event, params.restore_event)
    return [name.strip().casefold() for name in names if name]


def by_rules(
    found: Sources, granted: pl.DataFrame, params: PointsParams, start: int | None
) -> pl.DataFrame:
    """The ledger that rules make: what was `granted`, redeemed and given back from a first day on."""
    redeemed = found.valued(params.redeem_event, start)
    restored = found.valued(params.restore_event, start)
    return rebuilt(granted, redeemed, validities_of(params), restored)


def books_of(
    inputs: Inputs, rows: Rows, params: PointsParams, as_of: int
) -> tuple[Exported, Books]:
    """A shop's own ledger up to a day, and its books.

    Raises:
        InputError: a word isn't known, or points aren't whole numbers.
    """
    validities = validities_of(params)

    def made() -> tuple[Exported, Books]:
        ledger = exported(rows.frame, rows.fields, params.kinds, validities)
        return ledger, keep_books(ledger.entries, as_of, expires=ledger.expires)

    return inputs.once(("books", as_of, params.kinds, validities), made)


def expiring(books: Books, as_of: int) -> pl.DataFrame:
    """`user_id, last_day, points`: what's outstanding by the last day on which it can be used.

    Points that live as long as a user is active have a last day, too: that if nothing happens. By user
    and day; points that never expire aren't there.
    """
    active = (
        books.entries.filter(pl.col("kind").is_in(["earn", "redeem"]))
        .group_by("user_id")
        .agg(active=pl.col("day").max())
    )
    left = (
        books.lots.filter(pl.col("outstanding") > 0)
        .join(active, on="user_id", how="left")
        .with_columns(pl.col("active").fill_null(pl.col("day")))  # since then nothing happened
    )
    pairs = left.filter(pl.col("idle").is_not_null()).select("idle", "active").unique()
    known = pl.DataFrame(
        [
            (text, day, as_day(parse_validity(text).last_day(to_date(day))))
            for text, day in pairs.rows()
        ],
        schema={"idle": pl.String, "active": pl.Int32, "idle_day": pl.Int32},
        orient="row",
    )
    return (
        left.join(known, on=["idle", "active"], how="left")
        .with_columns(last_day=pl.coalesce("idle_day", "last_day"))
        .filter(pl.col("last_day") >= as_of)
        .group_by("user_id", "last_day")
        .agg(points=pl.col("outstanding").sum())
        .sort("user_id", "last_day")
    )
