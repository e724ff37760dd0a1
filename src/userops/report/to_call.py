"""Lists that a team calls or writes to from: whoever asked to be left alone isn't on them.

Those of `contacts` leave them out themselves, by all of their rules. Segments and stages count everybody: what's
written of them is no list to call.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from userops.core.dates import LAST_DAY, to_day
from userops.core.messages import Note
from userops.core.table import Table
from userops.customers.left_alone import LeftAlone, left_alone
from userops.report.shared import RowsRequest, SharedReading

# Tables that the report has of everybody, and are lists to call.
_OF_EVERYBODY = ("kpis.winback", "repurchase.due")
# With phones and names, where they're written beside it and the users export has them, or ids are phones.
LISTS = frozenset({*_OF_EVERYBODY, "contacts.ready"})
SEGMENTS = "kpis.users"


def who_is_left_alone(shared: SharedReading) -> LeftAlone:
    """Who isn't to be contacted on the day after the orders', as `contacts` has it; they've been read."""
    as_of = shared.facts.window.as_of if shared.facts else None
    if as_of is None:
        return LeftAlone(pl.Series("user_id", [], dtype=pl.String))
    request = RowsRequest("do_not_contact", as_of=min(to_day(as_of) + 1, LAST_DAY))
    shared.read_rows([request])
    text = pl.col("user_id", "phone").cast(pl.String)
    told = pl.DataFrame(schema={"user_id": pl.String, "phone": pl.String})
    if shared.people is not None:
        told = shared.people.rows.every.select(text)
    ids = pl.concat([shared.user_ids, told["user_id"]]).unique()
    return left_alone(shared.rows(request), told, ids)


def without(
    tables: Mapping[str, Table], alone: LeftAlone | None
) -> tuple[dict[str, Table], dict[str, int]]:
    """The tables, lists to call without them; and how many of each, of segments who are in them still."""
    found = dict(tables)
    counts: dict[str, int] = {}
    if alone is None or alone.users.is_empty():
        return found, counts
    for name in (*_OF_EVERYBODY, SEGMENTS):
        if name not in tables:
            continue
        table, is_alone = tables[name], pl.col("user_id").is_in(alone.users.implode())
        count = table.frame.filter(is_alone)["user_id"].n_unique()
        if not count:
            continue
        counts[name] = count
        if name != SEGMENTS:
            note = Note("{count:user|users} on the do-not-contact list: left out", count=count)
            frame = table.frame.filter(~is_alone)
            found[name] = table.but(frame=frame, notes=(*table.notes, note))
    return found, counts
