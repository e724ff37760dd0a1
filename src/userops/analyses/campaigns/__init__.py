"""Campaigns: did it work, for whom, and what did it bring beyond what would have come anyway.

window : days
    An order counts for a campaign from the time of assignment to `days` days after its date.
    Where orders have no time of day, from its date. Orders before are the pre-period.
users : users
    Everybody who was assigned, reached or not (intention to treat), and whose window is over by
    as_of; with no order they count as 0. Those whose window isn't over are left out
    (`too_recent`), and so is whoever stands in several groups of a campaign (`several_groups`).
group : text
    The control is the group called control, holdout, none, 对照组, 空白组, 不触达 or the like, or
    what --control says.
evidence : randomised, matched
    What the difference comes from: lots drawn between groups; or users who could have got it, within RFM
    cell the day before x time since the first order x channel of the first order, by how much more
    the one's purchases changed than the others' (difference in differences), from the days before the day of
    assignment to those after it: that day itself isn't compared, though conversion and revenue per user count
    it. That is shown only where the
    same for three earlier dates doesn't differ from 0 (placebo; together at 5 %): else the groups differed
    before, or it can't be told.
reached : users
    Those to whom it was delivered, where the list says so.
conversion, conversion_low, conversion_high : proportion
    Users with a valid order in the window / users.
revenue_per_user : money per user
    Net revenue of the window / users.
difference, difference_low, difference_high : as the metric
    The group's value of `metric` less the control's: Newcombe (1998) for conversion, Welch (1947)
    for means. With `peeking` it holds however often one looks (Waudby-Smith et al. 2023). In
    `metrics` money is in whole units of the currency.
on_reached, on_reached_low, on_reached_high : as the metric
    The difference by the share reached, less the control's: the effect on those whom it reached, where it
    does nothing to the others (Wald 1940; interval of Fieller 1954; empty ends aren't bounded). With
    `peeking` without ends: they'd hold for one look.
lift, lift_low, lift_high : proportion
    The difference as a part of the control's value: Koopman's (1984) score interval, of means by the
    delta method on logs. It's never adjusted. With `peeking` without ends: they'd hold for one look.
p_value, p_adjusted : number
    The chance of such a difference where there's none: of conversion by z with the shares pooled, where an
    expected count is below 5 by Fisher's exact test (mid-p); of means by Welch's t. Adjusted for the arms of the campaign (Holm
    1979), in `segments` for the cells (Benjamini and Hochberg 1995).
incremental_revenue, incremental_low, incremental_high : money
    users x the difference in net revenue per user: only where lots were drawn.
cost : money
    What contacts cost, where the list says so; of a coupon the discounts on orders that count: that are
    in the orders, and weren't cancelled or given back.
roi : proportion
    (incremental revenue x margin - cost) / cost; of a coupon with incremental_margin and cost_in_window.
srm_p : number
    The chance that the groups have such sizes if they were drawn as planned (chi-square). The planned
    share of the control is --control-share, else the usual one nearest to what's there; the others have
    equal parts, unless --planned says all sizes.
verdict : works, hurts, can't tell, unfair, too early, no control
    `works`, `hurts`: the interval of the metric excludes 0, after Holm. `unfair`: srm_p < .001,
    or nobody of a group has ever ordered where so many of others have (p < .001): it's written otherwise.
    `too early`: as_of is before the last window's end, or --end. `no control`: nothing is claimed.
    In `metrics` it stands beside the metric that decides, no other.
detectable : as the metric
    The smallest difference that such groups show with a chance of 80 %.
check, value, limit, result, what_to_do : text
    What could make the comparison unfair or blurred, its value and limit, and what to do.
break_even : money per user
    What a user must bring in margin to pay for the contact: the cost per user.
net, net_low, net_high : money
    users x the difference in revenue per user x margin - cost, with its interval.
homogeneity_p : number
    Cochran's Q: the chance of such different effects in the segments where all are the same.
issued, claimed, redeemed : count
    Coupons given out, taken, and used. Where orders alone say which coupon was used for them, who was given
    one isn't known.
redemption_rate, redemption_low, redemption_high : proportion
    redeemed / issued, with Wilson's interval.
discount : money
    What redeemed coupons took off, also on orders that don't count or aren't in the orders: `cost` is without these.
assisted_revenue : money
    Net revenue of the orders that a coupon was used for: not incremental.
redeemed_in_window, cost_in_window : count, money
    Coupons that users who count in the group that got it used in their windows for orders that weren't
    given back, and their discounts: the same users, days and orders as what's incremental.
incremental_orders, incremental_orders_low, incremental_orders_high : orders
    users x the difference in orders per user, of the campaign that gave the coupon out. Only where lots
    were drawn.
incremental_margin, incremental_margin_low, incremental_margin_high : money
    margin x (users x the difference in revenue per user + cost_in_window): what it brought before the
    discount.
subsidised_share, subsidised_low, subsidised_high : proportion
    1 - incremental_orders / redeemed_in_window: coupons used for orders that would have come anyway. Not clipped.
claimed_roi : proportion
    assisted_revenue / cost: what is often claimed, not incremental.
version : text
    Of a thing that's tried again: each version is a campaign of its own. They're in the order of the
    numbers in them, part by part (1.9 before 1.10); names without a number come last.
shrunk : proportion
    The lift drawn to what the versions have in common (DerSimonian and Laird 1986): winners are partly
    lucky.
chained, chained_low, chained_high : proportion
    All versions' lifts up to this one, one after the other, where each was compared with the one
    before.
effect : proportion
    A rise of the conversion, as a part of it.
users_per_arm : users
    Users of each of two equal groups that show this effect with a chance of 80 %.
weeks : weeks
    Until it's told: the window, and before it the time until so many users are there.
control_users, control_conversion : users, proportion
    The control's, in the same segment.
other : text
    A campaign whose windows share users with this one's.
audience : text
    Who was a customer a window before as_of: all, then by segment or tier as of then.
pre_orders, pre_revenue : orders, money
    Of the pre_days before assignment.
state : in, too_recent, several_groups
    Whether a user counts.

Tables: `summary` (a row a campaign and group), `metrics` (a row a campaign, group and metric),
`segments` (a row a campaign, group and segment), `checks` (a row a campaign and check), `coupons` (a
row a coupon), `series` (a row a version), `overlap` (a row a pair of campaigns), `plan` (a row an
audience and effect), `users` (a row a campaign and user).
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help, InReport

ANALYSIS = Analysis(
    name="campaigns",
    says=(
        "Measure whether campaigns worked, for whom, and what they added to sales.",
        "活动是否有效、对谁有效，比不做多带来多少。",
    ),
    tables=(
        "summary",
        "metrics",
        "segments",
        "checks",
        "coupons",
        "series",
        "overlap",
        "plan",
        "users",
    ),
    params_class="CampaignParams",
    helped_by={
        "assignments": Help(
            "Campaign lists: who was in which group, and since when.",
            "活动名单：谁在哪一组，从何时起。",
        ),
        "coupons": Help("Coupons issued.", "发放的优惠券。", only_for=("coupons",)),
    },
    examples=(
        "userops campaigns orders.csv --assignments assignments.csv",
        "userops campaigns orders.csv --assignments assignments.csv --metric revenue --cap 99.9",
        "userops campaigns orders.csv --show plan",
    ),
    python='"orders.csv", assignments="assignments.csv", coupons="coupons.csv"',
    sections={"campaigns": ("summary", "checks", "coupons")},
    in_report=InReport(
        since="since",
        needs={"summary": "assignments", "checks": "assignments", "coupons": "coupons"},
    ),
)
