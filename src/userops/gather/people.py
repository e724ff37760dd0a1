"""Users as their export knows them: when they registered, and through which channel they came."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.errors import InputError
from userops.gather.wanted import Wanted
from userops.notes import Note
from userops.run import Run
from userops.sources.people import people


@dataclass(frozen=True, slots=True)
class People:
    """`registered` is `user_id, registered_day`; `channels` is `user_id, channel`, if known."""

    registered: pl.DataFrame | None = None
    channels: pl.DataFrame | None = None
    notes: tuple[Note, ...] = ()


def known(this: Run, wanted: Wanted) -> People:
    """Who registered; nobody without an export of users."""
    names = wanted.peopled(this)
    if not names:
        return People()
    try:
        found = people(names, this.how, this.folder, "channel")
    except InputError:
        found = people(names, this.how, this.folder)
    for note in found.notes:
        this.note(note)
    split = found.frame.select("user_id", "channel") if "channel" in found.frame.columns else None
    return People(found.frame.select("user_id", "registered_day"), split, found.notes)
