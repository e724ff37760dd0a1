"""A user's points, lot by lot: what is spent, taken back, given back and expires, from which lot.

lot : points earned at once
    An entry that earns, with the last day on which its points can be used. What is spent takes the lot
    that expires first, then the oldest. What is taken back of an order takes the order's own lot
    first; what has expired of it is gone already, and isn't taken once more from another. Beyond the
    balance it's a debt, which what comes next pays first. A redemption that is
    undone gives back to the lots that it took from, those it took last first; where such a lot's
    time is over, its points are gone at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from userops.core.dates import to_date, to_day
from userops.core.validity import Validity

FOREVER = 2**31 - 1  # the last day of lots that never expire
EARN, REDEEM, EXPIRE, REVERSE, RESTORE, ADJUST = (
    "earn", "redeem", "expire", "reverse", "restore", "adjust",
)  # fmt: skip
KINDS = (EARN, RESTORE, ADJUST, REVERSE, REDEEM, EXPIRE)  # at one time they count in this order


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a ledger: `points` as they change the balance; `number` is its place in the ledger."""

    number: int
    day: int
    kind: str
    points: int
    entry_id: str | None = None
    lot_id: str | None = None
    order_id: str | None = None
    rule: str | None = None
    last_day: int = FOREVER
    idle: Validity | None = None  # how long it lives after the last activity


@dataclass(frozen=True, slots=True)
class Move:
    """What an entry, or time, does to a lot: so many points, above 0, of a kind."""

    lot: int  # the number of the entry that earned it
    day: int
    kind: str
    points: int
    entry: int | None = None  # the entry that does it; None where time does


@dataclass(slots=True)
class _Lot:
    number: int
    last_day: int
    left: int
    entry: Entry
    size: int = 0  # what was earned
    gone: int = 0  # what expired, and wasn't taken back besides


@dataclass(slots=True)
class _Taken:
    """What an entry took: from which lots, in that order, and what it still owes."""

    entry: Entry
    kind: str
    lots: list[tuple[_Lot, int]] = field(default_factory=list)
    owed: int = 0


@dataclass(slots=True)
class Account:
    """One user's lots; entries are booked in the order of time."""

    expires: bool = True  # whether time alone makes points expire
    moves: list[Move] = field(default_factory=list)
    lots: list[_Lot] = field(default_factory=list)
    taken: list[_Taken] = field(default_factory=list)
    open: dict[int, _Lot] = field(default_factory=dict)  # lots with points left, by their numbers
    owes: bool = False  # whether any of what was taken is owed still
    active: int | None = None  # the last day on which something was earned or redeemed

    @property
    def debts(self) -> dict[str, int]:
        """What is owed, by the kind of entry that made it."""
        owed: dict[str, int] = {}
        for one in self.taken:
            if one.owed:
                owed[one.kind] = owed.get(one.kind, 0) + one.owed
        return owed

    def book(self, entries: Iterable[Entry], as_of: int) -> None:
        """Book entries, which ascend in time, and what expires until a day."""
        for entry in entries:
            self._expire(entry.day)
            self._book(entry)
        self._expire(as_of)

    def last_day(self, lot: _Lot) -> int:
        """The last day on which a lot can be used, as things stand."""
        idle = lot.entry.idle
        if idle is None:
            return lot.last_day
        since = to_date(self.active if self.active is not None else lot.entry.day)
        return as_day(idle.last_day(since))

    def _book(self, entry: Entry) -> None:
        match entry.kind:
            case "restore":
                self._restore(entry)
            case kind if entry.points >= 0:
                if kind == EARN:
                    self.active = entry.day
                self._earn(entry, entry.points)
            case "redeem":
                self.active = entry.day
                self._take(entry, REDEEM, [])
            case "expire":
                self._take(entry, EXPIRE, self._own(entry))
            case _:
                self._take(entry, REVERSE, self._own(entry))

    def _earn(self, entry: Entry, points: int) -> None:
        lot = _Lot(entry.number, entry.last_day, 0, entry, points)
        self.lots.append(lot)
        self._fill(lot, points, entry)

    def _fill(self, lot: _Lot, points: int, entry: Entry) -> None:
        """Put points into a lot; debts are paid from them first, the oldest first."""
        lot.left += points
        self.open[lot.number] = lot
        for one in self.taken if self.owes else ():
            if one.owed and lot.left:
                paid = min(one.owed, lot.left)
                one.owed -= paid
                self._from_lot(one, lot, paid, entry)
        self.owes = any(one.owed for one in self.taken) if self.owes else False

    def _own(self, entry: Entry) -> list[_Lot]:
        """The lots that an entry names: by their id, else those of its order, of its rule first."""
        if entry.lot_id is not None:
            its = entry.lot_id
            named = [lot for lot in self.lots if its in (lot.entry.entry_id, lot.entry.lot_id)]
            if named:
                return named
        if entry.order_id is None:
            return []
        of_order = [lot for lot in self.lots if lot.entry.order_id == entry.order_id]
        return sorted(of_order, key=lambda lot: (lot.entry.rule != entry.rule, lot.number))

    def _take(self, entry: Entry, kind: str, own: list[_Lot]) -> None:
        taken = _Taken(entry, kind)
        self.taken.append(taken)
        left = -entry.points
        if self.expires and entry.kind == REVERSE:
            left -= _gone_already(own, left)
        first_to_go = sorted(self.open.values(), key=lambda lot: (self.last_day(lot), lot.number))
        for lot in (*own, *first_to_go):
            part = min(lot.left, left)
            if part:
                left -= part
                self._from_lot(taken, lot, part, entry)
        taken.owed = left
        self.owes = self.owes or left > 0

    def _from_lot(self, taken: _Taken, lot: _Lot, points: int, entry: Entry) -> None:
        lot.left -= points
        if not lot.left:
            self.open.pop(lot.number, None)
        taken.lots.append((lot, points))
        self.moves.append(Move(lot.number, entry.day, taken.kind, points, taken.entry.number))

    def _restore(self, entry: Entry) -> None:
        left = entry.points
        for taken in self._sources(entry):
            part = min(taken.owed, left)
            taken.owed -= part
            left -= part
            while left and taken.lots:
                lot, points = taken.lots.pop()
                part = min(points, left)
                if part < points:
                    taken.lots.append((lot, points - part))
                left -= part
                self.moves.append(Move(lot.number, entry.day, RESTORE, part, entry.number))
                self._fill(lot, part, entry)
                if self.expires and self.last_day(lot) < entry.day:
                    self._gone(lot, entry.day)
            if not left:
                return
        self._earn(entry, left)  # more than was ever redeemed: points of its own

    def _sources(self, entry: Entry) -> Iterator[_Taken]:
        """The redemptions that an entry undoes, the latest first: those it names, by id or order, else all."""
        is_named = False
        for one in reversed(self.taken):
            if one.kind == REDEEM and _names(entry, one.entry):
                is_named = True
                yield one
        if not is_named:
            yield from (one for one in reversed(self.taken) if one.kind == REDEEM)

    def _expire(self, day: int) -> None:
        """What's gone by the start of a day."""
        if not self.expires:
            return
        for lot in list(self.open.values()):
            if (last := self.last_day(lot)) < day:
                self._gone(lot, last + 1)

    def _gone(self, lot: _Lot, day: int) -> None:
        if lot.left:
            self.moves.append(Move(lot.number, day, EXPIRE, lot.left))
            lot.gone += lot.left
            lot.left = 0
            self.open.pop(lot.number, None)


def _gone_already(own: list[_Lot], points: int) -> int:
    """How many of the points that are taken back of some lots have expired, and count as taken back now."""
    found, free = 0, points
    for lot in own:
        free -= min(lot.left, free)
        part = min(lot.gone, free)
        lot.gone, free, found = lot.gone - part, free - part, found + part
    return found


def _names(entry: Entry, redemption: Entry) -> bool:
    by_id = entry.lot_id is not None and entry.lot_id == redemption.entry_id
    return by_id or (entry.order_id is not None and entry.order_id == redemption.order_id)


def as_day(day: date | None) -> int:
    """A last day as a number."""
    return FOREVER if day is None else to_day(day)
