"""Split: a list drawn into those who get it and a control, before a campaign.

group : treatment, control
    Drawn by hash: SHA-256 of `salt|user_id`, the first 8 bytes as a big-endian number / 2^64, below the
    share of the control. The same people every time, whatever the order of rows and whoever else
    is on the list. With `by` each stratum has its part of the control, to the person (largest
    remainder): those with its lowest numbers.
campaign : text
    The salt.
assigned_time : date
    What --as-of says; empty without it, and to be filled before userops campaigns reads the list.

Other columns of the list stand beside these, as they are.

Tables: `list` (a row a user, by user_id).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis

ANALYSIS = Analysis(
    name="split",
    says=(
        "Split a list at random into treatment and control groups, before a campaign.",
        "活动之前，把名单抽成触达组与对照组。",
    ),
    tables=("list",),
    params_class="SplitParams",
    about="users",
    examples=(
        "userops split winback.csv --control 10% --salt winback-2026-11 --as-of today -o list.csv",
        "userops split users.csv --control 20% --salt spring --by tier -o list.xlsx",
    ),
    python='"users.csv", salt="winback-2026-11", by="region"',
    stored=False,
)
