"""Points: what was earned, redeemed and lost, what is still owed, and whether the ledger is right.

entry : a change of a balance
    Rebuilt from orders and events by `[[points.rules]]`, or read from an exported ledger (`--points`),
    whose own entries count then.
earned : points
    What lots came with. Of a lot and of all: earned = redeemed + expired + reversed + outstanding. Where
    an exported ledger says balances, what a user had before its first entry is a lot of that entry's day
    (rule `(carried in)`): nothing tells when it was earned, so it lives from that day on.
redeemed : points
    What was spent, less what was given back because the redemption was undone.
expired : points
    What wasn't used in time; see `valid`.
reversed : points
    What was taken back, of orders that were given back or by the shop's own correction.
outstanding : points
    What can still be used.
debt : points
    What was taken beyond the balance: what is earned next pays it first.
balance : points
    outstanding - debt.
redemption_rate : proportion
    redeemed / (earned - reversed), so far: `final` where nothing of a cohort is outstanding.
final : yes or no
    Whether nothing of it can change any more.
expected_rate : proportion
    The redemption rate in the end: of each month's lots, what was redeemed so far, grown from each
    whole month of their age to the next as all earlier lots together grew (chain ladder). Never
    below what was redeemed, nor above that and what is outstanding.
breakage : proportion
    1 - expected_rate: what will never be redeemed.
liability : money
    outstanding x `point_cost`: what it costs if all is redeemed.
liability_expected : money
    What is expected to be redeemed still x `point_cost`.
cost : money
    redeemed x `point_cost`.
revenue : money
    Net amount of the orders that earned or redeemed points.
input_output : ratio
    cost / revenue: what points cost of what was sold beside them. What they brought isn't known
    from that: `roi` is empty without a holdout.
roi : ratio
    Empty: nobody was held back from points, so nothing tells what they caused.
lot_status : open, spent, expired
    `open` while points are outstanding; `expired` where some ran out.
cohort : date
    The month in which points were earned, by its first day.
cut : points
    What a rule would have granted but for its caps.
last_day : date
    The last day on which points can be used; empty for never.
days_left : days
    last_day - as_of.
date : date
    The day of an entry: of a lot, on which it was earned.
last_entry : date
    The user's last entry.
next_expiry, next_points : date, points
    The next last day, and what goes after it.
worth : money
    points x `point_cost`.
entries : count
    How often a rule granted something.
expected_date : date
    The day on which the rules have the entry; empty for what they don't have.
cause : missing, extra, amount, date, balance
    Why an exported entry isn't as it should be: `missing` in the export; `extra`, by no rule;
    another `amount`; on another `date`; or `balance`: its own before + change isn't its own after, or it
    doesn't go on from the entry before. What follows from a user's earlier fault isn't one: it's counted in `follows`. What rules can't tell,
    redemptions and corrections, is taken as it stands.
follows : count
    Later expiries of the user that differ because of it.
expected, exported : points
    What the rules say, and what the export says.

Source: chain ladder, Mack (1993), ASTIN Bulletin 23.

Tables: `summary` (one row), `balances` (a row a user), `lots` (a row a lot), `expiring` (a row a user and
last day), `cohorts` (a row a month of earning), `rules` (a row a rule), `reconcile` (a row an entry of an
exported ledger that isn't right).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    name="points",
    says=(
        "Work out loyalty points: balances, expiry, cost, and errors in an exported ledger.",
        "积分账本：余额、到期、成本，以及导出流水错在哪里。",
    ),
    tables=("summary", "balances", "lots", "expiring", "cohorts", "rules", "reconcile"),
    params_class="PointsParams",
    helped_by={
        "events": Help("Events that earn points by the rules.", "规则所涉及的行为事件。"),
        "users": Help("A users export, for rules about registration.", "注册用户，用于注册规则。"),
        "points": Help("The shop's own points ledger.", "店铺自己的积分流水。"),
    },
    examples=(
        "userops points orders.csv --events events.csv",
        "userops points orders.csv --points points.csv --show expiring --within 30",
        "userops points orders.csv --events events.csv --points points.csv --show reconcile",
    ),
    python='"orders.csv", events="events.csv", config="userops.toml"',
    more=(
        "Rules stand in userops.toml: [[points.rules]] with event, points, per, over, each, cap_day, "
        "cap_user, when and valid."
    ),
    stored=False,
    sections={"points": ("summary", "cohorts", "expiring")},
)
