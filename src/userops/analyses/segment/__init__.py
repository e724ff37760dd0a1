"""Segments and tiers, by purchases, by use or by both; `userops.rfm` defines their words."""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    name="segment",
    says=(
        "Score users by recency, frequency and spend (RFM), and name their segment.",
        "按最近、频次和金额给用户打分，并归入分群。",
    ),
    tables=("users", "summary", "tiers", "cuts", "two_way"),
    params_class="SegmentParams",
    helped_by={
        "events": Help(
            "An events export: score by usage; with orders, by both.",
            "事件导出：按使用打分；与订单一起时两者并看。",
        ),
        "users": Help(
            "A users export: maps anonymous event ids to users.",
            "用户导出：事件中的匿名编号是谁。",
        ),
    },
    examples=(
        "userops segment orders.csv",
        "userops segment exports/*.csv --as-of 2025-12-31 -o tiers.xlsx",
        "userops segment orders.csv --show summary --segments rfm8 --lang zh",
        "userops segment orders.csv --events events.csv --show two_way",
    ),
    more="Tables: users (default), summary, tiers, cuts; with orders and events also two_way.",
    on_spark=True,
    writes={"save_cuts": "cuts"},
    scoped=True,
)
