"""The demo's campaigns: three lists whose effects are known, and the coupons of one.

Nobody's orders change: who got it is drawn given what they did, in the proportions that a randomised
experiment with that effect would have shown (Bayes: the chance of having got it, given what a user did,
is as that of doing so given having got it). So the lists and the orders together are those of a
campaign with the effect, which is there to the person.

winback works: of those who got it 3 points more ordered within 14 days.
double-11 only pulls orders forward: 7 points more ordered within 14 days, and as many fewer in the
30 days after; over 44 days nobody ordered who wouldn't have.
new-toys does nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from userops.demo.shop import Dice, Order, User

HEADER = ("user_id", "campaign", "group", "assigned_at", "delivered", "contact_cost")
COUPON_HEADER = (
    "user_id", "coupon", "coupon_id", "issued_at", "claimed_at", "redeemed_at", "order_id", "discount",
)  # fmt: skip
_WINDOW, _LATER = timedelta(15), timedelta(45)
_VOID = ("cancelled", "pending", "refunded")
Row = Sequence[object]
# What a user did: ordered in the window, ordered in the days after it.
Did = tuple[bool, bool]


class Campaign(NamedTuple):
    """A list, when it was sent, the share held back, and what having got it changes."""

    name: str
    sent: datetime
    control: float
    # By what a user did: how much likelier that is with it than without, in points.
    effect: Mapping[Did, float]
    registered_from: datetime  # who is on the list
    silent: int  # days without an order that put a user on it; 0: with or without orders
    fen: int  # what a contact costs


_BOTH, _SOON, _ONLY_LATER, _NEITHER = (True, True), (True, False), (False, True), (False, False)
WINBACK = Campaign(
    "winback", datetime(2025, 9, 3, 10), 0.3,
    {_BOTH: 0.0, _SOON: 0.03, _ONLY_LATER: 0.0, _NEITHER: -0.03}, datetime(2024, 1, 1), 60, 8,
)  # fmt: skip
FORWARD = Campaign(
    "double-11", datetime(2025, 11, 1, 9), 0.5,
    {_BOTH: 0.0, _SOON: 0.07, _ONLY_LATER: -0.07, _NEITHER: 0.0}, datetime(2024, 1, 1), 0, 5,
)  # fmt: skip
NOTHING = Campaign(
    "new-toys", datetime(2025, 10, 8, 11), 0.5,
    {_BOTH: 0.0, _SOON: 0.0, _ONLY_LATER: 0.0, _NEITHER: 0.0}, datetime(2025, 1, 1), 0, 5,
)  # fmt: skip
CAMPAIGNS = (WINBACK, NOTHING, FORWARD)


def assignments(
    dice: Dice, members: Sequence[User], orders: Sequence[Order]
) -> list[tuple[Campaign, User, bool]]:
    """Who was on which list, and whether it was sent; by campaign and user."""
    bought = _orders_by_user(orders)
    found: list[tuple[Campaign, User, bool]] = []
    for campaign in CAMPAIGNS:
        listed = [user for user in members if _is_listed(campaign, user, bought[user.number])]
        did = [_did(campaign, bought[user.number]) for user in listed]
        sent = _drawn(dice, did, _chances(campaign, did))
        found += [(campaign, user, place in sent) for place, user in enumerate(listed)]
    return found


def assignment_rows(
    dice: Dice, assigned: Sequence[tuple[Campaign, User, bool]], money: Callable[[int], str]
) -> Iterator[Row]:
    """Rows of assignments.csv: nine in ten were delivered."""
    for campaign, user, is_sent in assigned:
        delivered = is_sent and dice.chance(0.9)
        yield (
            user.user_id, campaign.name, "sent" if is_sent else "control", campaign.sent,
            int(delivered), money(campaign.fen if is_sent else 0),
        )  # fmt: skip


def coupon_rows(
    dice: Dice,
    assigned: Sequence[tuple[Campaign, User, bool]],
    orders: Sequence[tuple[str, Order]],
    money: Callable[[int], str],
) -> Iterator[Row]:
    """Rows of coupons.csv: one to everyone whom the second campaign was sent to.

    Most of those who order then use it, for their first order since.

    Args:
        dice: the stream.
        assigned: who was on which list.
        orders: order ids and orders, by time.
        money: how amounts are written.
    """
    by_user: defaultdict[int, list[tuple[str, Order]]] = defaultdict(list)
    for order_id, order in orders:
        by_user[order.user.number].append((order_id, order))
    serial = 0
    for campaign, user, is_sent in assigned:
        if campaign is not FORWARD or not is_sent:
            continue
        serial += 1
        within = [
            (order_id, order)
            for order_id, order in by_user[user.number]
            if campaign.sent <= order.paid < _day(campaign) + _WINDOW
            and order.amount > 2000
            and order.status not in ("cancelled", "pending")
        ]
        is_used = bool(within) and dice.chance(0.8)
        is_claimed = is_used or dice.chance(0.35)
        claimed = campaign.sent + timedelta(seconds=60 * (1 + dice.below(90)))
        order_id = within[0][0] if is_used else ""
        used = within[0][1].paid if is_used else None
        yield (
            user.user_id, "双11满减15元", f"c{serial:05d}", campaign.sent,
            min(claimed, used or claimed) if is_claimed else None,
            used, order_id, money(1500) if is_used else "",
        )  # fmt: skip


def _drawn(dice: Dice, did: Sequence[Did], chances: Mapping[Did, float]) -> set[int]:
    """Places of those who get it: of all who did a thing the share that the effect asks for."""
    draws = [(dice.draw(), place) for place in range(len(did))]
    sent: set[int] = set()
    for done, chance in chances.items():
        ordered = sorted(draw for draw in draws if did[draw[1]] == done)
        sent |= {place for _, place in ordered[: int(len(ordered) * chance + 0.5)]}
    return sent


def _day(campaign: Campaign) -> datetime:
    return datetime(campaign.sent.year, campaign.sent.month, campaign.sent.day)


def _orders_by_user(orders: Sequence[Order]) -> defaultdict[int, list[datetime]]:
    """When each user's valid orders were."""
    bought: defaultdict[int, list[datetime]] = defaultdict(list)
    for order in orders:
        if order.status not in _VOID:
            bought[order.user.number].append(order.paid)
    return bought


def _is_listed(campaign: Campaign, user: User, bought: Sequence[datetime]) -> bool:
    before = [time for time in bought if time < campaign.sent]
    if not campaign.registered_from <= user.registered < campaign.sent:
        return False
    return not campaign.silent or (
        bool(before) and campaign.sent - before[-1] > timedelta(campaign.silent)
    )


def _did(campaign: Campaign, bought: Sequence[datetime]) -> Did:
    start, end = campaign.sent, _day(campaign) + _WINDOW
    later = _day(campaign) + _LATER
    return any(start <= time < end for time in bought), any(end <= time < later for time in bought)


def _chances(campaign: Campaign, did: Sequence[Did]) -> dict[Did, float]:
    """The chance of having got it, by what a user did."""
    sent, held = 1 - campaign.control, campaign.control
    chances: dict[Did, float] = {}
    for done in campaign.effect:
        share = did.count(done) / max(1, len(did))
        # With it the share is larger by held x effect, without it smaller by sent x effect.
        with_it = max(0.0, share + held * campaign.effect[done])
        without = max(0.0, share - sent * campaign.effect[done])
        total = sent * with_it + held * without
        chances[done] = sent * with_it / total if total > 0 else sent
    return chances
