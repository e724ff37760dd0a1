"""`userops repurchase`."""

from __future__ import annotations

from userops.analyses.repurchase import purchase_intervals, replenishment
from userops.analyses.repurchase import tables as repurchase
from userops.commands.options import Common
from userops.commands.run import start
from userops.core.table import Table
from userops.ledger import customers as ledger
from userops.ledger import timeline
from userops.settings import params


def run(common: Common, grain: str | None, within: int | None) -> None:
    """Say who buys again and whose purchases are due, and write the tables asked for."""
    with start(common, repurchase.TABLES, on_spark=True) as this:
        this.idle("--within", within, "due")
        told = params(this.settings.repurchase, grain=grain)
        stock = params(this.settings.replenishment, within=within)
        by_category = this.wants("categories") or this.wants("due")
        lines = purchase_intervals.steps(this.orders.fields) if by_category else []
        by_user = this.wants("windows") or this.wants("orders") or not lines
        if by_user:
            buyers, line, frames, facts = this.timeline(
                ledger.spans, timeline.marks, lines=lines, named=by_category
            )
        else:
            (buyers, *frames), facts = this.reduce(ledger.spans, lines=lines)
        tables: list[Table] = []
        if this.wants("windows"):
            tables.append(repurchase.windows(line, facts.window, told))
        if this.wants("orders"):
            tables.append(repurchase.orders(line, facts.window, told))
        if by_category:
            bought = (
                purchase_intervals.gather(buyers, frames.pop(), this.lines_again)
                if lines
                else purchase_intervals.of_timeline(line)
            )
            found = purchase_intervals.rhythms(
                bought, buyers["user_id"], told.grain, per_unit=stock.per_unit
            )
            if this.wants("categories"):
                said = repurchase.SAID[told.grain]
                tables.append(replenishment.categories(found, facts.window, said))
            if this.wants("due"):
                tables.append(replenishment.due(found, facts.window, stock))
        this.emit("repurchase", tables)
