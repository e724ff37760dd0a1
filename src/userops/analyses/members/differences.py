"""Members whose exported level isn't the rules' one, and why first."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.growth_levels import LevelRules, Standing, standing_of
from userops.customers.member_standings import Members

COLUMNS = {
    "user_id": Kind.ID,
    "level": Kind.TEXT,
    "exported_level": Kind.TEXT,
    "value": Kind.COUNT,
    "exported_value": Kind.COUNT,
    "cause": Kind.WORD,
}
_TYPES = {
    "user_id": pl.String,
    "level": pl.String,
    "exported_level": pl.String,
    "value": pl.Int64,
    "exported_value": pl.Int64,
    "cause": pl.String,
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the export says of a member: the level's name, its place in the ladder, the value."""

    name: str
    level: int | None
    value: int | None


def table(rows: pl.DataFrame, of: Members) -> Table:
    """A row a member whose exported level isn't the rules' one, by user.

    Args:
        rows: the shop's levels, as the dataset is read.
        of: what became of everyone.
    """
    rules, as_of = of.rules, of.found.as_of
    places = {name.strip().casefold(): at for at, name in enumerate(rules.ladder.names)}
    said = {
        user: _Said(
            name, places.get(name.strip().casefold()), None if value is None else round(value)
        )
        for user, name, value in rows.select("user_id", "level", "growth_value").iter_rows()
    }
    levels = dict(of.standings.select("user_id", "level").iter_rows())
    asked = {*said, *(user for user, level in levels.items() if level >= 0)}
    other = [
        user
        for user in sorted(asked)
        if user not in said or said[user].level is None or said[user].level != levels.get(user)
    ]
    members = of.closely(other)
    found = []
    for user in other:
        member, exported = members.get(user), said.get(user)
        found.append(
            (
                user,
                rules.ladder.name(member.level) if member else None,
                exported.name if exported else None,
                member.value(as_of) if member else None,
                exported.value if exported else None,
                _cause(member, exported, rules, as_of),
            )
        )
    note = Note(
        "{count:member|members} of the shop's export compared, {wrong:difference|differences}",
        count=len(said),
        wrong=len(found),
    )
    frame = pl.DataFrame(found, schema=_TYPES, orient="row")
    return Table("differences", frame, COLUMNS, of.found.facts.window, notes=(note,))


def _cause(member: Standing | None, said: _Said | None, rules: LevelRules, as_of: int) -> str:
    """Why the export says another level."""
    if said is None:
        return "not exported"
    if said.level is None:
        return "unknown level"
    if member is None:
        return "not in the data"
    kept = [grant for grant in member.grants if grant.points > 0]
    if len(kept) < len(member.grants):
        joined = min(
            member.since,
            *(change.day for change in member.changes),
            kept[0].day if kept else member.since,
        )
        if standing_of(kept, joined, rules, as_of).level == said.level:
            return "refund"
    before = [change.level for change in member.changes if change.why != "keep"]
    if len(before) >= 1:
        earlier = before[-2] if len(before) > 1 else rules.ladder.of(0)
        if earlier == said.level:
            last = [change.why for change in member.changes if change.why != "keep"][-1]
            return "not raised" if last == "rise" else "not judged"
    if said.value is not None and said.value != member.value(as_of):
        return "value"
    return "other"
