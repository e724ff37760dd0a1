"""Ids behind which many stand: the rows of one person have one e-mail, phone and name, or a few.

An id of many is no user: it's what a till or a shop writes for whoever has no account. Whether
there is one shows where another column says who bought. Small exports are looked at whole; of
large ones the first rows raise a suspicion, and only then all are read. What's found is the
same however the rows are read afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from userops.core.messages import Note
from userops.core.shell import quoted
from userops.engines import query as engine
from userops.readers.files.open import Format
from userops.readers.meaning.headers import folded
from userops.readers.meaning.people import EMAILS, NAMES, PHONES
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values
from userops.readers.values.nobody import USER

if TYPE_CHECKING:
    from userops.readers.exports import Export

# As many bytes of an export are looked at whole: it takes a tenth of a second.
_SMALL = {Format.TEXT: 32 << 20, Format.PARQUET: 8 << 20, Format.EXCEL: 1 << 30}
_FIRST = 2_000
# Of so many an id is a crowd's where a good part of its rows each has another; of fewer in the
# first rows it's a suspicion.
_MANY, _SUSPECTED = 5, 3
_SHARE = 0.25
# Elsewhere an id has one: else both columns are about different things, such as a firm's staff.
_USUAL = 2
_MOST_ARE_USUAL = 0.9
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Crowd:
    """An id, its rows, and how many different ones `column` has on them."""

    user_id: str
    rows: int
    many: int
    column: str


def looked_at(export: Export, options: ReadOptions) -> Export:
    """An export with the ids in it that are nobody's, and what to say of them."""
    user = export.taken.get("user_id")
    others = beside(export)
    if user is None or not others:
        return export
    small = is_small(export.source.format, export.size)
    counts = engine.collect(counts_of(export, whole=small))
    if not small and are_suspicious(export, counts, options):
        counts = engine.collect(counts_of(export, whole=True))
    return told(export, counts, options)


def told(export: Export, counts: pl.DataFrame, options: ReadOptions) -> Export:
    """The same, from counts of its ids, as `counts_of` gives them."""
    others = beside(export)
    found = {one.user_id: one for one in _judged(counts, others, options, _MANY)}
    crowds = sorted(found.values(), key=lambda one: (-one.rows, one.user_id))
    column = export.taken["user_id"].column
    notes = [_note(export.name, column, one) for one in crowds[:_SHOWN]]
    if len(crowds) > _SHOWN:
        notes.append(
            Note(
                "{file}: {count:more id|more ids} in {column!r} stand for many, too: no user",
                file=export.name,
                count=len(crowds) - _SHOWN,
                column=column,
            )
        )
    notes += _shared(export, counts.filter(~pl.col("id").is_in(sorted(found))))
    whole = replace(export, nobody=frozenset(found), notes=(*export.notes, *notes))
    return _told_by_contacts(whole, {one.column for one in crowds})


def _told_by_contacts(export: Export, columns: Collection[str]) -> Export:
    """The same, where an e-mail or a phone says who it is on the rows of those who are nobody."""
    user = export.taken["user_id"]
    contacts = set(map(folded, (*EMAILS, *PHONES)))
    blank = [
        one
        for one in beside(export)
        if one[0] in columns and folded(one[0]) in contacts and one not in user.blank
    ]
    if user.why == "map" or not blank:
        return export
    note = Note(
        "{file}: where {column!r} is nobody, the user is told by {columns}",
        file=export.name,
        column=user.column,
        columns=tuple(repr(column) for column, _ in blank),
    )
    return export.taking(replace(user, blank=(*user.blank, *blank)), note)


def beside(export: Export) -> list[tuple[str, int]]:
    """Columns that say who, beside the users' own: their names and positions."""
    used = {one.position for one in export.taken.values()}
    known = set(map(folded, (*EMAILS, *PHONES, *NAMES)))
    return [
        (column, position)
        for position, column in enumerate(export.header)
        if position not in used and folded(column) in known
    ]


def is_small(format: Format, size: int) -> bool:
    """Whether an export of so many bytes is looked at whole."""
    return 0 < size <= _SMALL[format]


def are_suspicious(export: Export, counts: pl.DataFrame, options: ReadOptions) -> bool:
    """Whether the first rows' counts are those of ids that many may stand behind."""
    return any(True for _ in _judged(counts, beside(export), options, _SUSPECTED))


def counts_of(export: Export, *, whole: bool) -> pl.LazyFrame:
    """Of each id, or in the first rows, how often it's there and how many others stand beside it.

    `id, rows, ids` (1; more where a row, without an id, stands for several of the same counts),
    and by each other column's position `rows..` that say something in it and `many..` different.
    """
    others = [at for _, at in beside(export)]
    rows = export.rows if export.fast is None else export.fast
    at = export.taken["user_id"].position
    rows = rows.select(f"c{at}", *[f"c{other}" for other in others])
    if not whole:
        rows = rows.head(_FIRST)
    said = {
        f"said{other}": text_values.clean_text(pl.col(f"c{other}")).str.to_lowercase()
        for other in others
    }
    counts = [
        expr
        for name in said
        for expr in (
            pl.col(name).count().alias(f"rows{name[4:]}"),
            pl.col(name).drop_nulls().n_unique().alias(f"many{name[4:]}"),
        )
    ]
    return (
        rows.select(id=_identity(pl.col(f"c{at}"), rows.collect_schema()[f"c{at}"]), **said)
        .filter(pl.col("id").is_not_null())
        .group_by("id")
        .agg(pl.len().alias("rows"), pl.lit(1).alias("ids"), *counts)
        .sort("id")
    )


def _identity(cell: pl.Expr, type: pl.DataType) -> pl.Expr:
    """An id as strict reading has it."""
    if type.is_float():
        whole = cell.cast(pl.Int64, strict=False)
        cell = pl.when(whole.cast(pl.Float64) == cell).then(whole.cast(pl.String)).otherwise(
            cell.cast(pl.String)
        )  # fmt: skip
    return text_values.clean_id(cell)


def _judged(
    counts: pl.DataFrame, others: Sequence[tuple[str, int]], options: ReadOptions, many: int
) -> Iterator[Crowd]:
    """Ids that are a crowd's by one of the other columns."""
    users = {word.removesuffix(USER).strip() for word in options.nobody if word.endswith(USER)}
    spared = options.no_user.is_it(pl.col("id")) | pl.col("id").is_in(sorted(users))
    known = counts.filter(~spared.fill_null(False))
    for column, at in others:
        ids = known.filter(pl.col(f"rows{at}") > 0)
        several = (pl.col(f"many{at}") >= many) & (
            pl.col(f"many{at}") >= _SHARE * pl.col(f"rows{at}")
        )
        crowds, rest = ids.filter(several), ids.filter(~several)
        usual = int(rest.filter(pl.col(f"many{at}") <= _USUAL)["ids"].sum())
        number = int(rest["ids"].sum())
        if number <= len(crowds) or usual < _MOST_ARE_USUAL * number:
            continue
        for user_id, rows, found in crowds.select("id", "rows", f"many{at}").iter_rows():
            yield Crowd(user_id, rows, found, column)


def _note(file: str, column: str, crowd: Crowd) -> Note:
    return Note(
        "{file}: {user!r} in {column!r} is no user: its {rows:row has|rows have} {many:,} different "
        "{other!r}; --nobody {said} overrides it",
        file=file,
        user=crowd.user_id,
        column=column,
        rows=crowd.rows,
        many=crowd.many,
        other=crowd.column,
        said=quoted(crowd.user_id + USER),
    )


def _shared(export: Export, counts: pl.DataFrame) -> Iterator[Note]:
    """A phone of two names, or a name of two phones: maybe two people."""
    user = export.taken["user_id"]
    kinds = (set(map(folded, PHONES)), set(map(folded, NAMES)))
    for mine, theirs in (kinds, kinds[::-1]):
        if folded(user.column) not in mine:
            continue
        for column, at in beside(export):
            two = counts.filter(pl.col(f"many{at}") > 1)["id"]
            if folded(column) in theirs and len(two):
                yield Note(
                    "{file}: {user!r}: {count:value has|values have} several {other!r}, such as "
                    "{example}: people who share one count as one user",
                    file=export.name,
                    count=len(two),
                    user=user.column,
                    other=column,
                    example=two[0],
                )
