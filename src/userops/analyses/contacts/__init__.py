"""Contacts: whom to call on a day, why and by whom; and what earlier calls brought.

The list is for the day `for`, from orders up to the day before it. Every user with a reason is in `list`
or in `skipped`, with the rule that stands against a call.

reason : new, replenish, coupon, winback, churn, birthday, level, points
    The first that holds, in the order of `reasons`: `new`, first order within new_days (3), or
    registered so lately without one. `replenish`, due_before (3) days before to due_after (7) days
    after a purchase is due, as `repurchase` tells it. `coupon`, coupon_days (7) days unused and not
    expired, from its claim on; from its issue where nobody claims coupons of its name. `winback`, winback_from (31) to winback_to (60) days without an order. `churn`, entered
    the slump within 7 days, or P(alive) fell by fell_by (.1) in fell_days (28). `birthday`, 29
    February kept on the 28th. `points`, points that run out within points_days (14): of an exported
    ledger, else by the rules of `[points]`. `level`, by the rules of `[members]` a level is lost within
    level_days (14), or no more than level_near (10 %) of the next level's growth value is missing. One's own by `[[contacts.rules]]`: `name`, `when`, `script`.
also : reasons
    The others that hold.
script : text
    What to say, the facts filled in, in the language of `lang`.
priority : money
    Where the reason's effect was measured (min_listed (200) users listed and min_held_back (50) held back,
    whose days are over): effect x value. Else the value at risk: max(0, P(alive) 28 days ago - now) x
    clv / P(alive). Without a forecast what the user brought in the last 365 days. Equal ones go by
    the reason's place, value, and a hash.
basis : measured effect, value at risk, past value
    What the priority rests on. Risk isn't response.
value : money
    clv, as `ltv` forecasts it for its horizon; without a forecast net revenue of the last 365 days.
agent_id : id
    Who calls: the user's own agent (of the log, else of the users export), else dealt in a snake
    draft, the highest priorities first, so that lists are worth about the same.
rank : count
    The place in the agent's list, the highest priority first.
phone, name : text
    As the users export has them; a user whose id is a mobile's number has that, where no whole phone is known.
    Lists only: a report shows none.
last_contact : date
    The last call, made or planned.
days_since_order : days
    From the last valid order to the day of the list.
rule : word
    What stands against a call, the first of: `do not contact`, by id, or by a phone that is the user's in
    the users export or whose id it is; `cooling off`, reached fewer than
    cooling_days (14) ago (on 1 March: free on the 15th), or planned and not known how it went;
    `tried lately`, fewer than retry_days (2) ago; `tried enough`, max_tries (3) times in tries_days (90)
    since last reached, which is named alone where both hold, for it lasts longer; `held back`, by lot; `list was made before`, where the log has the day's list;
    `agent off`, `agent full`, his own; `no room`, the team's.
until : date
    When that ends; empty where nobody knows.
capacity : users
    Calls a day of the agent.
off : yes or no
    Whether it's a day off.
listed : users
    Users of the list. In `outcomes` as often as they were listed; in `effect` each once, by the first
    time on a list, whose `within` (7) days are over by as_of, and where anybody was held back, only
    those whose first time was on or after the first day of that.
own_users : users
    Of them those who had the agent before.
room : users
    Calls that are left.
week : date
    The week's first day: of this week today's list, of earlier ones those of the log.
tried, reached : users
    Of those listed whom a call is known of, on that day or within a week; whom it reached. A call
    is of the user's latest list by then.
reach_rate : proportion
    reached / listed.
observed : users
    Listed, and `within` (7) days later over by as_of.
converted : users
    Of them those with a valid order on that day or within the days after. In `outcomes` an order
    is of the user's latest list by then.
conversion : proportion
    converted / observed. In `effect`, of those listed.
revenue : money
    Net revenue of these orders.
reach_low, reach_high, conversion_low, conversion_high : proportion
    Wilson's interval at 95 %.
ready : users
    Users with the reason who may be called, whether or not an agent has room on the day: no rule
    stands against it, and they aren't held back.
list_from, list_to : date
    The last seven days of lists whose `within` (7) days are over by as_of.
earned, earned_low, earned_high : money
    What these lists brought beyond users held back: the difference of net revenue per user of all lists
    so far x listed of the week, with Welch's interval. A week by itself is too small to tell.
held_back : users
    Users with a reason and room on a list, whom the draw left alone: SHA-256 of `salt|user_id`
    below `holdout`. Counted as `listed` is.
evidence : holdout
    Who is compared; empty where nobody was held back, and nothing is claimed.
conversion_held_back, revenue_per_user, revenue_per_user_held_back : proportion, money
    The same of users held back; net revenue per user of both.
difference, low, high : proportion
    conversion - conversion_held_back: what the list brought, reached or not (intention to treat), with
    Newcombe's interval.
p_value : probability
    Of that difference, two-sided: pooled z, or Fisher's mid-p where few are expected.
revenue_difference, revenue_low, revenue_high : money
    The same of revenue per user, with Welch's interval.
fewest_buyers : users
    Buyers among users listed or among users held back, whichever are fewer, of all lists so far. Below
    30 Welch's interval is too narrow: go by conversion.
extra_buyers, extra_buyers_low, extra_buyers_high : users
    How many of these lists' buyers bought because of them: the difference of conversions of all lists so
    far x listed of the week, with Newcombe's interval.
srm_p : probability
    That the groups' sizes differ so much from what was drawn (chi-square); under .001 they may differ
    for other reasons, too. Empty without `holdout`.

Sources: Newcombe (1998), method 10; Welch (1947); Edmonds (1971), matroids and the greedy algorithm.

Tables: `list` (a row a user, by agent and rank), `agents` (a row an agent), `skipped` (a row a user with
a reason who isn't listed), `ready` (a row a user who may be called), `reasons` (a row a reason),
`recent` (a row a reason of the last week of lists), `weeks` (a row a week and reason), `outcomes` (a row a
reason), `effect` (a row a reason).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport
from userops.analyses.contacts.columns import AGENT_NAMES, BIRTHDAY_NAMES, NAME_NAMES

ANALYSIS = Analysis(
    name="contacts",
    says=(
        "Make the day's call list: whom to call, why, and by whom; measure what earlier calls brought.",
        "某天该联系谁、因何、由谁联系，以及此前的联系带来了什么。",
    ),
    tables=(
        "list",
        "agents",
        "skipped",
        "ready",
        "reasons",
        "recent",
        "weeks",
        "outcomes",
        "effect",
    ),
    params_class="ContactsParams",
    helped_by={
        "users": Help(
            "A users export: phones, birthdays, registration, assigned agent.",
            "用户导出：手机号、生日、注册时间、专属客服。",
        ),
        "agents": Help("Agents: capacity and days off.", "客服：每日通数与休息日。"),
        "contacts": Help("Call logs, as a dialler exports them.", "通话记录，由外呼系统导出。"),
        "do_not_contact": Help(
            "Do-not-contact list, by id or phone.", "勿联系名单，按用户编号或手机号。"
        ),
        "identities": Help(
            "Identities: which shop user each id of the log is.",
            "身份对应：记录中的编号是商城里的谁。",
        ),
        "coupons": Help("Coupons: who has one unused.", "优惠券：谁有未用的券。"),
        "points": Help("A ledger of points: whose run out.", "积分流水：谁的积分将过期。"),
        "events": Help(
            "Events that rules of [members] and [points] grant for: whose level is near or lost, whose points expire.",
            "[members] 与 [points] 规则所涉及的行为事件：谁接近升级或降级、谁的积分将过期。",
        ),
    },
    examples=(
        "userops contacts orders.csv --users users.csv --agents agents.csv",
        "userops contacts orders.csv --for 2026-01-05 --log contacts.csv --append -o monday.xlsx",
        "userops contacts orders.csv --log contacts.csv --show effect",
    ),
    python='"orders.csv", users="users.csv", agents="agents.csv", holdout="10%"',
    sections={
        "week": ("ready", "reasons", "recent", "agents", "effect"),
        "contacts": ("weeks", "agents", "outcomes", "effect"),
    },
    in_report=InReport(
        needs={
            "weeks": "contacts",
            "agents": "agents",
            "outcomes": "contacts",
            "effect": "contacts",
            "recent": "contacts",
        },
        columns=(*BIRTHDAY_NAMES, *AGENT_NAMES, *NAME_NAMES),
    ),
    appends={"log": "append"},
)
