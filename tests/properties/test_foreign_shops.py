"""A shop written in any of many ways is read right or asked about: never a wrong number."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from helpers.running import userops
from properties.foreign_shops import Shop

SHOPS = 2_000
PARTS = 8


def outcome(seed: int, folder: Path) -> tuple[str, Shop, str]:
    """What becomes of a shop: "right", "asked" or "wrong"; the shop; what was said."""
    shop = Shop.drawn(seed)
    files = shop.files()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    # Guests are refused, and counted.
    paths = [folder / name for name in files]
    ran = userops("segment", *paths, "-f", "csv", "--max-rejects", "100%")
    if ran.code:
        assert ran.code in (3, 4), (shop.style, ran.err)
        return "asked", shop, ran.err
    rows = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    found = {row["user_id"]: (int(row["frequency"]), Decimal(row["monetary"])) for row in rows}
    return ("right" if found == shop.truth() else "wrong"), shop, ran.err


@pytest.mark.parametrize("part", range(PARTS))
def test_never_a_wrong_number(part: int, tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(part, SHOPS, PARTS):
        what, shop, said = outcome(seed, tmp_path)
        assert what != "wrong", (seed, shop.style, said)
        outcomes[what] += 1
    # Asking about everything would be right, too.
    assert outcomes["right"] > outcomes.total() / 2
