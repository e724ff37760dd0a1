"""Stages of users' lives with the shop; `userops.lifecycle` defines their words."""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="lifecycle",
    says=(
        "Place users in lifecycle stages, from new to churned; see who moved.",
        "用户处于生命周期的哪个阶段，谁发生了流转。",
    ),
    tables=("users", "summary", "transitions", "flow"),
    params_class="LifecycleParams",
    helped_by={
        "users": Help(
            "A users export: adds people who registered and never bought.",
            "用户导出：加入注册后从未购买的人。",
        )
    },
    examples=(
        "userops lifecycle orders.csv",
        "userops lifecycle orders.csv --show transitions --since 2025-11-30",
        "userops lifecycle orders.csv --show flow --period week",
    ),
    on_spark=True,
    as_folder="users",
    without_amount=True,
    sections={"lifecycle": ("summary", "transitions")},
    in_report=InReport(since="since"),
)
