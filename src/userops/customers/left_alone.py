"""Who asked to be left alone: users of the do-not-contact list, by themselves or by a phone of theirs."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.core.messages import Note
from userops.customers import phones
from userops.readers.dataset import Rows


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Ids of users who aren't to be contacted; and of how many rows of the list nobody knows whose they are."""

    users: pl.Series
    unknown: int = 0
    rows: int = 0

    @property
    def doubt(self) -> Note | None:
        """That nobody of the whole list is known, so that it keeps nobody from being called."""
        if not self.rows or self.unknown < self.rows:
            return None
        return Note(
            "nobody on the do-not-contact list ({count:row|rows}) is in the orders or the users export, so it keeps "
            "nobody from being contacted: it needs ids as the orders write them, or phones that are those ids or "
            "stand in a users export",
            count=self.rows,
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        """How many rows of the list are nobody's, where some are somebody's."""
        if not self.unknown or self.unknown == self.rows:
            return ()
        note = Note(
            "{count:row|rows} of {all:,} on the do-not-contact list: nobody of the orders or the users export",
            count=self.unknown,
            all=self.rows,
        )
        return (note,)


def left_alone(listed: Rows | None, told: pl.DataFrame, ids: pl.Series) -> LeftAlone:
    """Whom a do-not-contact list names.

    Args:
        listed: its rows.
        told: `user_id, phone` of a users export, as it writes them.
        ids: of all users that the orders or the users export know.
    """
    if listed is None or listed.frame.is_empty():
        return LeftAlone(pl.Series("user_id", [], dtype=pl.String))
    of_users = phones.numbers(told, ids)
    rows = listed.frame.select(
        pl.col("user_id").cast(pl.String),
        phone=phones.plain(pl.col("phone")),
        # A column of customers may hold their phones.
        other=phones.plain(phones.of_id(pl.col("user_id"))),
    )
    known = pl.col("user_id").is_in(ids.cast(pl.String).implode())
    for name in ("phone", "other"):
        known = known.fill_null(value=False) | pl.col(name).is_in(of_users["phone"].implode())
    unknown = len(rows) - int(rows.select(known.fill_null(value=False).sum()).item())
    called = pl.concat([rows["phone"], rows["other"]]).drop_nulls()
    by_phone = of_users.filter(pl.col("phone").is_in(called.implode()))["user_id"]
    users = pl.concat([rows["user_id"].drop_nulls(), by_phone]).unique().sort()
    return LeftAlone(users.alias("user_id"), unknown, len(rows))
