"""A period's business: users x value per user - costs, and what the change between two comes from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from userops.analyses.business.outlay import Outlay, Team
from userops.customers.measures import OrderMeasures, Span
from userops.datasets.cost_kinds import DELIVERY, STAFF, TRAFFIC

TAKEN_OFF = (TRAFFIC, DELIVERY)  # from revenue


@dataclass(frozen=True, slots=True)
class Figures:
    """A period in whole minor units; None is what isn't known of all its days.

    `kinds` are those of the costs taken off that there are at all.
    """

    span: Span
    users: int
    revenue: int
    costs: dict[str, int | None]
    staff: int | None
    team: Fraction | None
    kinds: frozenset[str]

    @property
    def value_per_user(self) -> Fraction | None:
        """Revenue / users."""
        return Fraction(self.revenue, self.users) if self.users else None

    @property
    def value(self) -> int | None:
        """Revenue - costs; of kinds that no costs are there of, before them."""
        taken = [self.costs[kind] for kind in TAKEN_OFF if kind in self.kinds]
        known = [cost for cost in taken if cost is not None]
        return self.revenue - sum(known) if taken and len(known) == len(taken) else None

    @property
    def value_per_head(self) -> Fraction | None:
        """What each of the team brought."""
        return None if self.value is None or not self.team else self.value / self.team

    @property
    def covers_team(self) -> bool | None:
        """Whether that's no less than the staff costs."""
        return None if self.value is None or self.staff is None else self.value >= self.staff


def figures(
    measures: OrderMeasures, spans: list[Span], outlay: Outlay, team: Team
) -> list[Figures]:
    """Of each of some spans, which don't overlap and ascend."""
    kinds = frozenset(TAKEN_OFF) & outlay.by_kind.keys()
    return [
        Figures(
            span,
            int(measured["active"] or 0),
            int(measured["revenue"] or 0),
            {kind: outlay.of_kind(kind, span) for kind in TAKEN_OFF},
            outlay.of_kind(STAFF, span),
            team.mean(span),
            kinds,
        )
        for span, measured in zip(spans, measures.measures(spans), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Effects:
    """Parts of a change in whole minor units, which add up to it; None where a cost isn't known."""

    users: int
    value: int
    costs: dict[str, int | None]


def effects(now: Figures, before: Figures) -> Effects:
    """What a change comes from: users and value per user by their Shapley values, costs by difference.

    Where nobody bought in one of the periods, value per user is the other's: all of the change is
    its users'. Revenue without users, a refund of orders that aren't there, is a matter of value.
    """
    worth_now = now.value_per_user if now.users else before.value_per_user
    worth_before = before.value_per_user if before.users else now.value_per_user
    change = now.revenue - before.revenue
    by_users = (
        Fraction(now.users - before.users) * (worth_now + worth_before) / 2
        if worth_now is not None and worth_before is not None
        else Fraction(0)
    )
    of_users = (2 * by_users.numerator + by_users.denominator) // (2 * by_users.denominator)
    costs: dict[str, int | None] = {}
    for kind in TAKEN_OFF:
        spent, spent_before = now.costs[kind], before.costs[kind]
        known = spent is not None and spent_before is not None
        costs[kind] = spent_before - spent if known else None  # type: ignore[operator]
    return Effects(of_users, change - of_users, costs)
