"""The users export, as events are joined to it: who registered when, of which group, known by what before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from userops.errors import InputError
from userops.events import EVENTS
from userops.fields import Dataset, Field, Type
from userops.notes import Note
from userops.sources import people
from userops.sources.reading import Reading
from userops.users import USERS


@dataclass(frozen=True, slots=True)
class Registered:
    """`users` are `user_id, time` (microseconds, null for unknown), `group`, by user_id.

    `links` are `anonymous_id, user_id`, each anonymous id once.
    """

    users: pl.DataFrame
    links: pl.DataFrame
    notes: tuple[Note, ...]


def registrations(
    names: Sequence[str], how: Reading, folder: Path, attribute: str | None = None
) -> Registered:
    """Users with the time of their earliest registration, and an attribute as `group`.

    Raises:
        InputError: the export can't be used, or has no such column.
        TooManyRejects: more rows than allowed can't be read.
    """
    fields = [*USERS.fields]
    known = {field.name for field in fields}
    if attribute and attribute not in known:
        fields.append(Field(attribute, Type.TEXT, "an attribute of the user", (attribute,)))
    if "anonymous_id" not in known:
        fields.append(EVENTS["anonymous_id"])
    found = people.load(names, Dataset("users", "user", tuple(fields)), how, folder)
    for export in found.exports:
        if attribute and attribute not in export.taken:
            listed = ", ".join(name for name in export.header if name)
            raise InputError(
                f"{export.name}: has no column {attribute!r} to split by",
                mend=f"there are: {listed}",
            )
    ordered = found.good.sort("registered_time", "file", "line", nulls_last=True)
    group = {"group": pl.col(attribute)} if attribute else {}
    users = (
        ordered.unique("user_id", keep="first", maintain_order=True)
        .select("user_id", time=pl.col("registered_time").to_physical(), **group)
        .sort("user_id")
    )
    links = (
        ordered.filter(pl.col("anonymous_id").is_not_null())
        .unique("anonymous_id", keep="first", maintain_order=True)
        .select("anonymous_id", "user_id")
    )
    tally = found.tally(len(found.good), {})
    read = Note(
        "{files}: {read:,} rows read, {parts}",
        files=tuple(one.name for one in found.exports), read=tally.read,
        parts=Note("{count:,} used", count=tally.used),
    )  # fmt: skip
    return Registered(users, links, (read,))
