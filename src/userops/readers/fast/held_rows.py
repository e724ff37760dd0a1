"""The fast way over clean exports of a dataset without a time of its own, all of whose fields are held: users.

As `lazy_rows`, but in one pass: fast expressions from the first rows, and None for any doubt, also where
two rows may be one; then the strict way finds out what is wrong where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from userops.datasets.fields import Dataset, Field, Same, Type
from userops.engines import query as engine
from userops.readers.exports import Export
from userops.readers.fast import expressions, integer_ids
from userops.readers.fast.expressions import DoubtError
from userops.readers.options import ReadOptions
from userops.readers.strict.rows import DTYPES, TOTALS, WHO, is_header_again
from userops.readers.values import text as text_values

_DOUBT = "doubt"


def held(exports: Sequence[Export], dataset: Dataset, options: ReadOptions) -> pl.DataFrame | None:
    """Every field of some exports' rows, each of which has another key, as the strict way reads and orders them.

    None where anything is in doubt.
    """
    same = dataset.same
    if same is None or not _is_simple(dataset, same) or options.timezone:
        return None
    try:
        parts = [_canonical(one, dataset, options) for one in exports]
        rows = engine.collect(pl.concat(parts))
    except (DoubtError, pl.exceptions.PolarsError):
        return None  # the strict way finds out where and why
    if rows.is_empty() or rows[_DOUBT].any():
        return None
    rows = rows.drop(_DOUBT)
    (key,) = same.key
    if rows[key].n_unique() < len(rows):
        return None
    return rows.sort(same.by, nulls_last=True, maintain_order=True) if same.by else rows


def _is_simple(dataset: Dataset, same: Same) -> bool:
    """Whether rows need no more than their own fields, and of one key the first counts."""
    plain = not (dataset.times or dataset.named_totals or same.across)
    return plain and len(same.key) == 1 and same.key[0] in dataset.needed and same.wins == "first"


def _canonical(export: Export, dataset: Dataset, options: ReadOptions) -> pl.LazyFrame:
    """An export's fields by fast expressions, and whether a row is in doubt.

    Raises:
        DoubtError: they can't be trusted with it.
    """
    rows, sample = export.fast, _told(export)
    plain = all(one.is_plain and not one.blank for one in export.taken.values())
    known = not (export.nobody or export.saved or export.defaults)
    if rows is None or not (plain and known) or (export.maker and export.maker.date_format):
        raise DoubtError
    fields = {
        field.name: _read(field, sample[field.name], options)
        if field.name in sample
        else pl.lit(None, DTYPES[field.type])
        for field in dataset.fields
    }
    doubts = [*_doubts(sample, dataset, options), is_header_again(export, rows.collect_schema())]
    doubts += [fields[name].is_null() for name in dataset.needed]
    doubt = pl.any_horizontal(one.fill_null(value=False) for one in doubts)
    return rows.select(**fields, **{_DOUBT: doubt})


def _read(field: Field, sample: pl.Series, options: ReadOptions) -> pl.Expr:
    match field.type:
        case Type.ID:
            return pl.when(_said(sample)).then(expressions.identity(sample))
        case Type.TIME:
            return expressions.wall_time(sample, options)
        case Type.TEXT if sample.dtype == pl.String:
            return text_values.clean_text(pl.col(sample.name))
    raise DoubtError


def _said(sample: pl.Series) -> pl.Expr:
    """Whether a cell says anything: a blank one of a text doesn't."""
    column = pl.col(sample.name)
    return column != "" if sample.dtype == pl.String else column.is_not_null()


def _told(export: Export) -> dict[str, pl.Series]:
    """The first rows of each field's column, of those that say something."""
    return {
        name: sample.filter(sample != "") if sample.dtype == pl.String else sample.drop_nulls()
        for name, sample in export.sample.items()
    }


def _doubts(
    samples: Mapping[str, pl.Series], dataset: Dataset, options: ReadOptions
) -> Iterator[pl.Expr]:
    """Whether the strict way may read a cell otherwise, or refuse its row."""
    for name, sample in samples.items():
        column, said = pl.col(sample.name), _said(sample)
        match dataset[name].type:
            case Type.ID if name in WHO:
                yield said & _may_be_nobody(sample, options)
            case Type.ID:
                yield said & integer_ids.unclean(sample)
            case Type.TIME:
                yield said & expressions.wall_time(sample, options).is_null()
            case _:
                yield column.str.contains("\0", literal=True)


def _may_be_nobody(sample: pl.Series, options: ReadOptions) -> pl.Expr:
    """Whether an id may be one to be cleaned or refused, nobody's, or a word for a total."""
    column = pl.col(sample.name)
    form = integer_ids.form_of(sample)
    if form is None:
        text = column.cast(pl.String)
        unclean = text.str.contains(text_values.unclean_users(options.no_user))
        return unclean | text.str.contains(TOTALS)
    # Of a form, which takes less to see, none is unclean.
    nobody = form.number(column).is_in(form.numbers_of(options.no_user.words))
    return form.is_other(column) | nobody
