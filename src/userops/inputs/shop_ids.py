"""Which users the orders know: of several columns of a list, that's the one which has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.readers.exports import open_all
from userops.readers.values.text import clean_id

if TYPE_CHECKING:
    from userops.inputs import RunInputs


def of_orders(inputs: RunInputs) -> pl.Series:
    """The ids of the orders' users, each once; read when they're first asked for.

    A store has no rows of exports, so they're looked at: which column a list goes by is the same with it.
    """
    if inputs.known_users is not None:
        return inputs.known_users
    exports = inputs.orders.exports
    if names := inputs.exports.get("orders"):
        options = replace(inputs.read_options, without_amount=True)
        exports = open_all(names, ORDERS, options, inputs.folder)
    ids = [pl.Series("id", dtype=pl.String)]
    for export in exports:
        if (user := export.taken.get("user_id")) is not None:
            cleaned = clean_id(pl.col(f"c{user.position}")).alias("id")
            ids.append(engine.collect(export.rows.select(cleaned.unique())).to_series())
    inputs.known_users = pl.concat(ids).drop_nulls().unique()
    return inputs.known_users
