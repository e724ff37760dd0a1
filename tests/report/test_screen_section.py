"""The report's section on high-value users says what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.running import SAMPLES, userops

SHOP = SAMPLES / "shop" / "orders.csv"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("report")
    for lang in ("en", "zh"):
        out = folder / f"{lang}.md"
        ran = userops("report", SHOP, "--sections", "screen", "--lang", lang, "-o", out, "-q")
        assert ran.code == 0, ran.err
    return {lang: (folder / f"{lang}.md").read_text(encoding="utf-8") for lang in ("en", "zh")}


def test_the_pools_moves_and_the_growth_against_the_target(texts: dict[str, str]) -> None:
    text = texts["en"]
    assert "the core pool went from 346 users to 350: 13 came, 9 left" in text
    assert "309 users have spent ¥1,000 or more within 365 days" in text
    assert "+132.3 % on a year before; the target of +5.0 % is reached" in text
    assert "| 2025-12-31 | 309 |" in text  # the last day of the months' table is as_of


def test_in_chinese(texts: dict[str, str]) -> None:
    text = texts["zh"]
    assert "核心池由 346 位用户变为 350 位：进入 13 位，离开 9 位" in text
    assert "较一年前 +132.3 %，达到 +5.0 % 的目标" in text
    assert "aged" not in text


def test_too_short_a_history_is_said(tmp_path: Path) -> None:
    out = tmp_path / "r.md"
    told = ("--sections", "screen", "--as-of", "2024-06-30", "-o", out, "-q")
    assert userops("report", SHOP, *told).code == 0
    text = out.read_text(encoding="utf-8")
    assert "What it was a year before can't be told yet" in text
    assert "there are at least so many users" in text
