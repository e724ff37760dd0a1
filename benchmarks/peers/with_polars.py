"""`segment users` by hand in Polars: python with_polars.py orders.{parquet,csv} out.parquet."""

import sys
from pathlib import Path

import polars as pl

VALID = ["completed", "paid", "shipped"]
SEGMENTS = {  # r, f: segment
    "Champions": ([5], [4, 5]),
    "Loyal": ([3, 4], [4, 5]),
    "Potential loyalists": ([4, 5], [2, 3]),
    "New": ([5], [1]),
    "Promising": ([4], [1]),
    "Need attention": ([3], [3]),
    "About to sleep": ([3], [1, 2]),
    "Can't lose": ([1, 2], [5]),
    "At risk": ([1, 2], [3, 4]),
    "Hibernating": ([1, 2], [1, 2]),
}
ACTIONS = {
    "Champions": "Thank them; early access, referral, no discount",
    "Loyal": "Membership perks; ask for reviews; cross-sell",
    "Potential loyalists": "Offer membership and the next category",
    "New": "Welcome; help with first use; second-order coupon",
    "Promising": "Remind of what they looked at; small second-order offer",
    "Need attention": "A limited offer on what they buy",
    "About to sleep": "Bring back with best-sellers and a reason to look",
    "Can't lose": "Call in person; ask what went wrong; win back",
    "At risk": "Personal win-back offer before they are gone",
    "Hibernating": "Low-cost reminder; else leave in peace",
}


def scan(path: str) -> pl.LazyFrame:
    if path.endswith(".parquet"):
        orders = pl.scan_parquet(path)
        day = pl.col("order_time").dt.date()
    else:
        orders = pl.scan_csv(path, schema_overrides={"order_id": pl.String, "user_id": pl.String})
        day = pl.col("order_time").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.date()
    return orders.select(
        "user_id",
        day.alias("day"),
        (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents"),
        pl.col("status").is_in(VALID).alias("valid"),
    )


def segment(path: str, target: str) -> None:
    orders = scan(path)
    users, last = pl.collect_all(
        [
            orders.filter("valid")
            .group_by("user_id")
            .agg(
                first_order=pl.col("day").min(),
                last_order=pl.col("day").max(),
                frequency=pl.len().cast(pl.Int64),
                monetary=pl.col("cents").sum(),
            )
            .sort("user_id"),
            orders.select(pl.col("day").max()),
        ],
        engine="streaming",
    )
    as_of = pl.lit(last.item())
    users = users.with_columns(recency_days=(as_of - pl.col("last_order")).dt.total_days())

    def above(column: str) -> pl.Expr:
        cuts = [users[column].quantile(k / 5, "linear") for k in (1, 2, 3, 4)]
        return pl.sum_horizontal((pl.col(column) > cut).cast(pl.UInt8) for cut in cuts)

    r, f, m = (pl.col(name) for name in ("r_score", "f_score", "m_score"))
    users = users.with_columns(
        r_score=5 - above("recency_days"),
        f_score=1 + above("frequency"),
        m_score=1 + above("monetary"),
    )
    cell = (r.cast(pl.UInt32) - 1) * 25 + (f.cast(pl.UInt32) - 1) * 5 + m - 1
    scores = [(a, b, c) for a in range(1, 6) for b in range(1, 6) for c in range(1, 6)]
    names = [
        next(name for name, (rs, fs) in SEGMENTS.items() if a in rs and b in fs)
        for a, b, _ in scores
    ]

    def looked_up(texts: list[str]) -> pl.Expr:
        return pl.lit(pl.Series(texts)).gather(cell)

    age = as_of - pl.col("first_order")
    new = (age <= pl.duration(days=30)) & (pl.col("frequency") == 1)
    segment = (
        pl.when((age > pl.duration(days=90)) & looked_up(names).is_in(["New", "Promising"]))
        .then(pl.lit("Potential loyalists"))
        .when(new & (looked_up(names) == "Hibernating"))
        .then(pl.lit("New"))
        .otherwise(looked_up(names))
    )
    many, much = f >= 4, m >= 4
    users.select(
        "user_id",
        "first_order",
        "last_order",
        "recency_days",
        "frequency",
        (pl.col("monetary").cast(pl.Decimal(38, 2)) / 100).alias("monetary"),
        "r_score",
        "f_score",
        "m_score",
        rfm_score=looked_up([f"{a}{b}{c}" for a, b, c in scores]),
        segment=segment,
        tier=pl.when(new)
        .then(pl.lit("new"))
        .when(many & much)
        .then(pl.lit("high"))
        .when(many | much)
        .then(pl.lit("middle"))
        .otherwise(pl.lit("low")),
        action=segment.replace_strict(ACTIONS),
    ).write_parquet(target)


if __name__ == "__main__":
    Path(sys.argv[2]).unlink(missing_ok=True)
    segment(sys.argv[1], sys.argv[2])
