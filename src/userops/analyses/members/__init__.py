"""Members: which level everyone has, who moved, who is near the next, and who is about to fall.

level : text
    The member's level; see `member level`. Empty below the lowest threshold: who has none is no member.
value : growth
    The growth value at as_of; see `growth value`.
since : date
    The day on which the level began: reached, or fallen to; of the lowest, on which the member was first known.
valid_until : date
    Until when it holds; it's judged then, or `grace_days` later. Empty for what nobody can lose.
members : users
    Users with the level.
active_share : proportion
    Of its members, those with an order in the last `active_days`.
orders_per_member : orders
    Valid orders of the last `days` / members.
average_order : money
    Net revenue of the last `days` / its orders.
benefit_cost : money
    Members x what a level's benefits cost a member, as `[[members.ladder]]` says; empty where it doesn't.
from_level, to_level : text
    The level at `since`, and the one at as_of. Empty: no member then, or not yet.
movement : up, down, stay, new
    Where members went; `new` were no members then.
next_level : text
    The next higher level.
missing : growth
    What it takes to reach it; in `expiring`, to keep the level.
missing_money : money
    What has to be spent for that by the rule for orders that gives most for money; without one, empty.
days_left : days
    Until the value begins to fall, for the oldest part of it leaves the window; in `expiring`, until the
    level is judged.
value_then : growth
    What of the value still counts on that day.
falls_to : text
    The level that it falls to if nothing is added.
exported_level, exported_value : text, growth
    What the shop's own export says.
cause : unknown level, not exported, not in the data, refund, not judged, not raised, value, other
    Why the export says another level, the first that holds: it names a level that the ladder doesn't
    have; it hasn't the member; nothing is known of the member here; it's the level without what refunds
    took back; the one before it was last judged, or before it last rose; its growth value is another;
    none of these.

A level's higher spend is selection: who spends more is lifted by it. Nothing here says what a level caused.

Tables: `users` (a row a member), `levels` (a row a level), `movements` (a row a pair of levels), `next` (a
row a member below the highest), `expiring` (a row a member about to fall), `differences` (a row a member whose
exported level isn't the rules').
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="members",
    says=(
        "Work out membership levels by your rules: who moved, who is near the next, who is about to drop.",
        "按规则得出每位会员的等级：谁升谁降、谁接近下一级、谁快要降级。",
    ),
    tables=("users", "levels", "movements", "next", "expiring", "differences"),
    params_class="MembersParams",
    helped_by={
        "events": Help("Events that earn growth value by the rules.", "规则所涉及的行为事件。"),
        "users": Help("A users export: registered users are members too.", "注册用户，也是会员。"),
        "levels": Help(
            "The shop's own levels, to compare with.",
            "店铺自己的会员等级。",
            only_for=("differences",),
        ),
    },
    examples=(
        "userops members orders.csv --events events.csv",
        "userops members orders.csv --show expiring --within 30",
        "userops members orders.csv --levels levels.csv --show differences",
    ),
    python='"orders.csv", events="events.csv", config="userops.toml"',
    more=(
        "Rules and levels stand in userops.toml: [[members.rules]] with event, points, per, over, each; "
        "[[members.ladder]] with name and threshold."
    ),
    stored=False,
    sections={"members": ("levels", "movements", "expiring")},
    in_report=InReport(since="since"),
)
