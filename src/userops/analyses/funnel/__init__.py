"""Funnel: how far along the golden path users come, and where they stop.

step : word
    A step of the path, in order. It's an event, or known from another export: `register`
    from the users export, `order`, `pay` and `reorder` (valid orders) from the orders export.
entrant : user
    Who took the first step, counted from the first time, in the days that all the exports
    of the path cover.
users : users
    Entrants whose whole window is over by as_of and who reached the step: took every step
    up to it in order, each at or after the one before, no more than `window` days after the
    first: calendar days, each whole. A step of the same events as an earlier one (`reorder` after
    `order`) needs a later one; an order and its payment are two events, so that where both come from
    the orders export `pay` may be the same order as `order`. Entrants without a whole window yet are set apart, in no row, and said.
from_previous : proportion
    Users / users of the step before.
previous_low, previous_high : proportion
    Wilson's 95 % interval of from_previous.
from_first : proportion
    Users / users of the first step.
low, high : proportion
    Wilson's interval of from_first (in `conversion`: of the conversion) at 95 %.
median_hours : hours
    Median time from the step before, of who reached the step. Empty where the export of either
    step says only the day: then registrations and events count at its start, orders at its end.
furthest_step : step
    The last step an entrant reached in the window by as_of; in `users` everyone counts,
    with a whole window or not.
reached_at : date
    When that was.
stuck_days : days
    as_of - reached_at; empty for who reached the last step.
group : text
    The channel, or another attribute: what the users export says, else the channel of the
    first step's event (where that step isn't an event, of the user's first one). Empty where it
    isn't known.
entrants : users
    Entrants of the group with a whole window: what from_first is a part of.
platform : proportion
    The same rate over all groups together.
platform_users, platform_entrants : users
    Users and entrants of all groups together, which that rate is made of.
points, points_low, points_high : points
    100 x (the group's rate - the platform's) and its interval at 95 %. The group is part of
    the platform, so its difference is (1 - its share of the users) x its difference to all
    others, whose interval is Newcombe's (1998, method 10). Empty where there are no others.
new_users : users
    Entrants for whom `within` days are over by as_of.
converted_users : users
    New users who took the step `convert` no more than `within` days after the first step,
    by whatever way; past an earlier step of the same events (`reorder` needs an order before).
conversion : proportion
    Converted users / new users.

Tables: `steps` (a row a step), `users` (a row an entrant, by user_id), `groups` (a row a
group and step after the first), `conversion` (a row a group).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    name="funnel",
    says=(
        "Measure conversion at each step from registration to the next order; see where users stop.",
        "沿着从注册到复购的路径看用户走到哪里、停在哪里。",
    ),
    tables=("steps", "users", "groups", "conversion"),
    params_class="FunnelParams",
    about="events",
    on_spark=True,
    helped_by={
        "orders": Help(
            "An orders export, for order, pay and reorder.", "订单导出：用于下单、支付和复购。"
        ),
        "users": Help("A users export, for register and --by.", "用户导出：用于注册和 --by。"),
    },
    examples=(
        "userops funnel events.csv",
        "userops funnel events.csv --steps browse,cart,pay --window 7 --by channel --show groups",
        "userops funnel events.csv --orders orders.csv --users users.csv --show conversion",
    ),
    python='"events.csv", orders="orders.csv", users="users.csv"',
    sections={"funnel": ("steps", "conversion")},
)
