"""Key opinion consumers: high-value users whom many others answer, and not for a day alone."""

from __future__ import annotations

import polars as pl

from userops.analyses.screen.criteria import Screening
from userops.analyses.screen.cuts import best, within
from userops.analyses.screen.params import ScreenParams
from userops.core.table import Kind, Table

PURCHASE_DAYS = 2
KOC: dict[str, Kind] = {
    "user_id": Kind.ID,
    "responders": Kind.COUNT,
    "responses": Kind.COUNT,
    "weeks": Kind.COUNT,
    "pagerank": Kind.NUMBER,
    "messages": Kind.COUNT,
    "chat_days": Kind.COUNT,
    "purchase_days": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "last_order": Kind.DATE,
}


def koc(screened: Screening, params: ScreenParams) -> Table:
    """The screened whose influence is in the best part, over several weeks, with purchase days.

    Those whom most answer come first.
    """
    influence = params.influence
    cut = best(screened.frame[influence], params.koc_share)
    frame = (
        screened.frame.filter(
            pl.col("screened"),
            within(pl.col(influence), cut),
            pl.col("responders") > 0,
            pl.col("weeks") >= params.koc_weeks,
            pl.col("purchase_days") >= PURCHASE_DAYS,
        )
        .sort([influence, "responses", "user_id"], descending=[True, True, False])
        .select(*KOC)
    )
    return Table("koc", frame, KOC, screened.window, screened.currency, screened.notes)
