"""`userops repurchase`."""

from __future__ import annotations

from userops import replenishment, repurchase, timeline
from userops.options import Common
from userops.run import start
from userops.settings import params
from userops.table import Table


def run(common: Common, grain: str | None, within: int | None) -> None:
    """Say who buys again and whose purchases are due, and write the tables asked for."""
    with start(common, repurchase.TABLES) as this:
        this.idle("--within", within, "due")
        told = params(this.settings.repurchase, grain=grain)
        stock = params(this.settings.replenishment, within=within)
        by_user = this.wants("windows") or this.wants("orders")
        by_category = this.wants("categories") or this.wants("due")
        frames, facts = this.reduce(
            *((repurchase.buyers, timeline.marks) if by_user else ()),
            lines=(replenishment.purchases,) if by_category else (),
        )
        tables: list[Table] = []
        if by_user:
            line = timeline.build(frames[0], frames[1], this.again)
            if this.wants("windows"):
                tables.append(repurchase.windows(line, facts.window, told))
            if this.wants("orders"):
                tables.append(repurchase.orders(line, facts.window, told))
        if by_category:
            found = replenishment.rhythms(frames.pop(), told.grain, per_unit=stock.per_unit)
            if this.wants("categories"):
                said = repurchase.SAID[told.grain]
                tables.append(replenishment.categories(found, facts.window, said))
            if this.wants("due"):
                tables.append(replenishment.due(found, facts.window, stock))
        this.emit("repurchase", tables)
