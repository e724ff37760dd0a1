"""Rule tables: from scores to a segment's name.

A rule table is data: rows of score ranges on the five-point scale, first match wins.

grid : rule table
    Ours, R x F: complete and disjoint. Where F ties, F 1 can be a buyer of many orders: New and
    Promising are only those whose first order lies within 90 days of as_of, others with R 4-5 and F 1
    are Potential loyalists. Whose tier is `new` is never Hibernating, but New.
intervals : rule table
    That of the R package rfm 0.3.0 (Hebbali), else "Others".
rfm8 : rule table
    The eight value groups of the Chinese trade, which compare with the mean over users
    instead of scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from userops.core.errors import UsageError

Range = tuple[int, int]
_ANY: Range = (1, 5)
SCALE = 5
# How long ago a first order may lie for a user to count as recent in rules that ask for it.
RECENT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment: inclusive ranges of scores, and the playbook's line for it."""

    name: str
    r: Range = _ANY
    f: Range = _ANY
    m: Range = _ANY
    action: str = ""
    # For who came within `RECENT_DAYS` alone; or with another range of F for who came before.
    only_recent: bool = False
    f_before: Range | None = None
    # Whether its line gives up on users: nobody who has only just come is told so.
    gives_up: bool = False

    def matches(self, r: int, f: int, m: int, *, recent: bool = True) -> bool:
        """Whether scores on the five-point scale fall into the rule."""
        f_range = self.f if recent or self.f_before is None else self.f_before
        return (recent or not self.only_recent) and all(
            low <= score <= high
            for (low, high), score in zip((self.r, f_range, self.m), (r, f, m), strict=True)
        )


@dataclass(frozen=True, slots=True)
class RuleTable:
    """Rules in order; `otherwise` names what none of them matches."""

    name: str
    rules: tuple[Rule, ...]
    otherwise: Rule | None = None
    welcome: str = ""  # the segment of newcomers whom a rule would give up on

    @property
    def segments(self) -> tuple[Rule, ...]:
        """Every segment, in the table's order."""
        return (*self.rules, self.otherwise) if self.otherwise else self.rules

    def lookup(self, bins: int, *, recent: bool = True) -> list[int]:
        """Index into `segments` for each (r, f, m) score from 1 to `bins`, m running fastest.

        Of users whose first order is `recent`, or of others.
        """
        points = [five_points(score, bins) for score in range(1, bins + 1)]
        return [self._index(*scores, recent=recent) for scores in product(points, repeat=3)]

    def _index(self, r: int, f: int, m: int, *, recent: bool) -> int:
        for index, rule in enumerate(self.rules):
            if rule.matches(r, f, m, recent=recent):
                return index
        return len(self.rules)

    def welcomed(self) -> list[int]:
        """For each of `segments`, the one that newcomers are in instead."""
        names = [rule.name for rule in self.segments]
        return [
            names.index(self.welcome) if rule.gives_up and self.welcome else index
            for index, rule in enumerate(self.segments)
        ]


def five_points(score: int, bins: int) -> int:
    """A score of 1 to `bins` on the five-point scale that rules speak of; ends meet ends."""
    return 1 + ((score - 1) * 2 * (SCALE - 1) + (bins - 1)) // (2 * (bins - 1))


def check(table: RuleTable) -> Iterator[str]:
    """Overlaps between a table's rules, in words.

    Raises:
        UsageError: scores that no rule matches, or a rule that nothing can reach.
    """
    cells = list(product(range(1, SCALE + 1), repeat=3))
    matching = {cell: [rule for rule in table.rules if rule.matches(*cell)] for cell in cells}
    gaps = [cell for cell, rules in matching.items() if not rules]
    if gaps and table.otherwise is None:
        examples = ", ".join(f"{r}-{f}-{m}" for r, f, m in gaps[:3])
        raise UsageError(
            f"segments {table.name}: {len(gaps)} of 125 scores (R-F-M) match no rule, such as {examples}",
            mend="widen a rule, or give the table an `otherwise` name",
        )
    for rule in table.rules:
        if not any(rules and rules[0] is rule for rules in matching.values()):
            raise UsageError(
                f"segments {table.name}: nothing can reach {rule.name!r}: the rules before it match all it would",
                mend="move it up, or take it out",
            )
    overlaps = {(rules[0].name, later.name) for rules in matching.values() for later in rules[1:]}
    for first, second in sorted(overlaps):
        yield f"segments {table.name}: {first!r} and {second!r} overlap; {first!r} wins"


GRID = RuleTable(
    "grid",
    (
        Rule("Champions", (5, 5), (4, 5), action="Thank them; early access, referral, no discount"),
        Rule("Loyal", (3, 4), (4, 5), action="Membership perks; ask for reviews; cross-sell"),
        Rule(
            "Potential loyalists",
            (4, 5),
            (2, 3),
            action="Offer membership and the next category",
            f_before=(1, 3),
        ),
        Rule(
            "New",
            (5, 5),
            (1, 1),
            action="Welcome; help with first use; second-order coupon",
            only_recent=True,
        ),
        Rule(
            "Promising",
            (4, 4),
            (1, 1),
            action="Remind of what they looked at; small second-order offer",
            only_recent=True,
        ),
        Rule("Need attention", (3, 3), (3, 3), action="A limited offer on what they buy"),
        Rule(
            "About to sleep",
            (3, 3),
            (1, 2),
            action="Bring back with best-sellers and a reason to look",
        ),
        Rule("Can't lose", (1, 2), (5, 5), action="Call in person; ask what went wrong; win back"),
        Rule("At risk", (1, 2), (3, 4), action="Personal win-back offer before they are gone"),
        Rule(
            "Hibernating",
            (1, 2),
            (1, 2),
            action="Low-cost reminder; else leave in peace",
            gives_up=True,
        ),
    ),
    welcome="New",
)

INTERVALS = RuleTable(
    "intervals",
    (
        Rule(
            "Champions", (5, 5), (5, 5), (5, 5), "Thank them; early access, referral, no discount"
        ),
        Rule(
            "Potential Loyalist", (3, 5), (3, 5), (2, 5), "Offer membership and the next category"
        ),
        Rule(
            "Loyal Customers",
            (2, 4),
            (2, 4),
            (2, 4),
            "Membership perks; ask for reviews; cross-sell",
        ),
        Rule(
            "Promising",
            (3, 4),
            (1, 3),
            (3, 5),
            "Remind of what they looked at; small second-order offer",
        ),
        Rule(
            "New Customers",
            (4, 5),
            (1, 3),
            (1, 5),
            "Welcome; help with first use; second-order coupon",
        ),
        Rule(
            "Can't Lose Them",
            (1, 2),
            (3, 4),
            (4, 5),
            "Call in person; ask what went wrong; win back",
        ),
        Rule("At Risk", (1, 2), (2, 5), (4, 5), "Personal win-back offer before they are gone"),
        Rule("Need Attention", (1, 3), (3, 5), (3, 5), "A limited offer on what they buy"),
        Rule(
            "About To Sleep",
            (2, 3),
            (1, 3),
            (1, 4),
            "Bring back with best-sellers and a reason to look",
        ),
        Rule(
            "Lost",
            (1, 1),
            (1, 5),
            (1, 5),
            "Low-cost reminder; else leave in peace",
            gives_up=True,
        ),
    ),
    otherwise=Rule("Others", action="Watch; no action of their own"),
)

# R, F and M high or low against the mean, in the trade's order.
RFM8 = (
    Rule("key value", action="Serve in person; keep what works"),
    Rule("key growth", action="Raise how often: reminders, refills, membership"),
    Rule("key keep", action="Reach out now, before they settle elsewhere"),
    Rule("key win back", action="Call in person with an offer of weight"),
    Rule("general value", action="Raise the basket: bundles, the next price level"),
    Rule("general growth", action="Second-order coupon; show the range"),
    Rule("general keep", action="Remind at low cost of what they used to buy"),
    Rule("general win back", action="Leave in mass mailings only", gives_up=True),
)

# By when they came and how much they buy; what makes a user which stands in `rfm`.
TIERS = (
    Rule("new", action="Second order within 30 days"),
    Rule("high", action="One person in charge of each; perks before discounts"),
    Rule("middle", action="Raise what lags, order count or basket"),
    Rule("low", action="Reach in groups, at low cost"),
)

TABLES = {table.name: table for table in (GRID, INTERVALS)}
