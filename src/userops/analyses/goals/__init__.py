"""Goals: what was meant to be reached by the end of a period, and how it goes.

goal : a measure
    `users`, `active`, `new`, `orders`, `revenue`, `aov` or `repurchase_rate`, as a report's
    headline defines them, or `cac` (traffic costs / new users), over the week, month, quarter or
    year that as_of lies in. The last row, `all`, has the score of all of them.
goal_from, goal_to : date
    The period's first and last day.
weight : proportion
    What the goal counts in the score, of all that have a value: one without gives up its weight. Where
    no weights are set, each counts the same.
target : number
    What is to be reached; money in whole currency units. With `growth`, the value of the same
    month, quarter or year a year before, whole (29 February too), or of the week 52 weeks before,
    and that much more; empty where it wasn't above 0.
actual : number
    The value so far; in `days`, of that day.
achieved : proportion
    actual / target; where lower is better (`cac`) 2 - actual / target.
score : proportion
    achieved, no less than 0 and no more than 1.2; of all, its mean by weight.
elapsed : proportion
    Days of the period up to as_of / all its days.
expected : proportion
    The part of the period's sum that was expected by as_of. A day is expected to bring the mean of
    its weekday over the eight whole weeks up to as_of, special days apart; a special day (see
    `calendar`) as many times that as in earlier years, where what it brought then was beyond what
    99 % of ordinary days bring. With fewer than four weeks of data, elapsed.
pace : proportion
    achieved / expected, of what adds up day by day (new, orders, revenue), and for users what
    was added so far / what is to be added / expected: 100 % is just in time. Empty for others.
projected : number
    What the period's end will bring: actual, and what is expected of the days to come, times what the
    last four weeks brought beside their expectation. With fewer than four weeks of data, actual /
    elapsed. Empty where there's no pace. In `days`, of that day to come.
projected_low, projected_high : number
    What the period comes to with a probability of 95 %: the days to come vary by their weekday's
    variance, and weekdays' means and the last weeks' level are known as well as so many days tell them
    (Student's t, degrees of freedom by Satterthwaite). Days are taken to vary by themselves.
chance : proportion
    The probability that projected reaches the target, by the same noise.
needed_per_day : number
    (target - actual) / days left: what each of them has to bring.
status : word
    `reached`; `on pace` (pace >= 1), `nearly` (pace >= 0.9), `behind`; at the period's end, or
    where there's no pace, `reached`, or `missed` and `not yet`. aov, repurchase_rate and cac can
    fall back: before the end they're `on pace` where the target is met.
day : date
    A day of the period.
special : word
    The special day's name.
due : number
    The part of the target that falls on the day: target x its part of what is expected.
due_to_date, actual_to_date, projected_to_date : number
    The same of all the period's days up to that one.

Tables: `goals` (a row a goal, and one of all), `days` (a row a goal and day of its period).

Source: Satterthwaite 1946.
"""

from __future__ import annotations

from userops.analyses.analysis import Analysis, Help

ANALYSIS = Analysis(
    name="goals",
    says=(
        "Compare goals with results so far, and project where they will end.",
        "对照目标与完成情况，并预计期末结果。",
    ),
    tables=("goals", "days"),
    params_class="GoalsParams",
    helped_by={"costs": Help("Channel costs, for CAC goals.", "渠道花费：用于 CAC 目标。")},
    examples=(
        "userops goals orders.csv --goal new=400 --goal revenue=120000",
        "userops goals orders.csv --as-of 2025-11-14 --show days -o november.xlsx",
    ),
    python='"orders.csv", goals={"new": 400, "revenue": 120000}',
    sections={"goals": ("goals",)},
)
