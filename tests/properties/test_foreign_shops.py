"""A shop written in any of many ways is read right or asked about: never a wrong number."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from properties.foreign_shops import Shop
from userops.core.errors import InputError
from userops.ledger.customers import CUSTOMERS
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

SHOPS = 800  # `make fuzz` goes on with others
PARTS = 8


def outcome(seed: int, folder: Path) -> tuple[str, Shop, str]:
    """What becomes of a shop: "right", "asked" or "wrong"; the shop; what was said.

    Whoever is refused, as guests are, is counted, and nobody's number is wrong for it.
    """
    shop = Shop.drawn(seed)
    files = shop.files()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        orders = Orders.open([str(folder / name) for name in files], ReadOptions(), folder)
        (customers,), facts = orders.reduce([CUSTOMERS])
    except InputError as error:
        return "asked", shop, str(error)
    found = {
        user: (orders, Decimal(amount).scaleb(-facts.currency.places))
        for user, orders, amount in customers.select("user_id", "orders", "amount").iter_rows()
        if orders
    }
    return ("right" if found == shop.truth() else "wrong"), shop, "\n".join(facts.notes)


@pytest.mark.parametrize("part", range(PARTS))
def test_never_a_wrong_number(part: int, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(part, SHOPS, PARTS):
        what, shop, said = outcome(seed, tmp_path)
        assert what != "wrong", (seed, shop.style, said)
        outcomes[what] += 1
    # Asking about everything would be right, too.
    assert outcomes["right"] > outcomes.total() / 2
