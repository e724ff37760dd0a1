"""`userops prepare`."""

from __future__ import annotations

import polars as pl

from userops.commands.options import Common
from userops.commands.run import Run
from userops.commands.start import start
from userops.core import shown
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
    with start(common, TABLES, prepares=True) as store_run:
        assert store_run.store is not None
        if clear:
            removed = store_run.store.clear()
            store_run.message(
                f"{store_run.store.place}: {'removed' if removed else 'nothing is kept of these'}"
            )
            return
        _prepare(store_run, store_run.store)


def _prepare(store_run: Run, store: Store) -> None:
    with store_run.working("reading orders"):
        orders, manifest, changes = store.refresh()
    store_run.orders = orders
    _, facts = store_run.reduce()
    store_run.message(
        f"{counted(manifest.whole.size, 'byte')} in {store.path} answer commands over these exports"
    )
    rows = [
        (shown.named(entry.name), entry.rows, change, entry.kept.size)
        for entry, change in zip(manifest.entries, changes, strict=True)
    ]
    schema = {"file": pl.String, "rows": pl.Int64, "kept_as": pl.String, "bytes": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    store_run.emit("prepare", [Table("exports", frame, _COLUMNS, facts.window, facts.currency)])
