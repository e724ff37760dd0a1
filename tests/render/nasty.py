"""One table with everything that has ever broken an export, and its summary."""

from __future__ import annotations

from datetime import date

import polars as pl

from userops.core.dates import Window
from userops.core.table import Currency, Kind, Result, Table
from userops.core.tally import Tally

WINDOW = Window(date(2024, 1, 1), date(2024, 6, 30), "Asia/Shanghai")
CNY = Currency.named("CNY")

IDS = [
    "0012",
    "1234567890123456789",
    "+8613800138000",
    "-5",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "\tlead",
    "中文用户",
    "👩‍👩‍👧 emoji",
    None,
    "",
]
NAMES = [
    "a,b;c",
    'say "hi"',
    "two\nlines",
    "<script>alert(1)</script>",
    "[/bad] [red]markup[/red]",
    "\x1b[31mred\x1b[0m",
    "\u202edrawkcab\u202c",
    "`code` | pipe * star _ under",
    "[link](javascript:alert(1)) https://evil.example www.evil.example",
    None,
    "-1+cmd()",
]
MINOR = [0, 1, -1, 1230, -123456, 10**15 + 1, None, 99, 100, 7, 12345678]
ROWS = len(IDS)

SUMMARY = Table(
    "summary",
    pl.DataFrame(
        {
            "segment": ["Champions", "At risk", "=Own segment"],
            "users": [1200, 34, 0],
            "users_share": [1200 / 1234, 34 / 1234, None],
            "revenue": [10_000_000, 1, -5],
        }
    ),
    {
        "segment": Kind.WORD,
        "users": Kind.COUNT,
        "users_share": Kind.RATE,
        "revenue": Kind.MONEY,
    },
    WINDOW,
    CNY,
    notes=("a note with <b>markup</b> | and a pipe",),
    bars=("users_share",),
)

USERS = Table(
    "users",
    pl.DataFrame(
        {
            "user_id": IDS,
            "name": NAMES,
            "first_order": [date(2024, 1, 5), None, date(1899, 1, 1)] + [date(2024, 2, 29)] * 8,
            "recency_days": [*range(10), None],
            "orders": [0, 1, None, 1000, 1234567, 5, 6, 7, 8, 9, 10],
            "rfm_score": [555, 111, None] + [345] * 8,
            "revenue": MINOR,
            "mean_revenue": [0.0, -0.004, float("nan"), 1234.5, float("inf")] + [100 / 3] * 6,
            "share": [0.0, 1.0, None, 0.123456789, -0.0001] + [1 / 3] * 6,
            "ratio": [0.0, 17.142857, None, 1e-9, 1e20] + [2.5] * 6,
            "tier": pl.Series(["high", "low", None] + ["middle"] * 8, dtype=pl.Categorical()),
            "active": [True, False, None] + [True] * 8,
        },
    ),
    {
        "user_id": Kind.ID,
        "name": Kind.TEXT,
        "first_order": Kind.DATE,
        "recency_days": Kind.DAYS,
        "orders": Kind.COUNT,
        "rfm_score": Kind.SCORE,
        "revenue": Kind.MONEY,
        "mean_revenue": Kind.MONEY,
        "share": Kind.RATE,
        "ratio": Kind.NUMBER,
        "tier": Kind.WORD,
        "active": Kind.FLAG,
    },
    WINDOW,
    CNY,
    headline=SUMMARY,
)

RESULT = Result(
    "segment", (USERS, SUMMARY), Tally(14, 11, {"no date": 2}, {"after the last day": 1})
)
