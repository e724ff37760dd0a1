"""Small cells, hidden with what would give them away: for tables that leave the house.

A cell of 1 to k - 1 users is shown as `<k`. Rows sum to totals that stand elsewhere, so where what is
hidden could be worked out from a total, the next smallest cell is hidden, too, until it can't. What is
hidden so is shown as hidden: where that it isn't small would tell a small one, so are all of its table.
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
        if sum(map(sum, hidden)) == before and not _hide_beside_told(counts, hidden, least):
            return hidden


def _hide_beside_told(
    counts: Sequence[Sequence[int]], hidden: list[list[bool]], least: int
) -> bool:
    """Hide the smallest cell shown beside a small one that rows and columns together tell; whether there is one."""
    for at_row, at_column in told(counts, hidden, least, labelled=False):
        beside = [(at_row, column) for column in range(len(counts[at_row]))]
        beside += [(row, at_column) for row in range(len(counts))]
        shown = [(counts[r][c], r, c) for r, c in beside if counts[r][c] and not hidden[r][c]]
        if shown:
            _, row, column = min(shown)
            hidden[row][column] = True
            return True
    return False


def told(
    counts: Sequence[Sequence[int]],
    hidden: Sequence[Sequence[bool]],
    least: int,
    *,
    labelled: bool,
    columns: bool = True,
) -> list[tuple[int, int]]:
    """Small cells that the totals of rows, and of `columns`, leave only one value.

    Each hidden cell lies between bounds, which the totals and the other cells' bounds draw together (the
    shuttle algorithm: Buzzigoli and Giusti, 1998). With `labelled` it's known which of them are small.

    >>> told([[1, 5]], [[True, True]], 5, labelled=True, columns=False)
    [(0, 0)]
    >>> told([[1, 5]], [[True, True]], 5, labelled=False, columns=False)
    []
    """
    places = [(r, c) for r, row in enumerate(hidden) for c, one in enumerate(row) if one]
    small = {(r, c) for r, c in places if counts[r][c] < least}
    lines = [[one for one in places if one[0] == row] for row in range(len(counts))]
    if columns:
        lines += [[one for one in places if one[1] == at] for at in range(len(counts[0]))]
    total = [sum(counts[r][c] for r, c in line) for line in lines]
    most = max(total, default=0)
    low = {one: least if labelled and one not in small else 1 for one in places}
    high = {one: least - 1 if labelled and one in small else most for one in places}
    changed = True
    while changed:
        changed = False
        for line, whole in zip(lines, total, strict=True):
            fewest, largest = sum(low[one] for one in line), sum(high[one] for one in line)
            for one in line:
                new_high = min(high[one], whole - fewest + low[one])
                new_low = max(low[one], whole - largest + high[one])
                if (new_low, new_high) != (low[one], high[one]):
                    fewest += new_low - low[one]
                    largest += new_high - high[one]
                    low[one], high[one], changed = new_low, new_high, True
    return [one for one in places if one in small and low[one] == high[one]]


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
    alike: list[bool] = []
    for part in frame.partition_by("attribute", maintain_order=True):
        hidden = _of_group(part, least)
        flags += hidden
        tells = told([part["users"].to_list()], [hidden], least, labelled=True, columns=False)
        alike += [bool(tells)] * len(part)
    return _blanked(table, flags, least, ("attribute", "value"), alike=alike)


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
    hidden = hidden_grid(grid, least)
    flags = [one for row in hidden for one in row]
    tells = told(grid, hidden, least, labelled=True)
    return _blanked(table, flags, least, ("a", "b"), alike=[bool(tells)] * len(flags))


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
    table: Table,
    flags: Sequence[bool],
    least: int,
    kept: Sequence[str],
    counted: str = "users",
    alike: Sequence[bool] | None = None,
) -> Table:
    """A table without what's hidden; where cells are `alike`, what's hidden isn't told to be small."""
    is_hidden = pl.Series("hidden", flags, dtype=pl.Boolean)
    is_told = ~pl.Series("alike", alike or [False] * len(flags), dtype=pl.Boolean)
    frame = table.frame
    count = pl.col(counted)
    shown = (
        pl.when(is_hidden & is_told & (count < least))
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
