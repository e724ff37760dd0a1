"""The business: what users bring, less what winning and serving them costs, and what the team brings.

users : users
    Users with a valid order in the period.
value_per_user : money
    revenue / users.
revenue : money
    Net amounts of the period: users x value_per_user.
traffic_cost, delivery_cost, staff_cost : money
    Costs of the kind (see `kind`) in the period, spread evenly over the days they're of. Empty where the
    costs don't reach over all of the period; between the first and the last, days without a row cost
    nothing, and whole months of them are noted.
business_value : money
    revenue - traffic_cost - delivery_cost. Empty where one of them isn't known of the period; where
    there are no costs of a kind at all it's before them, and that's noted.
team : people
    How many do the work (`--team`): the mean over the period's days.
value_per_head : money
    business_value / team.
covers_team : yes or no
    Whether business_value is no less than staff_cost.
complete : yes or no
    Whether as_of is the period's last day or later.
period_before : date
    The period compared with.
business_value_before, value_per_head_before : money
    Those of the period compared with.
business_value_change : money
    business_value - business_value_before = users_effect + value_effect + traffic_effect +
    delivery_effect.
users_effect, value_effect : money
    What of the change more or fewer users, and more or less value per user account for: Shapley
    values of their product, to the last cent.
traffic_effect, delivery_effect : money
    The cost of the period before - that of this one.

Tables: `summary` (a row for the period compared with, and one for the last whole one), `change` (one
row), `months` (a row a month).

Source: Shapley 1953; Sun 1998.
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="business",
    says=(
        "Work out what users bring after costs, per team member, and why it changed.",
        "用户带来多少、减去成本还剩多少、团队人均多少，以及变化的原因。",
    ),
    tables=("summary", "change", "months"),
    params_class="BusinessParams",
    helped_by={
        "costs": Help(
            "Costs by kind: traffic, delivery, staff, ...", "各类花费：投放、物流、人力等。"
        )
    },
    examples=(
        "userops business orders.csv --costs costs.csv --team 5",
        "userops business orders.csv --costs costs.csv --team 2025-01=4 --team 2025-11=5 --show months",
    ),
    python='"orders.csv", costs="running_costs.csv", team={"2025-01": 4, "2025-11": 5}',
    sections={"business": ("summary", "change")},
    in_report=InReport(
        follows=("period", "against"), needs={"summary": "costs", "change": "costs"}
    ),
)
