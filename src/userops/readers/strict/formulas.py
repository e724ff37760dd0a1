"""Values that more than one column makes: a price times a quantity, an id of several parts."""

from __future__ import annotations

import polars as pl

from userops.core.table import Currency
from userops.readers.meaning.taken import Taken
from userops.readers.strict.profiles import Profile
from userops.readers.values import amounts
from userops.readers.values import text as text_values

# Between the parts of an id: no part holds it.
PART = "\x1f"
# Decimal places of a unit's price beyond its currency's, and of a quantity.
_FINER, _PARTS = 4, 3


def applied(
    value: pl.Series,
    taken: Taken,
    batch: pl.DataFrame,
    name: str,
    facts: Profile,
    currency: Currency,
) -> pl.Series:
    """A field's values, read from its own column, with what the other columns of `taken` make of it.

    `name` is the export's, `facts` what holds for its columns.
    """
    if taken.times is not None:
        price = amounts.read_amounts(
            batch[f"c{taken.position}"],
            currency.places + _FINER + facts.powers.get(taken.position, 0),
            facts.decimals.get(taken.position, "."),
        )
        # A quantity that doesn't show its mark has the price's.
        mark = facts.decimals.get(taken.position, ".")
        quantity = amounts.read_numbers(
            batch[f"c{taken.times[1]}"], facts.decimals.get(taken.times[1], mark)
        ) * 10.0 ** facts.powers.get(taken.times[1], 0)
        value = _product(price.minor, quantity)
    if taken.plus is not None:
        position = taken.plus[1]
        back = amounts.read_amounts(
            batch[f"c{position}"],
            currency.places + facts.powers.get(position, 0),
            facts.decimals.get(position, "."),
        )
        value = value + back.minor.abs().fill_null(0)
    for column, position in taken.joined:
        part = _part(batch, column, position, name)
        value = pl.select(
            pl.concat_str(pl.lit(value), pl.lit(part), separator=PART, ignore_nulls=False)
        ).to_series()
    return value


def _part(batch: pl.DataFrame, column: str, position: int, name: str) -> pl.Series:
    """A part of an id: a column's, or where that has no place, the export's name."""
    if position < 0:
        return pl.Series(column, [name]).new_from_index(0, len(batch))
    return batch.select(text_values.clean_id(pl.col(f"c{position}"))).to_series()


def _product(price: pl.Series, quantity: pl.Series) -> pl.Series:
    """Prices, finer than minor units, times quantities: exact minor units, rounded half to even."""
    parts = (quantity * 10**_PARTS).round().cast(pl.Int64)
    exact = price.cast(pl.Int128) * parts.cast(pl.Int128)
    unit = 10 ** (_FINER + _PARTS)
    frame = pl.DataFrame({"exact": exact})
    whole, rest = pl.col("exact") // unit, pl.col("exact") % unit
    up = (rest * 2 > unit) | ((rest * 2 == unit) & (whole % 2 == 1))
    return frame.select((whole + up.cast(pl.Int128)).cast(pl.Int64)).to_series()
