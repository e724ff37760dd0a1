"""What reading assumed, or found odd, in words: nothing is guessed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import polars as pl

from userops.core.dates import to_date
from userops.core.facts import Facts
from userops.core.messages import Note
from userops.core.shell import quoted
from userops.datasets.fields import Dataset
from userops.readers.meaning.headers import folded
from userops.readers.strict import rows as cells
from userops.readers.values import times
from userops.readers.values.nobody import USER
from userops.readers.values.times import OFFSET

# Systems write 1900 and 1970 where they have no date; no shop exports orders from before this.
_OLD = 7305  # 1990-01-01
# The last days are odd when the shop was silent so long before them.
_SILENCE = 366
# How the note on late dates begins.
_LATE = "{rows:row has a date|rows have dates} from {day} on"
# Which column was taken for what.
COLUMNS = "{file}: {taken}"


def notes(
    name: str,
    counts: Counter[tuple[str, str]],
    timezone: str | None,
    written: str | None = None,
) -> Iterator[Note]:
    """What reading an export's values assumed.

    Args:
        name: the export's.
        counts: rows by what was assumed and the column's name.
        timezone: the shop's, where it's known.
        written: the one that the export's maker writes times in.
    """
    clock = Note("on the clock of {zone}", zone=timezone) if timezone else None
    offsets: dict[str, list[tuple[str, int]]] = {}
    nobody: dict[str, list[tuple[str, int]]] = {}
    for (what, column), rows in sorted(counts.items()):
        if rows and what.startswith(OFFSET):
            offsets.setdefault(column, []).append((what.removeprefix(OFFSET), rows))
        elif rows and what.startswith(cells.NOBODY):
            nobody.setdefault(column, []).append((what.removeprefix(cells.NOBODY), rows))
        elif rows:
            here = Note("{file}: {column!r}", file=name, column=column)
            if note := _of_values(what, here, rows, clock or _clock_of(written)):
                yield note
    for column, kinds in offsets.items():
        shown = [f"{offset} ({rows:,})" for offset, rows in kinds[:5]]
        yield Note(
            "{here}: {rows:time has|times have} an offset, {clock}: {kinds}",
            here=Note("{file}: {column!r}", file=name, column=column),
            rows=sum(rows for _, rows in kinds),
            clock=clock or Note("taken as written; --tz converts them to one time zone"),
            kinds=(*shown, *["..."] * (len(kinds) > 5)),
        )
    for column, kinds in nobody.items():
        yield _of_nobody(Note("{file}: {column!r}", file=name, column=column), kinds)


def _of_nobody(here: Note, words: list[tuple[str, int]]) -> Note:
    """Which words stood for no user, most rows first."""
    most = sorted(words, key=lambda one: (-one[1], one[0]))
    shown = [f"{word} ({rows:,})" for word, rows in most[:5]]
    return Note(
        "{here}: {rows:row has|rows have} no user: {kinds}; --nobody {said} if it is one",
        here=here,
        rows=sum(rows for _, rows in words),
        kinds=(*shown, *["..."] * (len(most) > 5)),
        said=quoted(most[0][0] + USER),
    )


def _clock_of(written: str | None) -> Note:
    """On which clock instants are where the shop's isn't known."""
    if written in (None, "UTC"):
        return Note("in UTC; --tz gives the shop's clock")
    return Note(
        "on the clock of {zone}, as all times of its maker; --tz gives another", zone=written
    )


def _of_values(what: str, here: Note, rows: int, clock: Note) -> Note | None:
    """What was assumed of so many rows of a column."""
    match what:
        case times.EPOCH:
            return Note(
                "{here}: {rows:time is a count|times are counts} since 1970, {clock}",
                here=here,
                rows=rows,
                clock=clock,
            )
        case times.SERIAL:
            return Note(
                "{here}: {rows:time is a spreadsheet's day number|times are a spreadsheet's day numbers}",
                here=here,
                rows=rows,
            )
        case times.DAY_FIRST | times.MONTH_FIRST:
            return Note(
                "{here}: {rows:date has|dates have} a year of two digits, read as in {like}; "
                "--date-format {format} or the like overrides it",
                here=here,
                rows=rows,
                like=what,
                format="'%y-%b-%d'",
            )
        case times.GAP:
            return Note(
                "{here}: {rows:time falls|times fall} where the clock was put forward; taken as written",
                here=here,
                rows=rows,
            )
        case times.CENTURY:
            return Note(
                "{here}: {rows:year of two digits is|years of two digits are} of the last century: "
                "in this one they'd lie more than a year past the file's time",
                here=here,
                rows=rows,
            )
        case cells.ROUNDED:
            return Note(
                "{here}: {rows:amount was|amounts were} rounded to the currency's smallest unit, half to even",
                here=here,
                rows=rows,
            )
        case cells.NEGATIVE:
            return Note(
                "{here}: {rows:negative amount was taken as a refund|negative amounts were taken as refunds}",
                here=here,
                rows=rows,
            )
        case cells.ABSURD:
            return Note(
                "{here}: {rows:amount|amounts} of {large:,} or more: please check",
                here=here,
                rows=rows,
                large=cells.ABSURD_FROM,
            )
    return None


def of_days(days: pl.DataFrame) -> tuple[Note, ...]:
    """What `odd_dates` says of days that a pass counted. `days`: each with its rows."""
    return tuple(odd_dates(Counter(dict(days.drop_nulls().iter_rows()))))


def may_be_odd(days: pl.Series) -> bool:
    """Whether `of_days` may have anything to say, by some of the days, the first and the last among them."""
    some = days.unique().sort()
    return bool(some[0] < _OLD or (some.diff() > _SILENCE).any())


def odd_dates(days: Counter[int]) -> Iterator[Note]:
    """Dates that are likely none: before 1990, or after a long silence. `days`: with their rows."""
    old = sum(rows for day, rows in days.items() if day < _OLD)
    if old:
        first = to_date(min(days))
        yield Note(
            "{rows:row has a date|rows have dates} before 1990, the first {first}: please check",
            rows=old,
            first=first,
        )
    recent = sorted(day for day in days if day >= _OLD)
    starts = [day for before, day in pairwise(recent) if day - before > _SILENCE]
    if starts:
        late = sum(days[day] for day in recent if day >= starts[-1])
        if late * 100 < days.total():
            yield Note(
                "{rows:row has a date|rows have dates} from {day} on, more than a year after all "
                "others; an earlier --as-of leaves that out",
                rows=late,
                day=to_date(starts[-1]),
            )


def that_count(facts: Facts) -> Facts:
    """What reading found out without what it says of dates that come after as_of anyway."""
    as_of = facts.window.as_of
    notes = [
        note
        for note in facts.notes
        if as_of is None or not note.sentence.startswith(_LATE) or note.facts["day"] <= as_of
    ]
    return facts if len(notes) == len(facts.notes) else replace(facts, notes=tuple(notes))


def not_obvious(note: Note, dataset: Dataset) -> Note | None:
    """A note of reading without columns that are called as their fields are, or hardly matter.

    What is paid back, and what several columns make together, does.
    """
    if note.sentence != COLUMNS:
        return note
    telling = {*dataset.needed, "refund"}
    told = tuple(
        one
        for one in note.facts["taken"]
        if one.facts["blank"]
        or one.facts["column"].count("'") > 2
        or (one.facts["field"] in telling and not _is_called_so(one.facts))
    )
    return Note("{file}: {taken}", file=note.facts["file"], taken=told) if told else None


def _is_called_so(facts: Mapping[str, str]) -> bool:
    """Whether a column's name says its field: order_time of 'Order Date', and no other could have been it."""
    column, field = folded(facts["column"]), facts["field"]
    if facts["other"] and field.endswith("_id"):  # `external_userid` says user_id, too
        return column == folded(field)
    if field.endswith("_time"):
        return folded(field.removesuffix("_time")) in column and any(
            word in column for word in ("time", "date", "day", "at")
        )
    return folded(field) in column
