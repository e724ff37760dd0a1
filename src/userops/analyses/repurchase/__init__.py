"""Repurchase: who buys again, and how soon.

grain : day, order
    What counts as a purchase: a purchase day (a user and a date with at least one valid
    order; the default), or every valid order by itself. Every table says which.
days : days
    A window: from the first purchase to this many days after it.
observed_users : count
    Users whose first purchase is at least `days` before as_of. Whoever came later hasn't
    had the time, and isn't in the denominator.
repurchased_users : count
    Of these, the users with a second purchase at most `days` after the first.
rate : proportion
    In `windows`, repurchased_users / observed_users. In `orders`, next_users / users: so
    far, whoever's purchase was recent counts as not yet. Empty where nobody is counted.
low, high : proportion
    The rate's 95 % interval (Wilson 1927).
order_number : count
    A user's i-th purchase. The last row, without a number, is all purchases together.
next_users : count
    Of the users with an i-th purchase, those with a next one.
median_days, p80_days, p90_days : days
    Within how many days of the i-th purchase half, 80 % and 90 % of the next ones came, of
    those that have come: quantiles by linear interpolation (Hyndman & Fan 1996, type 7).

Tables: `windows` (a row a window), `orders` (a row an order number).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, InReport

ANALYSIS = Analysis(
    name="repurchase",
    says=(
        "Measure who buys again and how soon, and list who is due to reorder.",
        "谁会再次购买、隔多久，东西能用多久，谁的快用完了。",
    ),
    tables=("windows", "orders", "categories", "due", "backtest"),
    params_class="RepurchaseParams",
    examples=(
        "userops repurchase orders.csv",
        "userops repurchase orders.csv --show due --within 14 -o call.xlsx",
        "userops repurchase orders.csv --show backtest",
    ),
    on_spark=True,
    without_amount=True,
    sections={"repurchase": ("windows", "orders"), "replenishment": ("categories", "due")},
    in_report=InReport(needs={"categories": "orders.category", "due": "orders.category"}),
)
