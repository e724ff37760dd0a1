"""Channels: who comes by which channel, what they cost and bring, and what came before orders.

channel : text
    `all`, then in `summary` and `cohorts` the acquisition channel: what the users export says of the
    user, else the channel of the first valid order; empty where neither says it. In `attribution`
    the channel of touches; `(no touch)` is orders that none came before, never spread over the
    others, and `(other)` channels beyond the 100 with the most touches.
new_users : count
    Users who registered in the period; of whom no registration is known (or without a users export)
    whose first order is in it. The period is the days that the costs cover, as far as the orders
    reach; without costs everything; from `since` on where that's given.
conversion : proportion
    Of users who registered at least `within` (30) days before as_of, and since the orders begin,
    those with a valid order at or after registering and no more than `within` days after: as in
    `userops funnel --show conversion`. From `since` on; empty without registrations.
conversion_low, conversion_high : proportion
    Wilson's interval of conversion at 95 %.
vs_platform, vs_platform_low, vs_platform_high : points
    100 x (the channel's conversion - that of all users, the channel's among them). Interval: (1 - w)
    x Newcombe's (1998, method 10) of the channel and all others, w the channel's part of the users.
day1_retention : proportion
    Users active on the local day after they came (registered, or ordered first) / those whose next day
    is over and covered by the events. Without events an order is what activity there is.
repurchase_30 : proportion
    Of users whose first order is at least 30 days before as_of, those with a second purchase day at
    most 30 days after the first: as in `userops repurchase`. From `since` on.
ltv_to_date : money
    Margin per new buyer to as_of, as in `userops ltv`.
ltv_cac : ratio
    ltv_to_date / cac, both of the new buyers. Without a margin it's revenue / CAC, and the label
    says so.
new_buyers : count
    Users whose first order is in the period, which `userops ltv` calls new_users: of them cac,
    ltv_to_date, ltv_cac, payback_months and roi speak. Without a users export the same as new_users.
cac : money
    cost / new_buyers. Empty without any, and for organic channels, which have users and no cost.
roas : ratio
    In `summary` net revenue in the period of all users of the channel, whenever they came / its
    cost in the period (the trade's ROI 3); in `attribution` the model's revenue / cost of the
    same days.
cohort : month, or week
    When users came, for new_users, conversion and day1_retention; of the first order for the others.
    The week by its first day.
complete : yes or no
    Whether as_of is the period's last day or later.
touch
    An event with a channel, or a row of `--touches`, at or before a valid order and no more than
    `lookback` (30) days before it (calendar days). It belongs to the next order alone, and to all
    orders of that instant. Touches of one channel in one session are one, at the first's time; at
    one instant they stand in the order of the channels' names. `direct` counts only where no other
    channel is on the path. Orders that say only the day are at its end.
path
    The touches before an order, in order; lost where they lead to none and the lookback of the last
    is over by as_of. Those still open are left out, and said. In the table a channel that follows
    itself stands once.
model : first, last, linear, position, time_decay, markov, shapley
    Who has the credit for an order. `first`, `last`: that touch. `linear`: each the same.
    `position`: 40 % the first, 40 % the last, 20 % those between; of two half each. `time_decay`: in
    proportion to 2^(-days / half_life), 7 days. `markov`: orders in proportion to removal effects,
    1 - P(order without the channel) / P(order), of the first-order chain of all paths, lost ones
    too, repeats merged; exact. `shapley`: a path's value shared equally by its channels.
conversions : orders
    Orders, or in `attribution` parts of orders, credited: all valid ones in the period, or with
    `--conversion first` users' first. Orders from before touches are known are left out, and said.
revenue : money
    Their net amount; parts of a model add up to the total, by largest remainder.
share : proportion
    conversions / all of them, those without a touch included.
share_low, share_high : proportion
    The middle 95 % of 200 resamples of the users with replacement (Efron 1979), drawn by SHA-256: the
    same every time. More than 4,096 users are resampled in so many groups.
lost_paths : paths
    Paths of these channels that led to no order, with the lookback of the last touch over by as_of.
touches_per_path : touches
    Mean touches of these paths, repeats counted.
days_to_order : days
    Mean days from the first touch to the order.

Tables: `summary` (all, then a row a channel), `attribution` (a row a model and channel), `paths` (a
row a sequence of channels), `cohorts` (a row a channel and cohort).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

_OF_USERS, _OF_TOUCHES = ("summary", "cohorts"), ("attribution", "paths")

ANALYSIS = Analysis(
    name="channels",
    says=(
        "Compare channels: who comes, converts and stays, what they cost; attribution models.",
        "对比各渠道：来了谁、转化与留存、花了多少，以及下单前有哪些触点。",
    ),
    tables=("summary", "attribution", "paths", "cohorts"),
    params_class="ChannelParams",
    helped_by={
        "users": Help(
            "A users export: who registered when, and their channels.",
            "用户导出：谁在何时注册，来自哪个渠道。",
        ),
        "events": Help(
            "An events export, for day-1 retention and touches.",
            "事件导出：用于次日留存和触点。",
        ),
        "costs": Help(
            "Channel costs, by day, week, month or date range.",
            "各渠道的花费，按日、周、月或时段。",
            only_for=("summary", "cohorts", "attribution"),
        ),
        "touches": Help(
            "Touches: user_id, time, channel; else events with a channel.",
            "触点：用户、时间、渠道；没有时取带渠道的事件。",
            only_for=_OF_TOUCHES,
        ),
    },
    examples=(
        "userops channels orders.csv --users users.csv --costs costs.csv",
        "userops channels orders.csv --events events.csv --show attribution --conversion first",
        "userops channels orders.csv --touches touches.csv --show paths --lookback 14",
    ),
    python='"orders.csv", users="users.csv", costs="ad_costs.csv"',
    sections={"channels": ("summary", "attribution")},
    in_report=InReport(aside=True),
)
