"""Attributes that tell users apart, such as their channel.

What is said of a user comes first; where nothing is, what the user's first valid order (or
first event) does counts, user by user.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from userops.datasets.orders import ATTRIBUTES
from userops.engines import query as engine
from userops.engines.reductions import Query
from userops.ledger.customers import FIRST_VALUES, first_values


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: `user_id` and what's said of it, and the reduction for what first orders do."""

    name: str
    known: pl.DataFrame | None = None
    reduction: Query | None = None

    @property
    def reductions(self) -> list[Query]:
        """The reductions that it takes: one or none."""
        return [self.reduction] if self.reduction else []

    def of(self, first: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """`user_id` and the attribute, from what the reductions gave."""
        frames = [frame for frame in (self.known, *first) if frame is not None]
        if len(frames) == 1:
            return frames[0]
        both = frames[0].join(frames[1], on="user_id", how="full", coalesce=True)
        said = pl.coalesce(self.name, f"{self.name}_right").alias(self.name)
        return both.select("user_id", said).sort("user_id")


def of_orders(fields: Collection[str]) -> dict[str, Query]:
    """Attributes that orders with these fields have, each with the reduction to its first values."""
    return {name: first_values(name) for name in ATTRIBUTES if name in fields}


def of_events(fields: Collection[str]) -> dict[str, Query]:
    """The same of events: their channel."""
    if "channel" not in fields:
        return {}
    return {"channel": lambda events: FIRST_VALUES(as_orders(events), "channel")}


def as_orders(events: pl.LazyFrame) -> pl.LazyFrame:
    """Events in the columns of orders, for reductions that ask who came when."""
    x = engine.api(events)
    return events.with_columns(
        order_time=x.col("event_time"), orders=x.lit(1, x.Int32), amount=x.lit(0, x.Int64)
    )
