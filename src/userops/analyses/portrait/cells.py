"""Small cells, hidden with what would give them away: for tables that leave the house.

A cell of 1 to k - 1 users is shown as `<k`. Rows sum to totals that stand elsewhere, so where what is
hidden could be worked out from a total, the next smallest cell is hidden, too, until it can't.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.core.messages import Note
from userops.core.table import Kind, Table

ALSO = "hidden"


def hidden_cells(counts: Sequence[int], least: int) -> list[bool]:
    """Which cells of one line with a known total are hidden.

    >>> hidden_cells([40, 3, 12, 0, 9], 5)
    [False, True, False, False, True]
    """
    hidden = [0 < count < least for count in counts]
    while _gives_away(counts, hidden, least):
        shown = [place for place, count in enumerate(counts) if count and not hidden[place]]
        if not shown:
            break
        hidden[min(shown, key=lambda place: (counts[place], place))] = True
    return hidden


def _gives_away(counts: Sequence[int], hidden: Sequence[bool], least: int) -> bool:
    """Whether the total and what is shown leave a small cell only one value."""
    small = [count for count, one in zip(counts, hidden, strict=True) if one and count < least]
    others = [count for count, one in zip(counts, hidden, strict=True) if one and count >= least]
    if not small:
        return False
    total = sum(small) + sum(others)
    most = min(least - 1, total - (len(small) - 1) - least * len(others))
    fewest = 1 if others else max(1, total - (least - 1) * (len(small) - 1))
    return most <= fewest


def hidden_grid(counts: Sequence[Sequence[int]], least: int) -> list[list[bool]]:
    """Which cells of a table with known totals of rows and of columns are hidden."""
    hidden = [[0 < count < least for count in row] for row in counts]
    while True:
        before = sum(map(sum, hidden))
        for place, row in enumerate(counts):
            hidden[place] = _line(row, hidden[place], least)
        for place, column in enumerate(zip(*counts, strict=True)):
            line = _line(column, [row[place] for row in hidden], least)
            for row, one in zip(hidden, line, strict=True):
                row[place] = one
        if sum(map(sum, hidden)) == before:
            return hidden


def _line(counts: Sequence[int], hidden: Sequence[bool], least: int) -> list[bool]:
    """A line of a grid, in which cells may be hidden for their other line's sake."""
    now = list(hidden)
    while sum(now) == 1 or _gives_away(counts, now, least):
        shown = [place for place, count in enumerate(counts) if count and not now[place]]
        if not shown:
            break
        now[min(shown, key=lambda place: (counts[place], place))] = True
    return now


def hidden_groups(table: Table, least: int) -> Table:
    """`groups` with small cells hidden, attribute by attribute."""
    frame = table.frame
    flags: list[bool] = []
    for part in frame.partition_by("attribute", maintain_order=True):
        flags += _of_group(part, least)
    return _blanked(table, flags, least, ("attribute", "value"))


def _of_group(part: pl.DataFrame, least: int) -> list[bool]:
    hidden = hidden_cells(part["users"].to_list(), least)
    chosen = part["segment_users"]
    if chosen.null_count():
        return hidden
    # Who's in the group, and who isn't: either count tells the other.
    of_chosen = _line(chosen.to_list(), [0 < count < least for count in chosen], least)
    others = (part["users"] - chosen).to_list()
    of_others = _line(others, [0 < count < least for count in others], least)
    whole = [any(flags) for flags in zip(hidden, of_chosen, of_others, strict=True)]
    return _line(part["users"].to_list(), whole, least)


def hidden_cross(table: Table, grid: Sequence[Sequence[int]], least: int) -> Table:
    """`cross` with small cells hidden; `grid` are its counts, a row a value of `a`."""
    flags = [one for row in hidden_grid(grid, least) for one in row]
    return _blanked(table, flags, least, ("a", "b"))


def hidden_missing(table: Table, parts: Sequence[pl.DataFrame], value: str, least: int) -> Table:
    """`missing` with what `groups` hides hidden; `parts` are its rows, a frame a row, `value` the unknown's."""
    conflicts = table.frame["conflicts"]
    flags = [
        _of_value(part, value, least) or 0 < count < least
        for part, count in zip(parts, conflicts, strict=True)
    ]
    return _blanked(table, flags, least, ("attribute", "source", "users"), "unknown")


def _of_value(part: pl.DataFrame, value: str, least: int) -> bool:
    flags = zip(part["value"], _of_group(part, least), strict=True)
    return any(one for name, one in flags if name == value)


def _blanked(
    table: Table, flags: Sequence[bool], least: int, kept: Sequence[str], counted: str = "users"
) -> Table:
    is_hidden = pl.Series("hidden", flags, dtype=pl.Boolean)
    frame = table.frame
    count = pl.col(counted)
    shown = (
        pl.when(is_hidden & (count < least))
        .then(pl.lit(f"<{least}"))
        .when(is_hidden)
        .then(pl.lit(ALSO))
        .otherwise(count.cast(pl.String))
    )
    others = [name for name in frame.columns if name not in (*kept, counted)]
    frame = frame.with_columns(
        shown.alias(counted), *(pl.when(~is_hidden).then(name).alias(name) for name in others)
    )
    note = Note(
        "{count:cell|cells} of under {least} users, or that would give one away, hidden",
        count=int(is_hidden.sum()),
        least=least,
    )
    columns = {**table.columns, counted: Kind.COUNT_OR_TEXT}
    return table.but(frame=frame, columns=columns, notes=(*table.notes, note), bars=())
