"""Activity: how many come, how often, for how long, and who stays away.

period : date
    The first day of the day, week or month.
active_users : users
    Users with an event in the period: new + returning + resurrected. Events that `ignore` names
    (`--ignore`, or in `[activity]`) make nobody active, and are in no number here.
new_users : users
    Active users whose first event is in the period: new to the export, which doesn't know who
    was there before it begins.
returning_users : users
    Active users who were active in the period before, too.
resurrected_users : users
    Active users who were there before, but not in the period before.
dormant_users : users
    Active in the period before and not in this one: returning + dormant is what was active.
events : events
    Rows of the export that count, each event once.
events_per_user : events
    Events / active users.
minutes_per_user : minutes
    Time spent / active users; see `minutes`.
complete : yes or no
    Whether as_of is the period's last day or later. A first period that the events begin
    within is noted.
measure : dau_wau, dau_mau, active_days
    `dau_wau`: of the last 7 days, the share on which a user active in them was active, which is
    the mean DAU / WAU; `dau_mau` the same of 28 days (four whole weeks, so that every weekday
    weighs the same). `active_days`: the users active in the last 28 days, by on how many of them.
days : days
    How many days the ratio looks back; of `active_days`, on how many of the 28.
count : count
    Of a ratio, pairs of a user and an active day; of `active_days`, users.
out_of : count
    What `count` is a part of: WAU x 7 and MAU x 28; of `active_days`, MAU. 0 where nobody was active;
    empty where the events don't reach back that far.
share : proportion
    count / out_of.
low, high : proportion
    Wilson's interval of the share at 95 %; empty for ratios, whose days aren't independent.
first_active, last_active : date
    Dates of the first and the last event.
active_days : days
    Days with an event.
cycle : daily, weekly, monthly, yearly, lapsed, new
    By the user's own rhythm, the mean gap between active days: `daily` up to 3 days, `weekly` up
    to 14, `monthly` up to 90, else `yearly`. `lapsed` where the silence since is longer than
    three such gaps and than 7 days. With one active day there is no rhythm yet: `new` up to 30
    days after it, then `lapsed`.
band : under_40s, minutes, hours
    Sessions by the time spent in them: less than 40 seconds, less than an hour, or more.
pages : pages
    Events with a page; where the export has no pages, all events.
sessions_share : proportion
    The band's part of all sessions.
pages_per_session, minutes_per_session : per session
    Means over the band's sessions.

Tables: `summary` (a row a period), `stickiness` (a row a ratio or number of days), `users`
(a row a user, by user_id), `depth` (a row a band of sessions).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="activity",
    says=(
        "Count active, new, returning and dormant users; how often they come, and how long they stay.",
        "多少人来、多频繁、停留多久，谁不来了。",
    ),
    tables=("summary", "stickiness", "users", "depth"),
    params_class="ActivityParams",
    about="events",
    on_spark=True,
    helped_by={
        "users": Help(
            "A users export: maps anonymous event ids to users.", "用户导出：匿名编号是谁。"
        )
    },
    examples=(
        "userops activity events.csv",
        "userops activity events.csv --show stickiness",
        "userops activity events.csv --show users --as-of 2025-12-24 -o users.xlsx",
    ),
    stored=False,
    sections={"activity": ("summary", "stickiness")},
    in_report=InReport(follows=("period",)),
)
