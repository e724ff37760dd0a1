"""What tells users apart in a run: attributes by name, from the users export or from first orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import polars as pl

from userops.core.errors import UsageError
from userops.datasets.orders import ATTRIBUTES
from userops.engines.reductions import Query
from userops.ledger.attributes import Attribute
from userops.readers.columns import serving
from userops.readers.exports import Export
from userops.readers.users import People


def split(
    name: str, known: People | None, exports: Sequence[Export], first: Mapping[str, Query]
) -> Attribute | None:
    """An attribute by its field's name or its column's; None where nothing knows it.

    Args:
        name: as the user says it.
        known: the users export, opened with that attribute.
        exports: the orders or events.
        first: what those know of users, as `attributes.of_orders` or `of_events` gives it.

    Raises:
        UsageError: it tells every user from all others.
    """
    of_exports = next(
        (one for export in exports if (one := serving(export.taken, name)) in first), None
    )
    of_users = known.field(name) if known else None
    if of_exports is None and of_users in first:
        of_exports = of_users
    if known and of_users is None and of_exports is not None:
        of_users = known.field(of_exports)
    label = of_exports or of_users
    if label is None:
        return None
    if label == "user_id":
        raise UsageError(
            f"--by {name}: every user would be a group", mend="--by a column of fewer values"
        )
    values = None
    if known and of_users:
        values = known.attribute(of_users).rename({of_users: label})
    return Attribute(label, values, first.get(label))


def unknown(name: str, known: People | None, of: str) -> UsageError:
    """Neither the orders (or events) nor the users export know an attribute."""
    there = [*ATTRIBUTES, *(known.header if known is not None else ())]
    near = [] if name in there else get_close_matches(name, there, 1, cutoff=0.7)
    hint = f"did you mean {near[0]}?" if near else ""
    if known is not None:
        return UsageError(
            f"no column for {name} in the {of}, nor in the users export",
            mend=hint or f"the users export has: {', '.join(known.header)}",
        )
    named = f"--map {name}=COLUMN, or " if name in ATTRIBUTES else ""
    return UsageError(
        f"no column for {name} in the {of}",
        mend=hint or f"{named}--users FILE with a column {name}",
    )


def registered(known: People | None, by: Attribute | None) -> pl.DataFrame | None:
    """`user_id, time` (microseconds, null for unknown) of registered users, and their `group` if known."""
    if known is None:
        return None
    users = known.users().select("user_id", time=pl.col("registered_time").to_physical())
    if by is None or by.known is None:
        return users
    return users.join(by.known.rename({by.name: "group"}), on="user_id", how="left")
