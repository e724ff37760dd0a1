"""Whom users and orders name as inviters: ids that tell people apart, or an error that says what they are."""

from __future__ import annotations

import polars as pl

from userops.core.errors import InputError
from userops.readers.values.nobody import nobody
from userops.readers.values.text import MASKED

# A column is what most of it is: from such a part on it isn't of ids.
_FROM = 0.05
_ADDRESS = (
    r"(?i)^(?:https?://|www\.)|^[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|cn|io|co|de|uk|fr)(?:/\S*)?$"
)


def somebody(frame: pl.DataFrame, column: str, users: pl.Series) -> pl.DataFrame:
    """A frame whose `column` names inviters, null where it names nobody: 0, none, 无.

    Args:
        frame: rows of users or orders.
        column: the ids.
        users: ids of users, who may be called so.

    Raises:
        InputError: the ids are masked, or web addresses.
    """
    ids = frame[column].drop_nulls()
    each = ids.unique()
    _check(ids, each, column)
    words = each.filter(each.str.to_lowercase().is_in(sorted(nobody().words)))
    if words.is_empty():  # looking through all users would take longer than the rest
        return frame
    gone = words.filter(~words.is_in(users.implode()))
    if gone.is_empty():
        return frame
    return frame.with_columns(
        pl.when(~pl.col(column).is_in(gone.implode())).then(column).alias(column)
    )


def _check(ids: pl.Series, each: pl.Series, column: str) -> None:
    """See that ids tell people apart; `each` are the same once."""
    for pattern, what in (
        (MASKED, "masked: it can't tell people apart"),
        (_ADDRESS, "of web addresses, not of people"),
    ):
        found = each.filter(each.str.contains(pattern))
        if len(found) and ids.is_in(found.implode()).sum() >= _FROM * len(ids):
            raise InputError(
                f"the column taken for {column} is {what}, as {found.sort()[0]}",
                mend=f"name the column of ids with --map {column}=COLUMN",
            )
