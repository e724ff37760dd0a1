"""Cohorts: of those who came in a period, how many are still here, and what they bring.

cohort : period, or all
    The period (day, week or month) of the user's first valid order; with events that of the
    registration, else of the first event. A month as YYYY-MM, a week or day as its first day.
size : users
    Users of the cohort; in the row `all` of `matrix` those of all cohorts, in `long` those of
    the cohorts that have reached the age whole.
age : periods
    0 is the cohort's own period, k the k-th after it. An age that as_of hasn't reached has no
    cell: it's empty, not zero. Nor has one whose period the events don't cover from its first
    day on, where users registered before they begin.
numerator : users, orders or money
    What is counted at the age. `retention`, `users`: users with an order (event) in that
    period, or with `--returning on-or-after` in that period or later. `orders`: orders in it.
    `revenue`: net amounts of it; a refund without its order counts at its own day's age, at
    least at 0. `cumulative_revenue_per_user`: net amounts up to it.
value : proportion, users, orders or money
    numerator / size for `retention` and `cumulative_revenue_per_user`, else the numerator. The
    row `all` adds up numerators, and sizes, over the cohorts that have reached the age whole.
low, high : proportion
    Wilson's 95 % interval of a retention; empty for other measures, and with `--returning
    on-or-after` where the cell can still grow.
complete : yes or no
    Whether as_of is the last day of the cell's period or later. Where it cuts the period
    short, the value may still grow; `all` leaves such cells out. With `--returning on-or-after`
    every cell grows with whoever comes back later: it's complete once everyone has.

Tables: `matrix` (a row a cohort, a column an age), `long` (a row a cohort and age).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="cohorts",
    says=(
        "Follow the users who joined in a period: how many stay, and what they spend.",
        "跟踪同一时期来的人：还剩多少，带来多少。",
    ),
    tables=("matrix", "long"),
    params_class="CohortParams",
    helped_by={
        "users": Help(
            "A users export, for --by; with --events, for when each registered.",
            "用户导出：用于 --by；与 --events 一起时取注册时间。",
        ),
        "events": Help(
            "An events export: follow users who did something, instead of who ordered.",
            "跟踪有行为的人，而不是下单的人。",
        ),
    },
    examples=(
        "userops cohorts orders.csv",
        "userops cohorts orders.csv --measure cumulative_revenue_per_user --by channel",
        "userops cohorts --events events.csv --users users.csv --period day --max-age 30",
    ),
    on_spark=True,
    scoped=True,
    sections={"cohorts": ("matrix", "long")},
    in_report=InReport(
        follows=("period",),
        fixed={"measure": "retention", "by": None},
        at_most={"max_age": {"week": 156, "month": 60}},
    ),
)
