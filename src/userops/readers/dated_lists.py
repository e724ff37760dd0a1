"""Lists of who was found on a day that only their files' names tell: of one place, day after day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from userops.core.messages import Note
from userops.datasets.fields import Dataset
from userops.engines import query as engine
from userops.readers import from_names
from userops.readers.export_columns import said_of_all

if TYPE_CHECKING:
    from userops.readers.exports import Export


def told_apart(exports: Sequence[Export], dataset: Dataset) -> list[Export]:
    """Exports of a run, lists of several days with the day that their names say.

    One list alone, and lists beside what says who left, are what their columns say.
    """
    listed = dataset.listed
    if listed is None or any(_says_more(one, dataset) for one in exports):
        return [*exports]
    days = [from_names.day_of(one.name) for one in exports]
    told = {
        (from_names.but_day(one.name), day) for one, day in zip(exports, days, strict=True) if day
    }
    if len(told) == len({name for name, _ in told}):
        return [*exports]  # none of them is of a place of which there's another
    if all("joined" in one.taken for one in exports) and not _go_on(exports, days):
        return [*exports]  # lists of new members, or of other groups
    silent = tuple(one.name for one, day in zip(exports, days, strict=True) if not day)
    if silent:
        note = Note(
            "{files}: no day in the name, as other lists have: they aren't compared, so nobody is seen to leave",
            files=silent,
        )
        return [replace(exports[0], notes=(*exports[0].notes, note)), *exports[1:]]
    return [_dated(one, listed.day, day or "") for one, day in zip(exports, days, strict=True)]


def _go_on(exports: Sequence[Export], days: Sequence[str | None]) -> bool:
    """Whether each list of a place has somebody of the one before, and one of its groups."""
    places: dict[str, list[tuple[str, int]]] = {}
    for at, (one, day) in enumerate(zip(exports, days, strict=True)):
        places.setdefault(from_names.but_day(one.name), []).append((day or "", at))
    return all(
        not set(_values(exports[earlier], name)).isdisjoint(_values(exports[later], name))
        for lists in places.values()
        for (_, earlier), (_, later) in pairwise(sorted(lists))
        for name in ("user_id", "group_id")
        if name in exports[earlier].taken and name in exports[later].taken
    )


def _values(export: Export, field: str) -> list[object]:
    column = f"c{export.taken[field].position}"
    return engine.collect(export.rows.select(pl.col(column).unique())).to_series().to_list()


def _says_more(export: Export, dataset: Dataset) -> bool:
    """Whether an export isn't a list whose day is untold."""
    assert dataset.listed is not None
    own = bool(export.maker and export.maker.from_name)
    return own or not export.taken.keys().isdisjoint((dataset.listed.day, *dataset.listed.unless))


def _dated(export: Export, field: str, day: str) -> Export:
    if field in export.defaults:
        return export
    said = {field: day}
    notes = (*export.notes, *said_of_all(export.name, said))
    return replace(export, defaults={**export.defaults, **said}, notes=notes)
