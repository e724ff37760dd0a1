"""Users of two columns of ids as whole numbers, in the order of the ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from userops.engines import parallel
from userops.engines.reductions import MOST_DIGITS
from userops.readers.fast.integer_ids import form_of_all

Ints = np.ndarray[Any, np.dtype[np.int64]]
_BITS = 63
_FIRST = 1000  # ids that a form is told from; all are held to it


def numbered(first: pl.Series, second: pl.Series) -> tuple[Ints, Ints]:
    """Each id's place among all different ones of both columns, from 0 on.

    >>> one, other = numbered(pl.Series(["b", "a"]), pl.Series(["c", "b"]))
    >>> one.tolist(), other.tolist()
    ([1, 0], [2, 1])
    """
    ids = pl.concat([first, second])
    places = None
    if (integers := _integers(ids)) is not None:
        places = _ranked(integers)
    if places is None:
        places = _looked_up(ids)
    return places[: len(first)], places[len(first) :]


def _integers(ids: pl.Series) -> Ints | None:
    """Ids of one prefix and equally many digits as integers, which sort as they do; None for others."""
    form = form_of_all([ids.head(_FIRST)], MOST_DIGITS) if len(ids) else None
    if form is None or form.vary:
        return None
    frame = (
        ids.alias("id")
        .to_frame()
        .select(form.number(pl.col("id")).cast(pl.Int64), other=form.is_other(pl.col("id")))
    )
    return None if frame["other"].any() or frame["id"].has_nulls() else frame["id"].to_numpy()


def _ranked(numbers: Ints) -> Ints | None:
    """Places of whole numbers, by sorting them beside their rows; None where both don't fit into one.

    That takes a fifth of looking each number up.
    """
    low, bits = numbers.min(), len(numbers).bit_length()
    if int(numbers.max() - low).bit_length() + bits > _BITS:
        return None
    keys = (numbers - low) << bits
    keys |= np.arange(len(numbers))
    keys = parallel.in_order(keys)
    is_new = np.zeros(len(keys), bool)
    is_new[1:] = np.diff(keys >> bits) != 0
    places = np.empty(len(keys), np.int64)
    places[keys & ((1 << bits) - 1)] = np.cumsum(is_new)
    return places


def _looked_up(ids: pl.Series) -> Ints:
    """Places of any ids."""
    if not len(ids):
        return np.zeros(0, np.int64)
    every = ids.unique().sort()
    places = pl.DataFrame({"id": every, "place": pl.int_range(len(every), eager=True)})
    named = ids.alias("id").to_frame()
    return named.join(places, on="id", how="left", maintain_order="left")["place"].to_numpy()
