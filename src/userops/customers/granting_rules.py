"""Rules by which points and growth values are granted: rows of the settings.

rule of points
    `[[points.rules]]`, and of growth values `[[members.rules]]`: for an `event` so many `points`. Of
    orders (`event = "order"`) or of an event of the events export, `register` also of the users
    export. `per` makes it so many points for that much money (or `value` of an event), floored;
    `over` is strict: 40 seconds aren't over 40. `each = "event"` grants for each one, `"day"` once a
    day, `"order"` for each order, and is what orders have by default where `per` is given. `of` says what
    `per` and `over` speak of: an order's `amount`, an event's `seconds` (as `over` does by default) or
    `value` (as `per` does, and `over` beside it), or the `count` of a day, which is what `over` means for orders with `each = "day"`. `when` is a condition besides.
    Where it asks for a `category` or `product`, it's asked of each line of an order, with the line's own
    `amount` and `quantity`: an order of which no line fulfils it grants nothing, and `per` and `over`
    speak of what the lines came to that do. A refund that names no line is of all, in proportion.
    `cap_day` and `cap_user` are the most that a rule grants a user in a day, and ever; what they cut
    is counted. Points for money are of what was paid, net: what a refund leaves too many is taken
    back on its own day, and what was granted before it stays as it was: of a day's orders, too, which
    grant by how they stood when the day ended. An order given back in full counts for nothing where
    orders are counted.
valid : text
    How long points live: `12 months`, `2 years`, `365 days`, `inactivity 12 months`, `never`. A month is
    a calendar month, its day clamped: of 31 January through 28 February. They can be used through
    their last day, which `round` puts at the end of its month, quarter or year. With inactivity all of
    a user's points are gone on the day on which nothing was earned or redeemed for that long.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.conditions import ConditionError
from userops.core.conditions.columns import checked
from userops.core.params import Param, Params
from userops.core.table import Kind

ORDER = "order"  # the event that is an order of the orders export
REGISTER = "register"  # the event that a users export tells, too

LINE_COLUMNS = ("category", "product")  # of which an order may have several
ORDER_COLUMNS = (
    dict.fromkeys(("amount",), Kind.MONEY)
    | dict.fromkeys(("channel", *LINE_COLUMNS), Kind.TEXT)
    | dict.fromkeys(("quantity",), Kind.NUMBER)
)
EVENT_COLUMNS = dict.fromkeys(("seconds", "value"), Kind.NUMBER) | dict.fromkeys(
    ("channel", "page", "item", "group_id"), Kind.TEXT
)

Of = Literal["amount", "seconds", "value", "count"]
Round = Literal["month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class GrantingRule(Params):
    """What an order or an event grants."""

    event: Annotated[
        str,
        Param("order, register, or an event's name", "order、register 或事件名", metavar="order"),
    ]
    points: Annotated[int, Param("how much it grants", "给多少", ge=0)] = 1
    per: Annotated[
        float | None,
        Param("for each so much money, or value", "每多少金额（或数值）给一次", gt=0),
    ] = None
    over: Annotated[
        float | None, Param("only for more than this, strictly", "须大于此数（不含）")
    ] = None
    of: Annotated[
        Of | None,
        Param(
            "what per and over speak of: amount, seconds, value or count",
            "per 和 over 所指：金额、秒数、数值或次数",
        ),
    ] = None
    each: Annotated[
        Literal["event", "day", "order"],
        Param("granted once for each of these", "按每次事件、每天或每单给"),
    ] = "event"
    when: Annotated[
        str | None,
        Param("a further condition", "附加条件", taken="condition", metavar="channel = app"),
    ] = None
    cap_day: Annotated[
        int | None, Param("most that a user can get in a day", "每人每天最多", ge=0)
    ] = None
    cap_user: Annotated[int | None, Param("most that a user can get", "每人最多", ge=0)] = None
    name: Annotated[str | None, Param("name shown in tables", "表中的名称")] = None

    def problem(self) -> tuple[str, str] | None:
        """The key that doesn't go with the others, and why; None where all do."""
        is_order = self.event.strip().casefold() == ORDER
        if self.each == "order" and not is_order:
            return "each", '"order" is for event = "order": write "event" or "day"'
        if self.of == "count" and self.each != "day":
            return "of", '"count" counts what a day holds: write each = "day"'
        if self.of == "count" and self.per is not None:
            return "per", "is of money or a value, not of a count: leave it out"
        if is_order and self.of in ("seconds", "value"):
            return "of", f'orders have no {self.of}: write "amount" or "count"'
        if not is_order and self.of == "amount":
            return "of", 'events have no amount: write "value"'
        try:
            if self.when:
                checked(self.when, ORDER_COLUMNS if is_order else EVENT_COLUMNS)
        except ConditionError as error:
            return "when", f"{error.problem.removeprefix('condition ')} ({error.mend})"
        return None


@dataclass(frozen=True, slots=True)
class PointsRule(GrantingRule):
    """What an order or an event grants, and how long that lives."""

    valid: Annotated[
        str | None,
        Param(
            "how long they're valid: 12 months, 1 year, 365 days, inactivity 12 months, never",
            "有效期：12 months、1 year、365 days、inactivity 12 months、never",
            taken="validity",
            metavar="12 months",
        ),
    ] = None
    round: Annotated[
        Round | None,
        Param("expire at the end of the month, quarter or year", "最后一天延到期末：月、季或年"),
    ] = None


def counts(rule: GrantingRule) -> bool:
    """Whether a rule counts what a day holds."""
    by_default = rule.each == "day" and rule.per is None and rule.event.strip().casefold() == ORDER
    return rule.of == "count" or (rule.of is None and by_default)


def nth_that_counts(rule: GrantingRule) -> int:
    """With how many a rule that counts grants: over 3 is with the fourth."""
    return max(math.floor(rule.over) + 1, 1) if rule.over is not None else 1


def names_of(rules: tuple[GrantingRule, ...]) -> list[str]:
    """What rules are called in tables: their names, else their events, told apart by numbers."""
    plain = [rule.name or rule.event for rule in rules]
    return [
        name if plain.count(name) == 1 else f"{name} {plain[: index + 1].count(name)}"
        for index, name in enumerate(plain)
    ]
