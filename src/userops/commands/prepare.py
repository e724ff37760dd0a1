"""`userops prepare`."""

from __future__ import annotations

import polars as pl

from userops.commands.options import Common
from userops.commands.run import Run
from userops.commands.start import start
from userops.core.errors import UsageError
from userops.core.messages import counted
from userops.core.table import Kind, Table
from userops.store.places import Store

TABLES = ("exports",)
_COLUMNS = {"file": Kind.TEXT, "rows": Kind.COUNT, "kept_as": Kind.WORD, "bytes": Kind.COUNT}


def run(common: Common, *, clear: bool) -> None:
    """Make the store of some exports, bring it up to date, or remove it."""
    if common.as_of:
        raise UsageError("--as-of is for commands: a store holds all days", mend="leave it out")
    with start(common, TABLES, prepares=True) as this:
        assert this.store is not None
        if clear:
            removed = this.store.clear()
            this.message(
                f"{this.store.place}: {'removed' if removed else 'nothing is kept of these'}"
            )
            return
        _prepare(this, this.store)


def _prepare(this: Run, store: Store) -> None:
    with this.working("reading orders"):
        orders, made, changes = store.refresh()
    this.orders = orders
    _, facts = this.reduce()
    this.message(
        f"{counted(made.whole.size, 'byte')} in {store.path} answer commands over these exports"
    )
    rows = [
        (entry.name, entry.rows, change, entry.kept.size)
        for entry, change in zip(made.entries, changes, strict=True)
    ]
    schema = {"file": pl.String, "rows": pl.Int64, "kept_as": pl.String, "bytes": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    this.emit("prepare", [Table("exports", frame, _COLUMNS, facts.window, facts.currency)])
