"""The demo shop's calls: agents, a log of lists with users held back by lot, who isn't to be called.

Orders are there already, so the lots are drawn given who bought: of those who bought within a week
after their day on a list more were called, in just the proportion that makes called users' chance
that much higher (Bayes). With q of all on lists buying, a share s called and a chance higher by d,
p1 = q + (1 - s) d of those called buy; whoever bought was called with the chance s p1 / q, whoever
didn't with s (1 - p1) / (1 - q). Together that is an experiment in which s are called by lot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from userops.demo.shop import LAST_DAY, Dice, Order, User

AGENTS = ("agent_id", "capacity", "days_off")
CONTACTS = ("contact_time", "user_id", "group", "reason", "agent_id", "status", "duration")
DO_NOT_CONTACT = ("user_id", "since", "reason")
# How much more of those called buy within a week, by the reason; and the share that is called.
EFFECTS = {"winback": 0.09, "new": 0.0}
CALLED = 0.8
TABLE = """
## agents.csv, contacts.csv, do_not_contact.csv

Who calls, how many a day and when not; the log of lists in 2025, each user once; and who asked to
be left alone.

| column | meaning |
|---|---|
| `agent_id`, `capacity`, `days_off` | the agent, calls a day, weekdays or dates without calls |
| `contact_time`, `user_id` | when, who |
| `group` | `listed`, or `holdout`: on the list and left alone by lot, one of five |
| `reason` | `winback`: 31 to 60 days without an order; `new`: the days after a first order |
| `agent_id`, `status`, `duration` | who called, `reached` or `no answer`, seconds of talk |
| `since`, `reason` | of `do_not_contact.csv`: from when on, and why |

Who was called was drawn given the orders that are there, so that calls for `winback` make 9 of 100 users
more order within a week, and calls for `new` none.
"""
_FROM = date(2025, 2, 1)
_DAYS = 7
_TEAM = (
    ("a01", 20, "sat, sun"), ("a02", 18, "周一"), ("a03", 16, "sun"), ("a04", 20, "wed, thu"),
    ("a05", 18, "2025-12-31..2026-01-04"),
)  # fmt: skip
_VOID = ("cancelled", "pending", "refunded")
_WHY = ("asked to be left alone", "wrong number", "complaint", "moved abroad")


class Turn(NamedTuple):
    """A user's day on a list, and whether an order came within a week."""

    day: date
    user: User
    reason: str
    bought: bool


def agents() -> Iterator[tuple[str, int, str]]:
    """The team."""
    yield from _TEAM


def contacts(
    dice: Dice, members: Sequence[User], orders: Iterable[Order]
) -> list[Sequence[object]]:
    """The log, by time: a row a user, each once."""
    days: defaultdict[str, list[date]] = defaultdict(list)
    for order in orders:
        if order.status not in _VOID:
            days[order.user.user_id].append(order.paid.date())
    turns = [turn for user in members if (turn := _turn(dice, user, days[user.user_id]))]
    rows: list[Sequence[object]] = []
    for reason, effect in EFFECTS.items():
        alike = [turn for turn in turns if turn.reason == reason]
        bought = sum(turn.bought for turn in alike)
        share = bought / len(alike) if alike else 0.0
        called = share + (1 - CALLED) * effect
        for turn in alike:
            odds = called / share if turn.bought else (1 - called) / (1 - share)
            rows.append(_row(dice, turn, called=dice.chance(CALLED * odds)))
    return sorted(rows, key=lambda row: (str(row[0]), str(row[1])))


def _turn(dice: Dice, user: User, days: Sequence[date]) -> Turn | None:
    """A day on which a user could stand on a list; None where there's none, or he wasn't drawn."""
    if not days:
        return None
    last = LAST_DAY - timedelta(_DAYS + 1)
    if dice.chance(0.35):
        reason, possible = "new", [days[0] + timedelta(number) for number in (1, 2, 3)]
    else:
        reason = "winback"
        # Silent for 31 to 60 days; an order on the day itself comes after the list.
        spans = [*pairwise(days), (days[-1], LAST_DAY)]
        possible = [
            earlier + timedelta(number)
            for earlier, later in spans
            for number in range(31, min(60, (later - earlier).days) + 1)
        ]
    possible = [day for day in possible if _FROM <= day <= last]
    if not possible:
        return None
    day = possible[dice.below(len(possible))]
    bought = any(0 <= (one - day).days <= _DAYS for one in days)
    return Turn(day, user, reason, bought)


def _row(dice: Dice, turn: Turn, *, called: bool) -> Sequence[object]:
    if not called:
        return f"{turn.day} 09:00:00", turn.user.user_id, "holdout", turn.reason, "", "", ""
    time = f"{turn.day} {9 + dice.below(9):02d}:{dice.below(60):02d}:{dice.below(60):02d}"
    agent = _TEAM[turn.user.number % len(_TEAM)][0]
    is_reached = dice.chance(0.62)
    status = "reached" if is_reached else "no answer"
    seconds = 20 + int(120 * dice.exponential()) if is_reached else 0
    return time, turn.user.user_id, "listed", turn.reason, agent, status, seconds


def do_not_contact(dice: Dice, members: Sequence[User]) -> list[Sequence[object]]:
    """Who asked to be left alone, by day."""
    rows: list[Sequence[object]] = []
    for user in members:
        if dice.chance(0.01):
            since = _FROM + timedelta(dice.below(300))
            if since > user.registered.date():
                rows.append((user.user_id, since, _WHY[dice.below(len(_WHY))]))
    return sorted(rows, key=lambda row: (str(row[1]), str(row[0])))
