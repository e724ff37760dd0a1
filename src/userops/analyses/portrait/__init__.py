"""Portrait: who the users are, what sets a group apart, and who bears which tag.

attribute : word
    What is told of users. Of the users export: `gender`, `age_band`, `region`, and any column that
    `by` names. By rule: `spending_power`, `order_time`, `preferred_category`, `online_share`, and
    `channel` where orders alone know it. `tier` and `segment` as `userops segment` gives them.
source : text
    Where the attribute is from: a column of the users export, or the orders.
a, b : text
    Values of the first and the second attribute.
value : text
    What the attribute says; `unknown` where nothing does, with its share like any other.
age_band : years
    From a birthday, whole years at as_of (29 February counts as 28 in other years; an instant in
    UTC, as 1990-04-30T16:00Z, is the day of the nearest midnight); else from a column of ages, else from
    one of bands as they are. Its edges are `age_edges` of the settings.
region : text
    From its column (region, province, state), else the address's first token. A province of China is
    one however it's written: 广东 and 广东省. Never from a phone number.
spending_power : 1 to 5
    By the user's median order value (net): the number of cut points below it, and one. Cut points
    are quintiles over buyers (type 7), or `spending_cuts` of the settings; equal values stand equal.
order_time : hours
    The part of the day with most of the user's orders; of two equal ones `no usual time`. Orders at
    00:00:00 exactly say no time.
preferred_category : text
    The category with most purchase days, then most money; else none.
online_share : proportion
    Orders by channels that aren't a shop's own place, as a share: `offline only`, `mostly offline`,
    `mostly online` (half or more), `online only`. Which channels are offline is told by their
    names, or by `offline` of the settings.
users : users
    Who has the value: registered or with a valid order. In `cross`, who has both.
share : proportion
    users / all users. In `cross`, of the users of `a`. In `tags`, the coverage.
orders, revenue, revenue_share, average_order, orders_per_user
    Valid orders of these users; their net amounts, its part of all; revenue / orders; orders / users.
online_average_order, offline_average_order : money
    Net amount per order by channels online, and offline; empty without such orders.
segment_users, segment_share : users, proportion
    Of the group that `segment` names (a tier, a segment or a tag) who has the value, and as a share of it.
index : number
    TGI: segment_share / share x 100, the whole including the group. In `cross`: users / expected x 100.
    0 where nobody of the group has it; empty where nobody at all does.
index_low, index_high, low, high : number
    95 % interval of the index, from its logarithm (delta method; that the group is a part of the
    whole is taken into account). Of an index of 0, up to Wilson's bound. In `tags` Wilson's, of the
    share.
unknown : users
    Of whom the attribute isn't known.
coverage : proportion
    Users of the tag / all users.
expected : users
    users of `a` x users of `b` / all users.
residual : standard errors
    Adjusted residual (Haberman 1973): about normal where the two don't go together.
p_adjusted : probability
    Of the residual, two-sided, adjusted by Holm over the table's cells.
conflicts : users
    Users of whom several different things are said: the users export's earliest that says something
    counts, of orders the latest. In `tags`, users of the tag who bear another one of its group.
changed, gained, lost : users
    Who bears the tag now and didn't at `since` (gained), or the reverse (lost); both together.
tag : text
    `[[tags]]` of the settings: `name`, `when` (a condition), maybe a `group` of tags that exclude
    each other. In `users`: a row a user and tag; with `form = "wecom"` a row a user, a column a group.
since : date
    In `users`: since when the tag is known to hold: as `previous` (an earlier such list) says where the
    tag held at `since` or it says a later day, else the day `since` if it held then, else as_of.

Tables: `groups` (a row a value of an attribute), `cross` (a row a pair of values of two attributes;
chi-square, df, p and Cramér's V in its notes), `tags` (a row a tag), `missing` (a row an attribute),
`users` (who bears which tag, to be carried into another system).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport
from userops.analyses.portrait.columns import NAMES

ANALYSIS = Analysis(
    name="portrait",
    says=(
        "Profile users: who they are, what sets a group apart, and which tags each has.",
        "用户是什么样的人，某一群有何不同，谁有哪些标签。",
    ),
    tables=("groups", "cross", "tags", "missing", "users"),
    params_class="PortraitParams",
    helped_by={
        "users": Help(
            "A users export: gender, birthday, region and other columns.",
            "用户导出：性别、生日、地区等列。",
        )
    },
    examples=(
        "userops portrait orders.csv --users users.csv",
        "userops portrait orders.csv --users users.csv --by region --segment high",
        "userops portrait orders.csv --users users.csv --show cross --by age_band,preferred_category",
        "userops portrait orders.csv --users users.csv --show users --form wecom -o tags.csv",
    ),
    python='"orders.csv", users="users.csv", by="region"',
    sections={"portrait": ("groups", "missing")},
    in_report=InReport(
        fixed={"segment": "high"}, needs={"groups": "users", "missing": "users"}, columns=NAMES
    ),
)
