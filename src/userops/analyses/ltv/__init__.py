"""What users are worth and what winning them cost; `userops.ltv` defines their words."""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="ltv",
    says=(
        "Estimate what users are worth, so far and ahead (LTV), beside what acquiring them cost.",
        "用户至今和今后值多少，与获客成本对照。",
    ),
    tables=("summary", "users", "cohorts", "channels", "model", "backtest"),
    params_class="LtvParams",
    helped_by={
        "costs": Help(
            "Channel costs by day or month, for CAC and payback.",
            "各渠道按日或按月的花费，用于获客成本和回本。",
            only_for=("summary", "channels"),
        ),
        "users": Help("A users export, for channels and --by.", "用户导出：用于渠道和 --by。"),
    },
    examples=(
        "userops ltv orders.csv",
        "userops ltv orders.csv --costs costs.csv --show channels --margin 0.4",
        "userops ltv orders.csv --show backtest --model auto",
    ),
    python='"orders.csv", costs="ad_costs.csv", margin=0.4',
    on_spark=True,
    sections={"ltv": ("summary", "cohorts", "channels")},
    in_report=InReport(fixed={"by": None}, needs={"channels": "costs"}, aside=True),
)
