"""`userops segment` on the sample shop, as tests run it."""

from __future__ import annotations

from helpers.running import SAMPLES, userops

SHOP, CHINESE = SAMPLES / "shop/orders.csv", SAMPLES / "shop/orders_zh.csv"
CDNOW = SAMPLES / "cdnow/orders.csv"
TABLES = ("users", "summary", "tiers", "cuts")


def csv_of(*arguments: object, stdin: bytes = b"") -> bytes:
    ran = userops("segment", *arguments, "-f", "csv", "-q", stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def all_of(*arguments: object) -> dict[str, bytes]:
    return {name: csv_of(*arguments, "--show", name) for name in TABLES}
