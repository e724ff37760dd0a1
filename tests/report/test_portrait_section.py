"""The report says what sets the best users apart only where chance doesn't."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from helpers.running import userops


def _report(folder: Path, shares: dict[str, float], lang: str = "en") -> str:
    """A report on 600 users, of whom a third buys ten times as much; `shares` of these live in the north."""
    draw, first = random.Random(7), date(2025, 1, 1)
    users, orders = ["user_id,region"], ["order_id,user_id,order_time,amount"]
    for number in range(600):
        kind = "best" if number % 3 == 0 else "others"
        region = "north" if draw.random() < shares[kind] else "south"
        users.append(f"u{number:04},{region}")
        times = 10 if kind == "best" else 1
        for _ in range(times):
            day = first + timedelta(days=draw.randrange(180))
            orders.append(f"o{len(orders)},u{number:04},{day},{draw.randrange(50, 150)}")
    (folder / "users.csv").write_text("\n".join(users), encoding="utf-8")
    (folder / "orders.csv").write_text("\n".join(orders), encoding="utf-8")
    told = ("--users", folder / "users.csv", "--sections", "portrait", "--lang", lang)
    ran = userops("report", folder / "orders.csv", *told, "-o", folder / "r.md", "-q")
    assert ran.code == 0, ran.err
    return (folder / "r.md").read_text(encoding="utf-8")


def test_what_sets_the_best_apart_is_named(tmp_path: Path) -> None:
    text = _report(tmp_path, {"best": 0.9, "others": 0.3})
    assert "More common among users of “high” than among all: north (region, index" in text
    assert "Less common: south (region, index" in text
    assert "更常见" not in text


def test_what_chance_makes_isnt(tmp_path: Path) -> None:
    text = _report(tmp_path, {"best": 0.5, "others": 0.5})
    assert "differ from all by no more than chance" in text
    assert "More common" not in text
    assert "与整体的差异都在偶然范围之内" in _report(tmp_path, {"best": 0.5, "others": 0.5}, "zh")
