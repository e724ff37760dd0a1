"""Users that stay on Spark: quantiles, sums over cells, and a table of them written by the executors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from userops.engines import spark
from userops.ledger.large_users import Cuts, Written
from userops.readers.spark.driver_rows import local

# Values are first counted in so many parts of their range, then one by one where a rank lies.
_PARTS = 1 << 16
_SUMS = (
    "count(*) AS users",
    "CAST(sum(orders) AS BIGINT) AS sum_orders",
    "CAST(sum(amount) AS BIGINT) AS sum_amount",
    "CAST(sum(recency_days) AS BIGINT) AS sum_recency",
)
_ONE = ("first_day", "last_day", "orders", "amount", "gap")  # what's known of a cell's user


@dataclass(slots=True)
class SparkUsers:
    """As `LargeUsers`; `frame` is kept on the disks of Spark's machines until `close`."""

    session: Any
    frame: Any
    name: str  # of the exports
    folder: str
    places: int
    written: int = 0  # users, once they are

    @classmethod
    def of(
        cls, session: Any, customers: Any, as_of: int, name: str, folder: str, places: int
    ) -> Self:
        """Of customers as a frame of Spark's."""
        from pyspark import StorageLevel

        frame = customers.selectExpr(
            "*", f"{as_of} - last_day AS recency_days", f"{as_of} - first_day AS age_days"
        )
        return cls(session, frame.persist(StorageLevel.DISK_ONLY), name, folder, places)

    def close(self) -> None:
        """Free those disks."""
        self.frame.unpersist()

    @property
    def count(self) -> int:
        """As `LargeUsers.count`."""
        with spark.reading(self.name):
            return int(self.frame.count())

    def at_ranks(self, asked: Mapping[str, Sequence[int]]) -> Mapping[str, Mapping[int, int]]:
        """As `LargeUsers.at_ranks`: two passes over counted values, of which few come here."""
        ends = [f"{end}({name})" for name in asked for end in ("min", "max")]
        with spark.reading(self.name):
            bounds = self.frame.selectExpr(*ends).first()
        lows = dict(zip(asked, bounds[::2], strict=True))
        tops = dict(zip(asked, bounds[1::2], strict=True))
        if None in lows.values():
            return {name: {} for name in asked}
        widths = {name: (tops[name] - lows[name]) // _PARTS + 1 for name in asked}
        parts = {
            name: f"(CAST({name} AS BIGINT) - {lows[name]}) DIV {widths[name]}" for name in asked
        }
        counted = self._counted(parts)
        # Of each rank the part that it lies in; of these parts, the values.
        within = {name: _holding(counted[name], asked[name]) for name in asked}
        values = {
            name: f"CASE WHEN {spark.among(parts[name], sorted({part for part, _ in within[name].values()}))} THEN {name} END"
            for name in asked
            if asked[name]
        }
        found = self._counted(values)
        return {
            name: {
                rank: self._value(
                    found[name], lows[name] + part * widths[name], widths[name], before
                )
                for rank, (part, before) in within[name].items()
            }
            for name in asked
        }

    def _counted(self, columns: Mapping[str, str]) -> dict[str, pl.DataFrame]:
        """Of each column `value, users`, ascending, by one pass over the users."""
        pairs = ", ".join(f"'{name}', CAST({one} AS BIGINT)" for name, one in columns.items())
        stacked = self.frame.selectExpr(f"stack({len(columns)}, {pairs}) AS (name, value)")
        grouped = stacked.filter("value IS NOT NULL").groupBy("name", "value").count()
        with spark.reading(self.name):
            counts = local(grouped.withColumnRenamed("count", "users")).sort("value")
        return {name: counts.filter(name=name).drop("name") for name in columns}

    @staticmethod
    def _value(counts: pl.DataFrame, low: int, width: int, rank: int) -> int:
        """The value at a rank among those of a part."""
        part = counts.filter(pl.col("value").is_between(low, low + width - 1))
        return int(part.filter(pl.col("users").cum_sum() > rank)["value"][0])

    def first_days(self) -> pl.DataFrame:
        """As `LargeUsers.first_days`."""
        counts = self._counted({"first_day": "first_day"})["first_day"]
        return counts.rename({"value": "first_day"})

    def cells(self, cuts: Cuts) -> pl.DataFrame:
        """As `LargeUsers.cells`."""
        from pyspark.sql import functions as f

        named = self.frame.selectExpr("*", *_above(cuts))
        with spark.reading(self.name):
            one = [name for name in _ONE if name in named.columns]
            first = f"min(struct({', '.join(one)})) AS one"
            cells = local(named.groupBy(*cuts).agg(*map(f.expr, (*_SUMS, first))))
        self.written = int(cells["users"].sum())
        return cells.unnest("one").sort(*cuts)

    def write(self, cuts: Cuts, labels: pl.DataFrame, columns: Mapping[str, Written]) -> None:
        """As `LargeUsers.write`."""
        from pyspark.sql import functions as f

        named = self.frame.selectExpr("*", *_above(cuts))
        labelled = named.join(f.broadcast(spark.given(self.session, labels)), on=[*cuts])
        table = labelled.selectExpr(
            *[f"{self._written(one)} AS {name}" for name, one in columns.items()]
        )
        with spark.writing(self.folder):
            by_user = table.sortWithinPartitions("user_id").write.option("compression", "zstd")
            by_user.parquet(spark.uri(self.folder))

    def _written(self, one: Written) -> str:
        match one.kind:
            case "date":
                return f"date_from_unix_date({one.name})"
            case "days":
                return f"CAST({one.name} AS INT)"
            case "count":
                return f"CAST({one.name} AS BIGINT)"
            case "money":
                unit = f"CAST(1e-{self.places} AS DECIMAL({self.places + 1},{self.places}))"
                amount = f"CAST({one.name} AS DECIMAL(20,0)) * {unit}"
                return f"CAST({amount} AS DECIMAL(38,{self.places}))"
        return one.name


def _above(cuts: Cuts) -> Iterable[str]:
    """Of each name how many of the points a column's value is above, as SQL."""
    for name, (column, points) in cuts.items():
        above = " + ".join(f"CAST({column} > {point} AS INT)" for point in points)
        yield f"{above or 0} AS {name}"


def _holding(counts: pl.DataFrame, ranks: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each rank the value that it lies in, and its rank among those of that value."""
    ends = counts["users"].cum_sum()
    found = {}
    for rank in ranks:
        at = int((ends <= rank).sum())
        before = int(ends[at - 1]) if at else 0
        found[rank] = int(counts["value"][at]), rank - before
    return found
