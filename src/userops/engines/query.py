"""How lazy frames become results: one place that runs queries.

Polars' streaming engine keeps no row order and adds floats in any order; so whoever
collects sorts what leaves, and sums whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator


def api(frame: object) -> Any:
    """The module whose expressions a lazy frame takes: polars, or narwhals on another engine.

    Narwhals' expressions are a subset of Polars', so a reduction written with them is one for both.
    """
    if isinstance(frame, pl.LazyFrame):
        return pl
    import narwhals

    return narwhals


def collect(frame: pl.LazyFrame) -> pl.DataFrame:
    """Run one query."""
    return frame.collect(engine="streaming")


def collect_all(frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
    """Run queries over the same input in one pass."""
    return pl.collect_all(list(frames), engine="streaming")


def batches(frame: pl.LazyFrame, rows: int) -> Iterator[pl.DataFrame]:
    """The frame's rows in order, at most about `rows` at a time, in bounded memory."""
    yield from frame.collect_batches(chunk_size=rows, maintain_order=True, engine="streaming")


def lists(frame: Any, key: str, *names: str, only: str = "TRUE", **sums: str) -> Any:
    """On another engine: a row a value of `key`, the other columns' values as a sorted list `bought`.

    Listed are rows of which `only` holds; `sums` are what else is told of all. Both are SQL.
    """
    from userops.engines import spark

    return spark.lists(frame, key, *names, only=only, **sums)


def selected(frame: Any, *kept: str, **columns: str) -> Any:
    """On another engine: columns that are kept (`*` is all), and others by SQL."""
    from userops.engines import spark

    return spark.selected(frame, *kept, **columns)


def grouped(frame: Any, *keys: str, **sums: str) -> Any:
    """On another engine: a row a group, with sums by SQL."""
    from userops.engines import spark

    return spark.grouped(frame, *keys, **sums)


def beside(frame: Any, rows: pl.DataFrame) -> Any:
    """Some rows as a lazy frame of the engine that another one is of."""
    if isinstance(frame, pl.LazyFrame):
        return rows.lazy()
    from userops.engines import spark

    return spark.beside(frame, rows)
