"""Whether intervals of what calls brought hold what was put into the demo shop, over many shops by seed.

    PYTHONPATH=src python benchmarks/backtests/contact_effects.py 400

Each seed is a shop of its own: users, orders, and the lots of its lists. `contacts --show effect` is asked
of its files' rows. Writes `benchmarks/results/contact-effects.md`.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import polars as pl

from userops import api
from userops.demo import contacts
from userops.demo.shop import Dice, orders, users

USERS = 1000
RESULT = Path(__file__).parents[1] / "results" / "contact-effects.md"
_VOID = ("cancelled", "pending", "refunded")


def rows_of(seed: int) -> dict[str, tuple[float, float]]:
    """The interval of each reason's effect in a shop."""
    members = users(Dice(seed, 1), USERS)
    made = orders(Dice(seed, 2), members)
    bought = [(one.user.user_id, one.paid, 1) for one in made if one.status not in _VOID]
    log = pl.DataFrame(
        [tuple(map(str, row)) for row in contacts.contacts(Dice(seed, 61), members, made)],
        schema=list(contacts.CONTACTS),
        orient="row",
    )
    table = api.contacts(
        pl.DataFrame(bought, schema=["user_id", "order_time", "amount"], orient="row"),
        contacts=log,
        holdout=1 - contacts.CALLED,
        as_of="2025-12-31",
    )["effect"]
    found = table.frame.select("reason", "low", "high").iter_rows()
    return {reason: (low, high) for reason, low, high in found}


def main() -> None:
    seeds = int(sys.argv[1])
    held: Counter[str] = Counter()
    above: Counter[str] = Counter()
    for seed in range(1, seeds + 1):
        found = rows_of(seed)
        for reason, truth in contacts.EFFECTS.items():
            low, high = found[reason]
            held[reason] += low <= truth <= high
            above[reason] += low > truth
    lines = [
        "# What calls brought, in made-up shops",
        "",
        f"{seeds} shops of {USERS:,} users (`backtests/contact_effects.py`); intervals at 95 %.",
        "",
        "| reason | effect put in | intervals that hold it | too high | too low |",
        "|---|---:|---:|---:|---:|",
    ]
    for reason, truth in contacts.EFFECTS.items():
        low = seeds - held[reason] - above[reason]
        lines.append(
            f"| {reason} | {truth:.0%} | {held[reason] / seeds:.1%} | {above[reason]} | {low} |"
        )
    text = "\n".join(lines) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
