"""Headline measures, and what a change of revenue comes from."""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="kpis",
    says=(
        "Measure the shop period by period, and say what a change comes from.",
        "逐期衡量店铺，并说明变化来自哪里。",
    ),
    tables=(
        "periods",
        "ltv_periods",
        "compared",
        "change",
        "change_by_tier",
        "change_by_channel",
        "sales",
        "categories",
        "products",
        "users",
        "segments",
        "tiers",
        "tier_moves",
        "winback",
    ),
    params_class="KpiParams",
    helped_by={
        "costs": Help("Channel costs: adds LTV / CAC by period.", "渠道花费：加上分期 LTV 与 CAC。")
    },
    command=False,
    sections={
        "headline": ("periods", "ltv_periods", "compared"),
        "changes": ("change", "change_by_tier", "change_by_channel", "compared"),
        "sales": ("sales", "categories", "products"),
        "segments": ("users", "segments", "tiers", "tier_moves", "winback"),
    },
    in_report=InReport(follows=("period", "against"), needs={"ltv_periods": "costs"}),
)
