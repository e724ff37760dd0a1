"""Screen: who is worth most, by buying and by talking; the core pool and how it moves.

window : days
    A value is of the last `window` (365) days up to as_of; 0 for all time. Of users with a valid
    order in them; days with an order are purchase days.
interval_days : days
    Median gap between a user's purchase days; empty below 3 of them.
orders : count
    Valid orders in the window.
revenue : money
    Net spend in the window; in `thousand` and `thousand_users` in the last 365 days. A refund
    without its order counts on its own day.
messages, chat_days : count, days
    A member's messages in the window and the days with one, of all groups; empty for whoever isn't
    matched with anybody there. Lines of the system, recalled messages, staff and robots don't count.
speak_gap_days : days
    Median gap between days with a message, from 2 on: gaps between messages would measure bursts.
responders, responses : people, count
    Other members who answered the user or mentioned the user, each once; and how often they did.
    Quotes, replies and mentions alone count, not who writes next.
weeks : weeks
    Weeks in which others answered the user.
pagerank : number
    PageRank (Brin & Page 1998) over the groups' people: an edge from each who answered to each who
    was answered, alpha .85; who answered nobody gives to all alike.
criterion : interval_days, orders, revenue, messages, speak_gap_days, responders, pagerank
    What is compared: the shortest intervals, the most orders, the highest net spend; where there
    are messages, also the most messages, the shortest gaps between days with one, and influence
    (`--influence`). Nobody passes one of these with 0. `--criteria` names those that count.
people, matched, coverage : people, people, proportion
    Who is in the groups, who of them is known in the shop, and their part. The others are unknown,
    and not people who didn't buy. In `users`, whether the user is one of those matched.
eligible : users
    Users whose value of the criterion is known.
k : users
    ceil(share x eligible), by exact fractions.
cut : number
    The k-th best value. Whoever has it passes: ties are never split, so more than k may.
purchase_days : days
    Days with a valid order in the window.
passed, passed_share : count, proportion
    In `criteria`, users within the cut, and their part of the eligible. In `users`, criteria that the
    user passes.
screened : yes or no
    Passes all criteria that the data allows.
short_by : number
    How far the value is from the cut: days too many, orders or money too few. Empty where the
    value isn't known.
short_share : proportion
    short_by / cut.
measure : top users, top revenue
    `top users`: the k users with the highest net spend and all who tie with the last of them;
    `top revenue`: the fewest users, ties in, who bring at least that share of revenue.
gini : proportion
    Inequality of net spend over the eligible users: 2 x sum(i x x_i) / (n x sum(x)) - (n + 1) / n,
    x ascending (Gini 1912).
movement : kept, in, out; entered, stayed, left, near
    Of the pool between an earlier day (`--since`) and as_of; of users above the threshold
    between the end of the last month and as_of; but for `near` empty where the orders don't
    have all of the 365 days before.
reason : why a user came into the pool or left it
    Out: `cut rose` (spends no less than before, or would be within the earlier cut), `refunded`
    (refunds since are what's lacking, or more than what went out of the window), `aged out` (orders have
    gone out of the window). In: `first order`, `bought`, `cut fell`.
out_cut_rose, out_refunded, out_aged_out : users
    Who left the pool, by the reason.
revenue_before : money
    Net spend in the window up to the earlier day, as it was known then: revenue is this + spent -
    aged - refunded.
spent, aged, refunded : money
    Orders since the earlier day; what has gone out of the window; what was refunded, or
    otherwise changed, since.
kept, in, out : users
    In the pool on both days; on the later alone; on the earlier alone.
jaccard : proportion
    How alike both days' pools are: kept / (kept + in + out).
day : date
    The end of a month, or as_of; of the pool the two days compared. Each row is as it was known on it.
threshold : money
    Net spend in 365 days from which a user counts (1,000).
near : users
    In `thousand`, users below the threshold with at least `near` (80 %) of it.
entered, left, stayed : users
    Above the threshold now and not at the end of the month before, then and not now, both.
users_year_before : users
    Users above the threshold 365 days earlier.
growth, target_growth : proportion
    users / users_year_before - 1, and what is aimed at. Empty until both have 365 days of orders
    behind them.
target_users : users
    The fewest users with which growth reaches `target` (+5 %).
reached : yes or no
    users >= target_users.
complete : yes or no
    Whether the export has all of the 365 days; before, users are at least so many.
short : money
    What lacks to the threshold.
part : core, other
    `core`: those with the highest net spend in the window, ties in. `other`: of all other
    customers, by segment and channel.
stratum_users, stratum_drawn : users
    Others of the same segment and channel, and how many of them were drawn: in proportion, by the
    largest remainder. Within a stratum those with the smallest SHA-256 of `salt|user_id`: the same
    people every time.

Tables: `users` (a row a user with an order in the window, the screened first), `near` (a row a user
who fails one criterion), `pareto` (a row a share), `pool` (a row a user who is or was in the pool),
`thousand` (a row the end of a month), `koc` (a row a screened user whose influence is in the best
tenth, `koc_share`, whom others answered in two weeks or more, and who has two purchase days), `sample` (a row a user drawn), `criteria` (a row a criterion),
`pool_days` (a row a day compared), `thousand_users` (a row a user at or near the threshold).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="screen",
    says=(
        "Find high-value users, who buy often, spend much and talk in groups; follow the core pool.",
        "筛选高价值用户：谁买得勤、买得多、在群里活跃；核心用户池及其变动。",
    ),
    tables=(
        "users",
        "near",
        "pareto",
        "pool",
        "thousand",
        "koc",
        "sample",
        "criteria",
        "pool_days",
        "thousand_users",
    ),
    params_class="ScreenParams",
    helped_by={
        "messages": Help(
            "Group messages: who talks, and who gets answers.",
            "群消息：谁在发言，谁得到回应。",
            only_for=("users", "near", "criteria", "koc"),
        ),
        "memberships": Help(
            "Group members: counts silent ones too, and leaves out staff.",
            "群成员：不发言的成员也计入，员工不计入。",
            only_for=("users", "near", "criteria", "koc"),
        ),
        "identities": Help(
            "Identities: which shop user each group member is.",
            "群里的人在商城中是谁。",
            only_for=("users", "near", "criteria", "koc"),
        ),
        "users": Help(
            "A users export: channels for the sample; phones and e-mails to match people.",
            "用户导出：抽样所用的渠道，以及用于识别身份的联系方式。",
            only_for=("users", "near", "criteria", "koc", "sample"),
        ),
    },
    examples=(
        "userops screen orders.csv",
        "userops screen orders.csv --messages messages.csv --show koc",
        "userops screen orders.csv --show pool --since 2025-12-24",
        "userops screen orders.csv --show sample --core 20 --others 80 -o interviews.xlsx",
    ),
    python='"orders.csv", messages="messages.csv", identities="identities.csv"',
    sections={"screen": ("criteria", "pareto", "pool_days", "thousand", "koc")},
    in_report=InReport(since="since"),
)
