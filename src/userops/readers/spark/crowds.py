"""Ids that many stand behind, found on Spark as `readers.crowds` finds them elsewhere."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from userops.engines import query as engine
from userops.readers import crowds
from userops.readers.files.open import Format
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values

if TYPE_CHECKING:
    from userops.readers.spark.exports import Shelf


def looked_at(shelf: Shelf, options: ReadOptions) -> Shelf:
    """A shelf whose export knows the ids that are nobody's."""
    export = shelf.export
    if not crowds.beside(export):
        return shelf
    counts = engine.collect(crowds.counts_of(export, whole=False))
    if _is_small(shelf) or crowds.are_suspicious(export, counts, options):
        counts = _counts(shelf)
    return replace(shelf, export=crowds.told(export, counts, options))


def _is_small(shelf: Shelf) -> bool:
    if any("://" in file for file in shelf.files):
        return False
    format = Format.TEXT if shelf.header is not None else Format.PARQUET
    return crowds.is_small(format, sum(os.path.getsize(file) for file in shelf.files))


def _counts(shelf: Shelf) -> pl.DataFrame:
    """As `crowds.counts_of`; ids that have one of each are told together."""
    from pyspark.sql import functions as f

    from userops.readers.spark.driver_rows import local

    at = shelf.export.taken["user_id"].position
    others = [position for _, position in crowds.beside(shelf.export)]
    rows = shelf.frame
    if shelf.header is not None:
        rows = rows.filter(f.col("text") != f.lit(shelf.header))
    said = [f.lower(_told(other)).alias(f"said{other}") for other in others]
    user = f.regexp_replace(_told(at), text_values.FLOATED, "$1")
    each = (
        rows.select(user.alias("id"), *said)
        .filter(f.col("id").isNotNull())
        .groupBy("id")
        .agg(
            f.count("*").alias("rows"),
            *[f.count(f"said{other}").alias(f"rows{other}") for other in others],
            *[f.countDistinct(f"said{other}").alias(f"many{other}") for other in others],
        )
    )
    several = f.lit(False)
    for other in others:
        several |= f.col(f"many{other}") > 1
    columns = [f.when(several, f.col("id")).alias("id")]
    columns += [
        f.when(several, f.col(name)).otherwise(f.least(f.col(name), f.lit(1))).alias(name)
        for name in ("rows", *(f"rows{other}" for other in others))
    ]
    many = [f"many{other}" for other in others]
    alike = each.select(*columns, *many)
    return local(alike.groupBy(*alike.columns).agg(f.count("*").alias("ids"))).sort("id")


def _told(position: int) -> Any:
    from pyspark.sql import functions as f

    from userops.readers.spark.expressions import told

    return f.expr(told(f"CAST(c{position} AS STRING)"))
