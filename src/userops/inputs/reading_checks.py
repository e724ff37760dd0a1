"""What reading an export can mean for a run as a whole: that nothing of it counts, that it's old."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from userops.core.dates import to_date
from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.core.messages import Note, Word
from userops.core.tally import by_reason
from userops.datasets.orders import Status
from userops.datasets.status_words import waits
from userops.readers.strict.netting import AFTER, REFUNDED, VOID
from userops.readers.strict.rows import PASSED_OVER

if TYPE_CHECKING:
    from userops.readers.orders import Orders

# Of no row in these is more to be said.
_ASIDE = (AFTER, *PASSED_OVER)
# An export may end so many days before as_of, and so many of its usual gaps, without a word.
_DAYS, _GAPS = 7, 3
_WORDS = 5  # status words that a message lists
# So many of the orders that don't count, and it's said which word they go by.
_MUCH = 0.5


def check_counts(dataset: str, facts: Facts, orders: Orders) -> None:
    """See that some row counts, where any is of a day that does.

    A header alone, and a day before the first row, have an empty result.

    Raises:
        InputError: none counts; says why, and what to do.
    """
    tally = facts.tally
    aside = sum(tally.left_out.get(reason, 0) for reason in _ASIDE)
    rows = tally.read - aside
    if tally.used or rows <= 0:
        return
    reasons = {
        reason: count
        for reason, count in {**tally.refused, **tally.left_out}.items()
        if reason not in _ASIDE
    }
    problem = Note(
        "{dataset}: none of {rows:row|rows} counts: {reasons}",
        dataset=Word(dataset),
        rows=rows,
        reasons=by_reason(reasons),
    )
    most = max(reasons, key=lambda reason: reasons[reason], default="")
    if dataset == "orders" and most in (VOID, REFUNDED):
        words = orders.status_words(Status.VOID if most == VOID else Status.REFUNDED)
        if words:
            problem = Note("{problem} ({words})", problem=problem, words=_counts(words))
        raise InputError(problem, mend=_mend(most, list(words)))
    if dataset == "messages" and not tally.refused:
        raise InputError(problem, mend="export the messages of groups")
    raise InputError(
        problem, mend="see the rows with --rejects FILE; is each column the right one?"
    )


def void_note(facts: Facts, orders: Orders) -> Note | None:
    """What most orders go by where most don't count: paid on delivery, maybe."""
    void, read = facts.tally.left_out.get(VOID, 0), facts.tally.read
    if not void or void < read * _MUCH or not facts.tally.used:
        return None
    words = orders.status_words(Status.VOID)
    waiting = [word for word in words if waits(word)]
    if not waiting:
        return None
    return Note(
        "{void:,} of {read:row|rows} don't count: their status is {words}; --status {example} "
        "would count them",
        void=void,
        read=read,
        words=_counts(words),
        example=shlex.quote(f"{waiting[0]}=valid"),
    )


def _counts(words: Mapping[str, int]) -> str:
    shown = [
        f"{word!r} ({rows:,})" if rows else repr(word)
        for word, rows in list(words.items())[:_WORDS]
    ]
    return ", ".join([*shown, *["..."] * (len(words) > _WORDS)])


def _mend(reason: str, words: Sequence[str]) -> str:
    """What would let orders count that don't, for a reason and by some words."""
    if reason == REFUNDED:
        return "is the right column taken? --map refund=COLUMN or --map status=COLUMN names another"
    waiting = [word for word in words if waits(word)][:_WORDS]
    if not waiting:
        column = "status" if words else "cancelled"
        return f"is the right column taken? --map {column}=COLUMN names another"
    options = " ".join(f"--status {shlex.quote(f'{word}=valid')}" for word in waiting)
    return f"{options}, if such orders count, as those paid on delivery do"


def stale(facts: Facts, orders: Orders, as_of: int | None) -> Note | None:
    """A warning where the orders end long before the day that was asked for.

    Long is more than seven days, and more than three of the gaps that usually lie between days
    with orders.
    """
    if as_of is None or facts.last_row is None or as_of - facts.last_row <= _DAYS:
        return None
    days = orders.days_with_orders(as_of)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    usual = median(gaps) if gaps else 0
    behind = as_of - facts.last_row
    if behind <= _GAPS * usual:
        return None
    return Note(
        "the last order is of {last}, {behind:day|days} before {as_of}: an old export? What follows "
        "takes those days for days without orders",
        last=to_date(facts.last_row),
        behind=behind,
        as_of=to_date(as_of),
    )
