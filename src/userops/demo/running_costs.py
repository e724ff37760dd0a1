"""What running the demo shop costs beside winning users: delivery, staff, coupons, commission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from userops.demo.shop import DAYS, Dice, Order

COLUMNS = ("kind", "month", "cost")
# Fen: of each order that's delivered, and of each hundredth of what's paid.
_DELIVERY, _COUPON, _COMMISSION = 820, 3, 2
_WAGE = 650_000  # fen a head and month
HEADS = (("2024-01", 2), ("2025-02", 3), ("2025-11", 4))
TABLE = """
## running_costs.csv

What the shop costs beside winning users, by month: `userops business orders.csv --costs costs.csv
--costs running_costs.csv --team 2024-01=2 --team 2025-02=3 --team 2025-11=4`.

| column | meaning |
|---|---|
| `kind` | `delivery`, `staff`, `coupon`, `commission` |
| `month` | `YYYY-MM` |
| `cost` | yuan in the month |
"""


def running_costs(dice: Dice, orders: Sequence[Order]) -> Iterator[tuple[str, str, str]]:
    """Rows of the export, by month; money to the fen."""
    sent, paid = Counter[str](), Counter[str]()
    for order in orders:
        if order.status not in ("cancelled", "pending"):
            month = f"{order.paid:%Y-%m}"
            sent[month] += 1
            paid[month] += order.amount
    for month in sorted({f"{day:%Y-%m}" for day in DAYS}):
        heads = max((since, number) for since, number in HEADS if since <= month)[1]
        yield "delivery", month, _yuan(int(sent[month] * _DELIVERY * dice.between(0.95, 1.05)))
        yield "staff", month, _yuan(heads * _WAGE)
        yield "coupon", month, _yuan(int(paid[month] * _COUPON / 100 * dice.between(0.8, 1.2)))
        yield "commission", month, _yuan(paid[month] * _COMMISSION // 100)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
