"""`userops check`."""

from __future__ import annotations

import polars as pl

from userops.check import Checked, Origin, check
from userops.options import Common
from userops.run import start
from userops.sources.exports import Export, reading
from userops.sources.rows import FILE

TABLES = ("summary", "rejects", "findings", "columns")


def run(common: Common) -> None:
    """Say what the exports hold; exit 4 where too many rows are refused."""
    with start(common, TABLES) as this:
        orders = this.orders
        with reading(", ".join(export.name for export in orders.exports)):
            netted = orders.net(this.as_of)
            facts = orders.facts(netted, this.as_of)
        found = Checked(
            origins=[
                _origin(export, int((orders.read.rows[FILE] == number).sum()))
                for number, export in enumerate(orders.exports)
            ],
            rows=orders.read.good,
            orders=netted.orders,
            rejects=orders.read.rejects(netted.refused).with_columns(pl.col("line").cast(pl.Int64)),
            tally=facts.tally,
            window=facts.window,
            currency=facts.currency,
            replaced=netted.replaced,
            loose_refunds=netted.loose_refunds,
        )
        # Too many refused rows are what is asked about: they're shown, and end the run after.
        with this.judging("orders", facts, lambda: found.rejects):
            this.emit("check", check(found))


def _origin(export: Export, rows: int) -> Origin:
    return Origin(
        file=export.name,
        format=export.source.format.value,
        encoding=export.encoding,
        delimiter={"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}.get(
            export.delimiter, ""
        ),
        source=getattr(export, "preset", "") or "",
        rows=rows,
        columns=[
            (one.field, one.column, one.why, ", ".join(one.passed_over))
            for one in export.taken.values()
        ],
    )
