"""The demo shop's programme of points: its ledger as the shop's system booked it, with twelve faults.

Points since 11 November 2025, by the rules in the demo's README: 1 a yuan paid, 10 for more than three
orders in a day, 10 for browsing over 40 seconds once a day, 1 for sharing, 5 a day at most. They live
for a month. What is booked here is worked out plainly, entry by entry and lot by lot, apart from
what `userops points` does.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from userops.demo.shop import LAST_DAY, Dice, Event, Order

POINTS = (
    "entry_id", "user_id", "time", "kind", "points", "before", "after", "order_id", "rule",
)  # fmt: skip
START = date(2025, 11, 11)
RANKS = {"earn": 0, "restore": 1, "reverse": 2, "redeem": 3}
FAULTS = ("missing", "missing", "missing", "extra", "extra", "amount", "amount", "amount", "date",
          "date", "balance", "balance")  # fmt: skip
UNPAID = ("cancelled", "pending")


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry of the ledger."""

    user: str
    time: datetime
    kind: str
    points: int
    order: str = ""
    rule: str = ""
    before: int = 0
    after: int = 0


@dataclass(slots=True)
class Lot:
    """Points that were earned at once, and through which day they live."""

    last: date
    left: int
    order: str


@dataclass(slots=True)
class Wallet:
    """One user's lots, and which of them each order's redemption took."""

    lots: list[Lot] = field(default_factory=list)
    taken: dict[str, list[tuple[Lot, int]]] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """What can be used."""
        return sum(lot.left for lot in self.lots)


def ledger(
    dice: Dice, orders: Sequence[tuple[str, Order]], events: Sequence[Event]
) -> Iterator[Sequence[object]]:
    """The rows of points.csv, by time; orders come with their ids."""
    earned: dict[str, list[Booking]] = defaultdict(list)
    for booking in (*_of_orders(orders), *_busy_days(orders), *_of_events(events)):
        earned[booking.user].append(booking)
    booked = [one for user in sorted(earned) for one in _booked(dice, earned[user])]
    booked.sort(key=lambda one: (one.time, one.user, one.kind, one.order, one.rule))
    for number, one in enumerate(_with_faults(dice, booked), start=1):
        yield (
            f"p{number:05d}", one.user, one.time, one.kind, one.points, one.before, one.after,
            one.order, one.rule,
        )  # fmt: skip


def _of_orders(orders: Sequence[tuple[str, Order]]) -> Iterator[Booking]:
    """A point a yuan paid; what a refund leaves too many is taken back, on the order's own day."""
    for order_id, order in orders:
        if order.status in UNPAID or order.paid.date() < START:
            continue
        user, points = order.user.user_id, order.amount // 100
        back = points - (order.amount - order.refund) // 100
        if points:
            yield Booking(user, order.paid, "earn", points, order_id, "order")
        if back:
            yield Booking(user, order.paid, "reverse", -back, order_id, "order")


def _busy_days(orders: Sequence[tuple[str, Order]]) -> Iterator[Booking]:
    """Ten points with the fourth order of a day; those given back in full are none."""
    days: dict[tuple[str, date], list[tuple[datetime, str]]] = defaultdict(list)
    for order_id, order in orders:
        kept = order.amount == 0 or order.amount > order.refund
        if order.status not in UNPAID and kept and order.paid.date() >= START:
            days[order.user.user_id, order.paid.date()].append((order.paid, order_id))
    for (user, _), bought in sorted(days.items()):
        if len(bought) > 3:
            yield Booking(user, sorted(bought)[3][0], "earn", 10, "", "busy day")


def _of_events(events: Sequence[Event]) -> Iterator[Booking]:
    """Ten points for the first long look of a day, one for each of five shares."""
    seen: dict[tuple[str, str, date], int] = defaultdict(int)
    for event in sorted(events, key=lambda one: (one.time, one.made)):
        long_look = event.event == "browse" and (event.duration or 0) > 40
        if event.time.date() < START or not (long_look or event.event == "share"):
            continue
        user = event.user.user_id
        seen[user, event.event, event.time.date()] += 1
        most, points = (1, 10) if long_look else (5, 1)
        if seen[user, event.event, event.time.date()] <= most:
            yield Booking(user, event.time, "earn", points, "", event.event)


def _booked(dice: Dice, earned: Sequence[Booking]) -> Iterator[Booking]:
    """One user's ledger: what was earned, and what of it was redeemed, restored and lost."""
    wallet, waiting = Wallet(), sorted(earned, key=_turn)
    while waiting:
        one = waiting.pop(0)
        yield from _expired(wallet, one.user, one.time.date())
        before = wallet.balance
        _change(wallet, one)
        yield replace(one, before=before, after=before + one.points)
        if one.kind == "restore":  # to lots whose time may be over
            yield from _expired(wallet, one.user, one.time.date(), one.time)
        later = _redemption(dice, wallet, one, waiting)
        waiting = sorted([*waiting, *later], key=_turn)
    yield from _expired(wallet, earned[0].user, LAST_DAY)


def _turn(one: Booking) -> tuple[datetime, int, str, str]:
    return one.time, RANKS[one.kind], one.order, one.rule


def _redemption(
    dice: Dice, wallet: Wallet, one: Booking, waiting: Sequence[Booking]
) -> list[Booking]:
    """Now and then a user spends hundreds within minutes of an order; some think better of it."""
    if one.kind != "earn" or one.rule != "order" or wallet.balance < 200 or not dice.chance(0.4):
        return []
    if any(other.order == one.order for other in waiting):  # it's being given back
        return []
    points = 100 * (1 + dice.below(wallet.balance // 100))
    spent = one.time + timedelta(minutes=3 + dice.below(50))
    if any(other.time <= spent for other in waiting) or spent.date() > LAST_DAY:
        return []
    later = [Booking(one.user, spent, "redeem", -points, one.order)]
    undone = spent + timedelta(days=1 + dice.below(10))
    if dice.chance(0.08) and undone.date() <= LAST_DAY:
        later.append(Booking(one.user, undone, "restore", points, one.order))
    return later if spent.date() == one.time.date() else []


def _change(wallet: Wallet, one: Booking) -> None:
    """Change the lots by an entry."""
    if one.kind == "earn":
        wallet.lots.append(Lot(_month_later(one.time.date()), one.points, one.order))
    elif one.kind == "restore":
        for lot, points in wallet.taken.pop(one.order):
            lot.left += points
    else:
        own = [lot for lot in wallet.lots if one.kind == "reverse" and lot.order == one.order]
        left, took = -one.points, []
        for lot in (*own, *sorted(wallet.lots, key=lambda lot: lot.last)):
            part = min(lot.left, left)
            lot.left, left = lot.left - part, left - part
            took.append((lot, part))
        wallet.taken[one.order] = took


def _month_later(day: date) -> date:
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _expired(wallet: Wallet, user: str, day: date, at: datetime | None = None) -> Iterator[Booking]:
    """What is gone by the start of a day, booked at the first minute after each lot's last day, or `at`."""
    days = sorted({lot.last for lot in wallet.lots if lot.left and lot.last < day})
    for last in days:
        gone = [lot for lot in wallet.lots if lot.last == last]
        points, before = sum(lot.left for lot in gone), wallet.balance
        for lot in gone:
            lot.left = 0
        booked = at or datetime.combine(last + timedelta(days=1), time())
        yield Booking(user, booked, "expire", -points, "", "", before, before - points)


def _with_faults(dice: Dice, booked: Sequence[Booking]) -> Sequence[Booking]:
    """The ledger with faults in it, each at an entry of another user who earned by an order."""
    found: dict[str, int] = {}
    for place, one in enumerate(booked):
        if one.kind == "earn" and one.rule == "order" and one.points > 20:
            found.setdefault(one.user, place)
    users, faulty = sorted(found), {}
    for fault in FAULTS:
        if users:
            faulty[found[users.pop(dice.below(len(users)))]] = fault
    rows: list[Booking] = []
    for place, one in enumerate(booked):
        rows += _faulty(one, faulty[place]) if place in faulty else [one]
    return sorted(rows, key=lambda one: (one.time, one.user, one.kind, one.order, one.rule))


def _faulty(one: Booking, fault: str) -> list[Booking]:
    """What stands in place of an entry."""
    if fault == "missing":
        return []
    if fault == "extra":
        again = replace(one, order=f"{one.order[:-5]}99999", before=one.after)
        return [one, replace(again, after=again.before + again.points)]
    if fault == "amount":
        return [replace(one, points=one.points + 11, after=one.after + 11)]
    if fault == "date":
        return [replace(one, time=one.time - timedelta(days=2))]
    return [replace(one, after=one.after + 7)]


TABLE = """
## points.csv

The shop's ledger of points, one row an entry, by time, since the programme began. Twelve of its
entries aren't right: `userops points orders.csv --events events.csv --points points.csv --show reconcile`
finds three that are missing, two that no rule grants, three of another amount, two on another day and two
whose balance doesn't add up, and no other. A refund is booked with its order, for `orders.csv` doesn't
tell when it was.

| column | meaning |
|---|---|
| `entry_id`, `user_id`, `time` | which, whose, when |
| `kind` | `earn`, `redeem`, `expire`, `reverse` (of an order given back), `restore` (a redemption undone) |
| `points` | by how much it changes the balance |
| `before`, `after` | the balance |
| `order_id`, `rule` | what it came of |

Both programmes stand in `userops.toml`.
"""
# Both programmes, of points and of levels.
RULES = """\
[points]
start = "2025-11-11"
valid = "1 month"
point_cost = 0.01

[[points.rules]]
event = "order"
per = 1

[[points.rules]]
name = "busy day"
event = "order"
each = "day"
over = 3
points = 10

[[points.rules]]
event = "browse"
each = "day"
over = 40
points = 10

[[points.rules]]
event = "share"
cap_day = 5

[[members.rules]]
event = "register"
points = 100

[[members.rules]]
event = "order"
per = 1

[[members.ladder]]
name = "普通"

[[members.ladder]]
name = "银卡"
threshold = 500
benefit_cost = 5

[[members.ladder]]
name = "金卡"
threshold = 2000
benefit_cost = 20

[[members.ladder]]
name = "铂金"
threshold = 5000
benefit_cost = 60

[[members.ladder]]
name = "钻石"
threshold = 10000
benefit_cost = 120
"""
