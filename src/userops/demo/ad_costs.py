"""What each channel cost by day: the months of `costs.csv`, shared out over their days to the cent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from userops.demo.shop import DAYS, Dice, relative_orders
from userops.stats.largest_remainder import share_out

AD_COSTS = ("date", "channel", "cost")


def by_day(dice: Dice, by_month: Iterable[tuple[str, str, int]]) -> list[tuple[date, str, int]]:
    """Day, channel and fen, by day: more on days that sell more, and up to 40 % up or down.

    Args:
        dice: of this file alone.
        by_month: channel, month (YYYY-MM) and fen.
    """
    rows = []
    for channel, month, fen in by_month:
        days = [day for day in DAYS if f"{day:%Y-%m}" == month]
        weights = [relative_orders(day) * (60 + dice.below(81)) for day in days]
        rows += [
            (day, channel, part) for day, part in zip(days, share_out(fen, weights), strict=True)
        ]
    return sorted(rows, key=lambda row: row[0])
