"""Who is held back: drawn by hash, so that the same people are every time.

Source: `stats.hash_draw`; within strata by the largest remainder (`stats.largest_remainder`).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from userops.stats.hash_draw import hash_numbers
from userops.stats.largest_remainder import share_out

_WHOLE = 2**64


def is_below(numbers: pl.Series, share: float) -> pl.Series:
    """Whether users' numbers (`hash_numbers`) are below a share of the whole, 0 for nobody's."""
    # As it was written: .1 is a tenth, not the double next to it.
    return numbers < int(Fraction(repr(share)) * _WHOLE)


def held_back(users: pl.DataFrame, salt: str, share: float, by: Sequence[str] = ()) -> pl.Series:
    """Whether each user is held back, in the order of the rows.

    Without strata everyone whose number is below the share: whoever else is on the list, the same
    people are. With strata each has its part of them all, to the person: those with the lowest numbers.

    Args:
        users: `user_id`, each once, and the columns of `by`.
        salt: the name of the draw.
        share: how many of all, above 0 and below 1.
        by: columns that tell strata apart; what is blank is a stratum.
    """
    drawn = users.with_columns(hash_numbers(salt, users["user_id"]).alias("_number"))
    if not by:
        return is_below(drawn["_number"], share).alias("held_back")
    # Half a person is one: so many of all.
    total = int(Fraction(repr(share)) * users.height + Fraction(1, 2))
    strata = drawn.group_by(by).agg(_size=pl.len()).sort(by, nulls_last=True)
    parts = strata.with_columns(
        pl.Series("_part", share_out(total, strata["_size"].to_list()), pl.Int64)
    )
    place = pl.struct("_number", "user_id").rank("ordinal").over(by)
    return (
        drawn.join(parts, on=by, how="left", nulls_equal=True, maintain_order="left")
        .select((place <= pl.col("_part")).alias("held_back"))
        .to_series()
    )
