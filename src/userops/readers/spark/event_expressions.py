"""Light rules over events on Spark: a row as canonical columns, or what about it is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from userops.engines.spark import quoted
from userops.readers.fast.event_expressions import TEXTS
from userops.readers.options import ReadOptions
from userops.readers.spark.exports import Shelf
from userops.readers.spark.expressions import (
    DOUBT,
    KEY,
    STATE,
    VALID,
    Cell,
    day_of,
    first_of,
    identity,
    micros_of,
    nobody,
    number_of,
    of_text,
    told,
    told_elsewhere,
    unclean,
)

IDS = ("session_id", "group_id")
WHO = "anonymous_id"


def canonical(shelf: Shelf, options: ReadOptions) -> Any:
    """The shelf's rows with `user_id, day, event_time` (microseconds), `event` and the like.

    Every row has a `doubt` or is told without. Rows that are one event share their `key`: a hash
    of its id, or where it has none, of all cells.
    """
    types = dict(shelf.frame.dtypes)
    at = {field: Cell(shelf, one, types) for field, one in shelf.export.taken.items()}
    doubts = of_text(shelf)
    key = _of_all_cells(shelf, types)
    if "event_id" in at:
        event_id = f"CAST({at['event_id'].column} AS STRING)"
        doubts.append(("event_id", _odd_id(at["event_id"])))
        key = f"CASE WHEN {event_id} IS NULL THEN {key} ELSE xxhash64({event_id}) END"
    unread = " AND ".join(f"NOT ({one})" for _, one in doubts)
    key = f"CASE WHEN {unread} THEN {key} END" if unread else key
    user_id, of_users = _users(at, shelf, options)
    micros = micros_of(at["event_time"], shelf.sample[at["event_time"].name], options)
    event = told(f"CAST({at['event'].column} AS STRING)")
    columns = {"user_id": user_id, "day": day_of(micros), "event_time": micros, "event": event}
    doubts += [
        *of_users,
        ("event_time", f"{micros} IS NULL"),
        ("event", f"{event} IS NULL" if at["event"].plain else "TRUE"),
    ]
    if WHO in at:
        columns[WHO] = identity(at[WHO])
    for name in IDS:
        if name in at:
            columns[name] = f"CAST({at[name].column} AS STRING)"
            doubts.append((name, _odd_id(at[name])))
    for name in TEXTS:
        if name in at:
            columns[name] = told(f"CAST({at[name].column} AS STRING)")
            odd = "FALSE" if at[name].plain else f"{at[name].column} IS NOT NULL"
            doubts.append((name, odd))
    for field in ("duration_s", "value"):
        if field in at:
            number, odd = number_of(at[field])
            columns[field] = number
            doubts.append((field, odd))
    if "duration_s" in columns:  # half to even, as elsewhere
        seconds = columns.pop("duration_s")
        columns["ms"] = f"coalesce(CAST(rint({seconds} * 1000) AS BIGINT), 0L)"
    columns |= {DOUBT: first_of([*doubts, *told_elsewhere(at)]), STATE: str(VALID), KEY: key}
    return shelf.frame.selectExpr("*", *[f"{one} AS {name}" for name, one in columns.items()])


def _users(
    at: Mapping[str, Cell], shelf: Shelf, options: ReadOptions
) -> tuple[str, list[tuple[str, str]]]:
    """Who did it, by the anonymous id where no other is there, and doubts about both."""
    ids = {name: identity(at[name]) for name in ("user_id", WHO) if name in at}
    who = f"coalesce({', '.join(ids.values())})"
    doubts = [("user_id", f"{who} IS NULL")]
    for name, one in ids.items():
        whose = f"{one} IS NOT NULL AND {nobody(one, shelf, options)}"
        doubts.append((name, f"({_odd_id(at[name])}) OR ({whose})"))
    return who, doubts


def _odd_id(cell: Cell) -> str:
    """Whether there is an id, but none as its system knows it."""
    known = f"{cell.column} IS NOT NULL"
    return f"{known} AND {unclean(identity(cell))}" if cell.plain else known


def _of_all_cells(shelf: Shelf, types: dict[str, str]) -> str:
    """A number that rows share which say the same under the same names, in whichever export.

    Nothing adds nothing to it. It only points: rows that share it are compared with care.
    """
    before: Counter[str] = Counter()
    named = []
    for position, name in enumerate(shelf.export.header):
        named.append((name, before[name], f"c{position}"))
        before[name] += 1
    cells = [
        f"nullif({column}, {quoted('')})"
        if types[column] == "string"
        else f"CAST({column} AS STRING)"
        for _, _, column in sorted(named)
    ]
    return f"xxhash64({', '.join(cells)})"
