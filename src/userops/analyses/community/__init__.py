"""Community: members of groups, who came and went, who talks, who buys, and whether joining did it.

member : user
    In a group at a day's end: joined by then, and not left by it. Over all groups a user counts once,
    and leaves with the last group. Staff and robots are never members.
members_start, members_end : members
    At the end of the day before the period, and of its last day that counts. members_end =
    members_start + joined - left = members_start + gained - lost. Where groups begin midway,
    members_start is at least so many (`at_least`).
joined, left : times
    How often members came and went; the same one may do so several times.
gained, lost : members
    Members at the end and not at the start; members at the start and not at the end.
rejoined : times
    Those of `joined` who had left before.
founding : times
    Those of `joined` who were invited as the group was made.
dissolved : times
    Those of `left` who went because the group was dissolved.
at_least : yes or no
    Some were members before the exports begin: there may have been more.
complete : yes or no
    Of a period, whether as_of is its last day or later, and messages and orders, where they tell of
    any of its days, tell of all. Of groups, whether all who came and went are told.
active : members
    Members with a message in the period. Lines of the system, recalled messages, staff and robots don't
    count. Empty, and never 0, in groups and on days that no message of anybody tells of.
activity_rate : proportion
    active / members at any time in the period, in groups and on days that messages tell of; so never
    above 1.
activity_low, activity_high : proportion
    Wilson's interval of activity_rate at 95 %. From daily counts, which hold no people, the bounds of
    the rate itself: see `active_low`.
active_low, active_high : members
    How many were active at least and at most: from daily counts the largest day, and the sum of the
    days or the members, whichever is less. Where messages tell, both are `active`.
messages, staff_messages : messages
    What members wrote, and what staff and robots wrote.
response : messages
    A message that quotes another member's, replies to it or mentions that member. Only what a message
    says itself counts: who writes next isn't answering for that.
responders : members
    Different members who answered a member or mentioned the member. Staff and robots are none.
matched : members
    Members at any time in the period whose shop user is known, and then `user_id` is the shop's, else
    the chat's. The others are unknown, and never counted as people who didn't buy.
converted : members
    Matched members with a valid order in the period, from joining to leaving. Empty, and never 0, on
    days that the orders don't tell of.
conversion_rate : proportion
    converted / matched members at any time in the period, on days that the orders tell of.
group_orders, group_revenue : orders, money
    Valid orders and net revenue of matched members from joining to leaving: what they bought, and not
    what the groups caused. An order of a member of several groups is each one's whole, each one's
    equal part or the one's joined last (`--split`); over all groups it counts once.
revenue_share : proportion
    group_revenue / the shop's net revenue in the period.
tenure_days : days
    From joining to as_of, or to leaving; empty where the member was in before the exports begin.
chat_days : days
    Days with a message.
silent : yes or no
    A member through the last `silent_days` (30) without a message. Empty for whoever joined since, and
    where messages don't tell of all these days, or of none of the member's groups.
reason : left, removed, dissolved
    Why a member left: by himself as far as the export tells, removed, or as the group was dissolved.
days_since_order : days
    From the last valid order before leaving to leaving.
staff
    Whoever an export says is staff or a robot (WeCom's type 1), and the ids in `[community] staff`.
    They're never members.
naive : money
    What members brought in the days after joining, more than others did on the same days. It's mostly
    who joins, and not what joining did.
difference, difference_low, difference_high : money
    Difference in differences per joiner: how much more those who joined brought in the `lift_days` (90)
    after joining than in as many days before, less the same of matched others. The joining day and its
    orders are left out, for people join because they have just bought. Each joiner is paired with
    one user who never was in a group, ordered on the same day or didn't either, had been a
    customer as long, and came through the same channel where that's known; drawn by hash, each once.
    Under 100 pairs it's empty. People of the groups who aren't matched may be among the others: a note says how many.
placebo, placebo_low, placebo_high : money
    The same estimate of the same pairs as if they had joined earlier, when nothing happened. Where
    its interval excludes 0 the groups differed before, and the difference is withheld.
orders_difference, orders_low, orders_high : orders
    The same estimate of orders per joiner.
days : days
    How many days before and after joining are compared.
people : people
    Who joined a first group in the days that can be compared; those of them whose shop user is known are
    `matched`.
joiners, pairs : users
    Matched users whose first joining is known and has as many days of orders before and after it as
    are compared, and who were customers by then; those of them who have somebody to be compared with.
joined_before, joined_after, others_before, others_after : money
    What the joiners of the pairs, and those they're compared with, brought on average in the days
    before and after.
evidence : matched
    What the difference stands on; empty where there is none.
groups : groups
    How many groups the member is in, or the row puts together.
last_message : date
    The day of the last message.
province, interest, group, group_id, owner
    What is known of the group; `--by` puts groups together by it.
verdict : more, less, can't tell, differed before, too few
    Whether the difference's interval lies above 0, below it, or holds it; or why there's none.

Sources: difference in differences, Angrist and Pischke 2009, ch. 5; placebo tests, Imbens and Rubin 2015, ch. 21.

Tables: `summary` (a row a period), `groups` (a row a group, or a value of --by), `members` (a row a
member at as_of, by user_id), `leavers` (a row a leaving, the last first), `lift` (a row a measure), `flow` (a row a
group and period).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="community",
    says=(
        "Report on chat groups: who joined, left, talks and buys, and whether joining made them buy.",
        "群里有谁、谁来谁走、谁在说话、谁在购买，以及购买是否由入群带来。",
    ),
    tables=("summary", "groups", "members", "leavers", "lift", "flow"),
    params_class="CommunityParams",
    helped_by={
        "memberships": Help(
            "Group membership: stays, a log of joins and leaves, or member lists.",
            "谁何时在哪个群：在群时段、进出流水或成员名单。",
        ),
        "messages": Help("Group messages.", "群里的消息。"),
        "group_days": Help(
            "Daily group statistics, as WeCom exports them.", "群的每日数据（企业微信）。"
        ),
        "identities": Help(
            "Identities: which shop user each group member is.", "群成员对应的商城用户。"
        ),
        "users": Help(
            "A users export, for unionids, phones and channels.",
            "用户导出：unionid、手机号、渠道。",
        ),
    },
    examples=(
        "userops community orders.csv --memberships memberships.csv --messages messages.csv",
        "userops community orders.csv --memberships memberships.csv --show groups --by province",
        "userops community orders.csv --memberships memberships.csv --show leavers -o left.xlsx",
    ),
    python='"orders.csv", memberships="memberships.csv", messages="messages.csv"',
    stored=False,
    scoped=True,
    sections={"community": ("summary", "groups", "leavers", "lift")},
    in_report=InReport(follows=("period",)),
)
