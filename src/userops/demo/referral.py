"""What is odd about a few invitations in the demo shop, and the list of its leaders.

Of the users who came by referral three invited one another in a circle, one names herself, and
all who came on the busiest day name one leader. Nobody else's inviter changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from userops.demo.shop import Dice, User

LEADERS = ("leader_id", "name", "group_id", "since")
LEADERS_A_GROUP = 4
_RING = 3


def with_odd_invitations(dice: Dice, members: Sequence[User]) -> list[User]:
    """The users, with the inviters of a few changed; none where too few came by referral."""
    came = [user for user in members if user.inviter]
    days = Counter(user.registered.date() for user in came)
    if len(days) < 2:
        return list(members)
    busiest = max(days, key=lambda day: (days[day], day))
    inviter = {user.user_id: user.inviter for user in came}
    others = [user for user in came if user.registered.date() != busiest]
    drawn: list[User] = []
    while len(drawn) < min(_RING + 1, len(others)):
        user = others[dice.below(len(others))]
        if user not in drawn:
            drawn.append(user)
    alone, *ring = drawn
    inviter[alone.user_id] = alone.user_id
    if len(ring) == _RING:
        for user, above in zip(ring, [ring[-1], *ring], strict=False):
            inviter[user.user_id] = above.user_id
    earlier = [user for user in members if user.registered.date() < busiest and user not in drawn]
    if earlier:
        leader = earlier[dice.below(len(earlier))]
        inviter |= {
            user.user_id: leader.user_id for user in came if user.registered.date() == busiest
        }
    return [replace(user, inviter=inviter.get(user.user_id, "")) for user in members]


def leaders(dice: Dice, members: Sequence[User]) -> Iterator[tuple[object, ...]]:
    """Rows of the list of leaders: the first members of each group, who began some days later."""
    groups = sorted({user.group for user in members if user.group})
    for group in groups:
        first = [user for user in members if user.group == group][:LEADERS_A_GROUP]
        for number, user in enumerate(first, 1):
            since = (user.registered + timedelta(dice.below(30))).date()
            yield user.user_id, f"{group} 团长 {number}", group, since
