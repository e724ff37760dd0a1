"""The users export, as analyses join it to orders: when each user registered, and an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from userops.errors import InputError
from userops.fields import Dataset, Field, Type
from userops.notes import Note, Word
from userops.sources import careful
from userops.sources.exports import Export
from userops.sources.reading import Reading, check_rejects
from userops.users import USERS


@dataclass(frozen=True, slots=True)
class Joined:
    """Rows of an export beside the orders, and what to tell of reading them."""

    frame: pl.DataFrame
    notes: tuple[Note, ...]


def people(
    names: Sequence[str], how: Reading, folder: Path, attribute: str | None = None
) -> Joined:
    """`user_id, registered_day` and the attribute, a row a user, by user_id.

    Of several rows of a user the earliest registration counts. `attribute` is any column of
    the export, by its field's name or its own.

    Raises:
        InputError: the export can't be used, or has no such column.
        TooManyRejects: more rows than allowed can't be read.
    """
    fields = list(USERS.fields)
    if attribute and attribute not in {field.name for field in fields}:
        fields.append(Field(attribute, Type.TEXT, "an attribute of the user", (attribute,)))
    found = load(names, Dataset("users", "user", tuple(fields)), how, folder)
    if attribute:
        for export in found.exports:
            _check_column(export, attribute)
    columns = [attribute] if attribute and attribute != "user_id" else []
    frame = (
        found.good.sort("registered_time", "file", "line", nulls_last=True)
        .unique("user_id", keep="first", maintain_order=True)
        .select(
            "user_id",
            pl.col("registered_time").dt.date().cast(pl.Int32).alias("registered_day"),
            *columns,
        )
        .sort("user_id")
    )
    return Joined(frame, _notes(found))


def happenings(names: Sequence[str], how: Reading, folder: Path) -> Joined:
    """`user_id, day`, a row an event.

    Raises:
        InputError: the export can't be used.
        TooManyRejects: more rows than allowed can't be read.
    """
    from userops.events import EVENTS

    found = load(names, EVENTS, how, folder)
    frame = found.good.select("user_id", day=pl.col("event_time").dt.date().cast(pl.Int32))
    return Joined(frame, _notes(found))


def load(names: Sequence[str], dataset: Dataset, how: Reading, folder: Path) -> careful.Read:
    """Read an export that stands beside the orders.

    Columns named for fields of the orders are taken where this export has them, too.
    """
    known = {field.name for field in dataset.fields}
    named = {field: column for field, column in how.named.items() if field in known}
    if named:
        try:
            return _loaded(names, dataset, replace(how, named=named), folder)
        except InputError:
            pass  # named for the orders; here they go by other names
    return _loaded(names, dataset, replace(how, named={}), folder)


def _loaded(names: Sequence[str], dataset: Dataset, how: Reading, folder: Path) -> careful.Read:
    found = careful.load(names, dataset, how, folder)
    tally = found.tally(len(found.good), {})
    check_rejects(sum(tally.refused.values()), tally.read, how.max_rejects, tally.refused)
    return found


def _notes(found: careful.Read) -> tuple[Note, ...]:
    tally = found.tally(len(found.good), {})
    refused = tuple(
        Note("{count:,} refused ({reason})", count=count, reason=Word(why))
        for why, count in tally.refused.items()
    )
    names = tuple(export.name for export in found.exports)
    return (
        *careful.export_notes(found.exports),
        Note(
            "{files}: {read:,} rows read, {parts}",
            files=names,
            read=tally.read,
            parts=(Note("{count:,} used", count=tally.used), *refused),
        ),
    )


def _check_column(export: Export, attribute: str) -> None:
    if attribute not in export.taken:
        listed = ", ".join(name for name in export.header if name)
        raise InputError(
            f"{export.name}: has no column {attribute!r} to split by", mend=f"there are: {listed}"
        )
