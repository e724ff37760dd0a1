"""Orders in one export and their line items in another, joined by the order's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from userops.core.errors import InputError, NoColumn, UsageError
from userops.core.messages import Note, counted
from userops.core.shell import quoted
from userops.datasets.fields import Type
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.readers import columns, presets
from userops.readers.crowds import looked_at
from userops.readers.exports import Export, content_of, export_of, open_each, reading
from userops.readers.files.contents import Content
from userops.readers.files.open import Source, expand, open_source
from userops.readers.files.records import FAULTS, LINE
from userops.readers.meaning.headers import folded
from userops.readers.meaning.profile import Profiles
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values

ORPHAN = "a line without its order"
_KEY, _FIRST = "_order", "_first"
_MOST_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class _Table:
    """An export of orders or of lines, and the position of the order's id in it."""

    source: Source
    content: Content
    key: int

    def keyed(self) -> pl.LazyFrame:
        """Its rows with the order's id as it's compared."""
        cell = pl.col(f"c{self.key}")
        return self.content.rows.with_columns(text_values.clean_id(cell).alias(_KEY))


def open_orders(
    names: Sequence[str | pl.LazyFrame], options: ReadOptions, folder: Path
) -> list[Export]:
    """The exports of orders, each with its line items where they stand in a file of their own.

    Raises:
        InputError: one of them can't be used.
    """
    if options.lines:
        paths = [name for name in names if isinstance(name, str)]
        if len(paths) < len(names):
            raise UsageError("lines are joined to files, not to frames", mend="join them before")
        return open_joined(paths, options, folder)
    try:
        return open_each(names, ORDERS, options, folder)
    except NoColumn as error:
        raise hinted(error, names, options, folder) from error


def open_joined(names: Sequence[str], options: ReadOptions, folder: Path) -> list[Export]:
    """Exports of orders with their lines: of each the lines as rows, and the orders that have none.

    Raises:
        InputError: one of them can't be used, or they can't be joined.
    """
    files = expand([options.lines or ""])
    if len(files) != 1:
        raise UsageError(f"--lines {options.lines}: {len(files)} files", mend="name one file")
    orders = [_table(name, options, folder) for name in expand(names)]
    lines = _table(files[0], options, folder, like=orders[0])
    with reading(lines.source.name):
        joined = [part for one in orders for part in _joined(one, lines, options)]
        return [_with_orphans(joined[0], orders, lines), *joined[1:]]


def hinted(
    error: InputError, names: Sequence[str | pl.LazyFrame], options: ReadOptions, folder: Path
) -> InputError:
    """The same error, saying what to join where orders and their lines stand in several files."""
    files = [name for name in names if isinstance(name, str) and name != "-"]
    try:
        files = expand(files)
        headers = {} if len(files) > _MOST_LOOKED_AT else {
            name: content_of(open_source(name, folder), ORDERS, options, folder).header
            for name in files
        }  # fmt: skip
    except InputError:
        return error
    lacking = {name: _lacks(header, options) for name, header in headers.items()}
    keyed = {name for name in headers if _key(headers[name], options) is not None}
    whole = [name for name in lacking if name in keyed and "user_id" not in lacking[name]]
    items = [name for name in lacking if name in keyed and "user_id" in lacking[name]]
    if whole and len(items) == 1:
        return InputError(
            f"{items[0]}: holds line items, which name their order but no user",
            mend=f"name the orders alone, and --lines {quoted(items[0])}",
        )
    if len(lacking) == 1 and items and "order_time" in lacking[items[0]]:
        more = f"are these line items? name the orders' file, and --lines {quoted(items[0])}"
    elif len(lacking) == 1 and whole and "amount" in lacking[whole[0]]:
        more = "where line items with amounts are in another file, --lines FILE joins them"
    else:
        return error
    return InputError(error.problem, mend=f"{error.mend}; {more}")


def _lacks(header: Sequence[str], options: ReadOptions) -> set[str]:
    """Needed fields that no column of a header serves by its name."""
    have = {folded(column) for column in header}
    maker = presets.find(ORDERS, header, options.source)
    return {
        name
        for name in ORDERS.needed
        if name not in options.named
        and not have & {folded(one) for one in ORDERS[name].names}
        and not (maker and have & {folded(one) for one in maker.columns.get(name, ())})
    }


def _table(name: str, options: ReadOptions, folder: Path, like: _Table | None = None) -> _Table:
    source = open_source(name, folder)
    content = content_of(source, ORDERS, options, folder)
    wanted = like.content.header[like.key] if like else None
    key = _key(content.header, options, wanted)
    if key is None:
        raise InputError(
            f"{source.name}: no order id, by which orders and lines are joined",
            mend=f"--map order_id=COLUMN; the file has: {', '.join(content.header[:40])}",
        )
    return _Table(source, content, key)


def _key(header: Sequence[str], options: ReadOptions, like: str | None = None) -> int | None:
    """Where the order's id stands: where it's named, as in the other file, or by its names."""
    places: Mapping[str, int] = {
        folded(column): at for at, column in reversed(list(enumerate(header))) if column.strip()
    }
    maker = presets.find(ORDERS, header, options.source)
    wanted = [
        *([options.named["order_id"]] if "order_id" in options.named else []),
        *([like] if like and folded(like) != "id" else []),
        *(maker.columns.get("order_id", ()) if maker else ()),
        *ORDERS["order_id"].names,
        *([] if like else ["id"]),
    ]
    return next((places[one] for one in map(folded, wanted) if one in places), None)


def _joined(orders: _Table, lines: _Table, options: ReadOptions) -> list[Export]:
    """The lines of some orders with what these say, and the orders without lines."""
    several = engine.collect(
        orders.keyed().drop_nulls(_KEY).group_by(_KEY).len().filter(pl.col("len") > 1).select(pl.len())
    ).item()  # fmt: skip
    if several:
        raise InputError(
            f"{orders.source.name}: {counted(several, 'order stands', 'orders stand')} on several rows: "
            "it has line items already",
            mend="leave out --lines",
        )
    width = len(orders.content.header)
    have = set(map(folded, orders.content.header))
    more = [
        at for at, name in enumerate(lines.content.header)
        if at != lines.key and folded(name) not in have
    ]  # fmt: skip
    header = (*orders.content.header, *(lines.content.header[at] for at in more))
    beside = {f"c{at}": f"c{width + number}" for number, at in enumerate(more)}
    items = lines.keyed().select(LINE, _KEY, *[pl.col(at).alias(to) for at, to in beside.items()])
    cells = [f"c{at}" for at in range(width)]
    rows = items.join(
        orders.keyed().drop_nulls(_KEY).select(_KEY, *cells), on=_KEY, how="inner"
    ).sort(LINE)
    alone = orders.keyed().join(items.select(_KEY), on=_KEY, how="anti").sort(LINE)
    alone = alone.with_columns(pl.lit(None, pl.String).alias(to) for to in beside.values())
    found: list[Export] = []
    for source, part in ((lines.source, rows), (orders.source, alone)):
        kept = engine.collect(part)
        if kept.is_empty() and found:
            continue
        found.append(_export(orders, lines, source, header, kept, options))
    return found


def _export(
    orders: _Table,
    lines: _Table,
    source: Source,
    header: tuple[str, ...],
    rows: pl.DataFrame,
    options: ReadOptions,
) -> Export:
    """An export of joined rows. What an order has once stands on its first line alone."""
    names = [LINE, *[f"c{at}" for at in range(len(header))]]
    notes = (*orders.source.notes, *orders.content.notes, *lines.source.notes, *lines.content.notes)
    figures = _figures(orders, source.name, Content(header, rows.select(names).lazy()), options)
    first = pl.int_range(pl.len()).over(_KEY) == 0
    once = rows.with_columns(first.alias(_FIRST)).with_columns(
        pl.when(_FIRST).then(f"c{at}").alias(f"c{at}") for at in figures
    )
    content = Content(header, once.select(names).lazy(), notes=notes)
    export = export_of(replace(source, notes=()), content, ORDERS, options)
    faults = orders.content.faults if source is orders.source else lines.content.faults
    content = replace(export.content, faults=faults)
    note = Note(
        "{file}: lines of {lines} were joined by {column!r}",
        file=orders.source.name,
        lines=lines.source.name,
        column=orders.content.header[orders.key],
    )
    whole = replace(export, content=content, notes=(*export.notes, note), totals="lines")
    return looked_at(replace(whole, on_first=frozenset(figures)), options)


def _figures(orders: _Table, name: str, content: Content, options: ReadOptions) -> list[int]:
    """Columns of the orders, not of their lines, that are added up: by position."""
    maker = presets.find(ORDERS, content.header, options.source)
    taken = columns.take(
        name,
        ORDERS,
        content.header,
        options.named,
        maker.columns if maker else None,
        profiles=Profiles(content),
    )
    width = len(orders.content.header)
    figures = (one for one in taken.values() if ORDERS[one.field].type in (Type.MONEY, Type.NUMBER))
    return sorted(one.position for one in figures if one.position < width)


def _with_orphans(export: Export, orders: Sequence[_Table], lines: _Table) -> Export:
    """The first export, with the lines of no order as lines that are no rows."""
    known = pl.concat([one.keyed().select(_KEY) for one in orders])
    orphans = lines.keyed().join(known, on=_KEY, how="anti")
    cells = pl.concat_str(
        [pl.col(f"c{at}").cast(pl.String) for at in range(len(lines.content.header))],
        separator=",",
        ignore_nulls=True,
    )
    more = orphans.select(LINE, reason=pl.lit(ORPHAN), raw=cells)
    faults = pl.concat([export.content.faults, more.cast(FAULTS)])  # type: ignore[arg-type]
    return replace(export, content=replace(export.content, faults=faults))
