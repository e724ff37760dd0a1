"""Referral: who brought whom, what came of it, what it cost, and what looks odd.

leader_id : id
    Whoever invited a user, is named by an order, or stands in the list of leaders (`--leaders`).
    Those of the list who brought nobody count as zeros.
invited : count, date
    Users whose first invitation in time is this leader's, by the users export (`inviter_id`) or an
    order that names a leader; of one user the day of it: of registration, or of that order.
    Circles are cut at the last invitation, which closed them, and who invited themselves isn't.
registered : count, date
    Of the invited, those in the users export; without one, those who ordered.
effective : count, yes or no
    Registered, with a valid order, not given back in full, within `--within` days of the invitation.
    Of one user empty while those days aren't over, or where they began before the orders.
observed, observed_effective : count
    Of the invited, those whose days are over, and didn't begin before the orders; and of these the
    effective ones.
effective_rate : proportion
    observed_effective / observed. Empty where orders alone tell of invitations: everybody has one.
low, high : proportion
    Wilson's interval of the rate at 95 %. In `compared`, of the difference.
orders, gmv : orders, money
    Valid orders that name the leader, or none and are by a user of the leader's from the invitation
    on, and their net amounts. Leaders' own orders aren't among them.
commission : money
    What the orders say; else by `[[referral.rules]]`: an amount from `from` on earns `rate` of it
    and `flat`, the whole by the step reached or each part by its own (`marginal`), of each order
    or of a leader's calendar month (`basis`), net of refunds, to the nearest cent. A leader's own
    inviter earns `second_rate` of the same amounts. Empty where nothing says it.
to_recover : money
    What orders given back in full would have added to commission: paid, and to be had back.
reward : money
    `reward` of the settings for each effective user.
cost, cost_per_effective, roas : money, money, ratio
    commission + reward; cost / effective; gmv / cost.
median_days_to_first_order : days
    From the invitation to the first order from then on, over those who have one.
first_invite, last_invite : date
    Days of the first and the last invitation.
group_id : id
    The leader's group by the list, else by the users export; empty for none.
leaders, inviting : count
    Leaders; those who invited anybody.
effective_per_leader, mean_effective, median_effective : users
    Effective users a leader, those with nobody as zeros.
best_tenth_share : proportion
    The part of all effective users that the best tenth of the leaders brought: at least one leader,
    and all who brought as many.
cohort : text
    `all`, or the month in which leaders, and for K users, registered (a leader of the list: began).
cohort_users, cohort_invitations, k : users, users, ratio
    Users who registered in the cohort at least `--k-days` days ago, not before the orders begin; users whom they invited and who
    became effective, both within so many days of their own registration; and the second by the
    first. From 1 on users bring their own number.
source : users, orders
    What told the invitation: the users export or an order.
level : count
    Invitations between a user and the top of the tree.
first_order, days_to_first_order : date, days
    The first valid order from the invitation on, and the days until then.
root_id : id
    Who stands at the top of the user's tree.
below : users
    Users below, at any level.
cut : circle, self
    Why a user's invitation was cut.
sign : self, already_customer, shared, burst, minimum, refunded, silent, ring
    What looks odd; evidence, not a verdict. `self`: the leader's own id, own orders, or a phone,
    e-mail (without dots and what follows a plus), device or address of the leader's. `already_customer`:
    ordered on a day before the invitation. `shared`: more than `shared` (3) of the leader's
    users on one device, address or phone without its last four digits. `burst`: a day with more
    invitations than the 99.9 % bound of the busiest of the leader's days, as Poissons of the leader's
    own daily rate and of all leaders' have it. `minimum`: one order, of the least amount that earns anything (`minimum`) up to a
    tenth above; `refunded`: orders given back in full; `silent`: no order and no event after the
    day of registering: more than all leaders' share by the binomial, at 5 % after Benjamini
    and Hochberg over leaders. `ring`: users who invited one another in a circle. Masked contacts
    say nothing, and none is shown.
evidence : text
    The numbers behind a sign; in `compared`, `matched`: groups weren't drawn by lot.
at_risk : money
    Commission of the users concerned; of `refunded`, to_recover.
measure : first_order_rate, repurchase_30, ltv
    `first_order_rate`: of users registered so many days ago, not before the orders begin and without an
    order before, those who ordered by then. `repurchase_30`: of buyers whose first order was 30 days ago, those with another day of orders
    by then. `ltv`: net revenue of a buyer up to `--age` days after the first order, of those
    observed so long, in the orders' currency.
referred_users, other_users : users
    Users of both groups; who was invited after the first order is in neither.
matched, coverage : users, proportion
    Referred users with others of the same month of joining and category of the first order; and
    their part of the referred.
referred, others, difference : number
    Means of both groups within those strata, by how many were referred; and their difference. Shares
    are parts of 1, ltv is money. It's observed, not caused.

Sources: Poisson and binomial tails; Benjamini and Hochberg (1995); K as in Skok (2009).

Tables: `leaders` (a row a leader, most effective users first), `summary` (a row a month of joining, all
first), `groups` (a row a group), `users` (a row an invited user), `tree` (a row a user who invited or
was invited), `signs` (a row a leader and sign), `compared` (a row a measure).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    name="referral",
    says=(
        "Report on referrals: who invited whom, what they brought and cost, and what looks suspicious.",
        "谁带来了谁、效果如何、花了多少、有何异常。",
    ),
    tables=("leaders", "summary", "groups", "users", "tree", "signs", "compared"),
    params_class="ReferralParams",
    helped_by={
        "users": Help("A users export: who invited whom.", "用户导出：谁邀请了谁。"),
        "leaders": Help(
            "A list of leaders: their groups; includes those who invited nobody.",
            "团长名单：所属的群，以及未带来任何人的团长。",
        ),
        "events": Help(
            "An events export: shows who never came back.",
            "事件导出：谁再未出现。",
            only_for=("signs",),
        ),
    },
    examples=(
        "userops referral orders.csv --users users.csv",
        "userops referral youzan.csv --show summary",
        "userops referral orders.csv --users users.csv --leaders leaders.csv --show signs -o signs.xlsx",
    ),
    python='"orders.csv", users="users.csv", leaders="leaders.csv"',
    stored=False,
    sections={"referral": ("summary", "leaders", "groups", "signs", "compared")},
)
