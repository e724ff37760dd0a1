"""The fast way over clean exports of a dataset whose rows need no more than their own fields.

As `orders`: fast expressions from the first rows, a witness of what they can't read, and None for any
doubt, also where two rows may be one; then the strict way finds out what is wrong where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import polars as pl

from userops.core.table import Currency
from userops.datasets.fields import Dataset, Same, Type
from userops.engines import query as engine
from userops.engines.reductions import MOST_DIGITS
from userops.readers import assumptions
from userops.readers.exports import Export
from userops.readers.fast import clean_cells, integer_ids
from userops.readers.fast.expressions import DoubtError
from userops.readers.fast.integer_ids import IdForm, number_of
from userops.readers.fast.keys import Keys
from userops.readers.meaning.taken import Taken
from userops.readers.options import ReadOptions
from userops.readers.strict.rows import (
    DTYPES,
    TOTALS,
    constant,
    is_header_again,
    said_of_all,
)
from userops.readers.strict.same_rows import tells_nothing

# What's asked of clean rows in the pass that sees whether they are, by what forms their ids have: then
# they have the numbers, too (`number_of`).
Ask = Callable[[pl.LazyFrame, Mapping[str, IdForm]], Sequence[pl.LazyFrame]]
# As no field is called.
_DOUBT, _ROW = "is in doubt", "number of the row"
# As many show how a column is written whose first rows are blank.
_FIRST = 200
# Below this any sum of minor units stays in an Int64.
_LARGEST_SUM = 1e18


@dataclass(frozen=True, slots=True)
class Seen:
    """Clean rows up to a day, each of them another, and what was found out about all.

    `frame` has a column for each field and, where rows have a time, `day`; where it's held the rows stand
    in the order of the strict way. Of `rows` so many are `used`; `days` are those of these, `last` is
    the last of any. `forms` are those that all ids of a field have, whose numbers (`number_of`) rows have, too,
    as they're `numbered`; there are none of what's held. `answers` are to what was asked.
    """

    frame: pl.LazyFrame
    rows: int
    used: int
    days: pl.Series
    last: int | None
    currency: Currency
    forms: Mapping[str, IdForm]
    answers: Sequence[pl.DataFrame]
    numbered: pl.LazyFrame


def seen(
    exports: Sequence[Export],
    dataset: Dataset,
    options: ReadOptions,
    times: Sequence[str] = (),
    as_of: int | None = None,
    *,
    hold: bool,
    ask: Ask | None = None,
) -> Seen | None:
    """Look through some exports, and `hold` all that's in them, or not; None for any doubt.

    `times` are the fields that say of which day a row is, best first; `ask` is of the rows up to as_of.
    """
    same = dataset.same
    if same is None or same.across or dataset.named_totals or options.timezone:
        return None
    try:
        currency = _currency(exports, options)
        forms = _forms(exports, dataset)
        canonical = (_canonical(one, dataset, options, currency, times, forms) for one in exports)
        whole = pl.concat(canonical, how="diagonal")
        if hold:
            whole = whole.drop(map(number_of, forms))
        # What several queries ask is computed once.
        rows = engine.collect(whole).lazy() if hold else whole.cache()
        within = rows.drop(_ROW, _DOUBT)
        if times and as_of is not None:
            within = within.filter(pl.col("day").is_null() | (pl.col("day") <= as_of))
        keys = Keys(rows.select(_ROW))
        found, days, _, *answers = engine.collect_all(
            [
                rows.select(_doubts(dataset)),
                rows.group_by("day" if times else pl.lit(0).alias("day")).agg(rows=pl.len()),
                keys.watch(),
                *(ask(within, forms) if ask else ()),
            ]
        )
    except (DoubtError, pl.exceptions.PolarsError):
        return None  # the strict way finds out where and why
    counts = Counter(dict(days.iter_rows()))
    count = counts.total()
    dated = (
        Counter({day: n for day, n in counts.items() if day is not None}) if times else Counter()
    )
    if not count or found.item() or not keys.differ() or any(assumptions.odd_dates(dated)):
        return None
    last = max(dated, default=None)
    if times and as_of is not None:
        counts = Counter({day: n for day, n in counts.items() if day is None or day <= as_of})
    return Seen(
        _ordered(within, same) if hold else within.drop(map(number_of, forms)),
        count,
        counts.total(),
        pl.Series("day", sorted(day for day in counts if day in dated), pl.Int32),
        last,
        currency if dataset.holds(Type.MONEY) else Currency(),
        {} if hold else forms,
        answers,
        within,
    )


def _forms(exports: Sequence[Export], dataset: Dataset) -> dict[str, IdForm]:
    """The forms that all ids of fields have where none is in doubt."""
    found = {}
    for field in dataset.fields:
        if field.type is Type.ID and all(field.name in one.sample for one in exports):
            forms = {
                integer_ids.form_of(clean_cells.told(one.sample[field.name])) for one in exports
            }
            form = forms.pop()
            if form is not None and not forms:
                found[field.name] = form
    return found


def _doubts(dataset: Dataset) -> pl.Expr:
    """Whether anything was seen that fast expressions can't read for sure."""
    money = (one.name for one in dataset.fields if one.type is Type.MONEY)
    sums = [pl.col(name).cast(pl.Float64).sum() > _LARGEST_SUM for name in money]
    return pl.any_horizontal(pl.col(_DOUBT).any(), *sums)


def _ordered(rows: pl.LazyFrame, same: Same) -> pl.LazyFrame:
    """Rows that are held in the order that decides which of the same ones counts."""
    back = same.wins == "last"
    frame = engine.collect(rows)
    frame = frame.reverse() if back else frame
    if same.by:
        frame = frame.sort(same.by, descending=back, nulls_last=True, maintain_order=True)
    return frame.lazy()


def _canonical(
    export: Export,
    dataset: Dataset,
    options: ReadOptions,
    currency: Currency,
    times: Sequence[str],
    forms: Mapping[str, IdForm],
) -> pl.LazyFrame:
    """An export's fields by fast expressions, each row's day and number, and whether it's in doubt.

    Raises:
        DoubtError: they can't be trusted with it.
    """
    rows, sample = export.fast, export.sample
    plain = all(one.is_plain and not one.blank for one in export.taken.values())
    if rows is None or not plain or export.nobody or export.saved:
        raise DoubtError
    if (export.maker and export.maker.date_format) or _may_be_another(export):
        raise DoubtError
    later = _first_below(export, dataset)
    cells = {
        name: clean_cells.read(
            dataset[name],
            later.get(name, one),
            options,
            currency,
            pl.col(number_of(name)) if name in forms else None,
        )
        for name, one in sample.items()
    }
    fields = {
        field.name: cells[field.name][0]
        if field.name in cells
        else pl.lit(constant(field, export.defaults.get(field.name)).item(), DTYPES[field.type])
        for field in dataset.fields
    }
    types = rows.collect_schema()
    numbers = {
        number_of(name): form.number(pl.col(sample[name].name)) for name, form in forms.items()
    }
    rows = rows.with_columns(**numbers)
    key, strays = _number(export, dataset, fields, types, forms)
    doubts = [doubt for _, doubt in cells.values()]
    doubts += [_header_again(export, cells, numbers, types), strays, *_lacks(dataset, fields)]
    doubts += _totals(export, dataset, fields, types)
    more = (
        {"day": pl.coalesce(fields[name] for name in times).dt.date().cast(pl.Int32)}
        if times
        else {}
    )
    if "day" in fields:
        raise DoubtError
    doubt = pl.any_horizontal(one.fill_null(value=False) for one in doubts)
    return rows.select(*numbers, **fields, **more, **{_DOUBT: doubt, _ROW: key})


def _first_below(export: Export, dataset: Dataset) -> dict[str, pl.Series]:
    """What texts say first that the first rows leave blank, of fields whose texts are written in a way."""
    silent = {
        name: pl.col(sample.name)
        for name, sample in export.sample.items()
        if sample.dtype == pl.String
        and dataset[name].type in (Type.TIME, Type.NUMBER, Type.MONEY)
        and clean_cells.told(sample).is_empty()
    }
    if export.fast is None or not silent:
        return {}
    said = [export.fast.select(one).filter(one != "").head(_FIRST) for one in silent.values()]
    found = engine.collect_all(said)
    return {name: one.to_series() for name, one in zip(silent, found, strict=True)}


def _may_be_another(export: Export) -> bool:
    """Whether another column may tell the users, as where theirs is empty."""
    user = export.taken.get("user_id")
    if user is None or not user.passed_over:
        return False
    return clean_cells.told(export.sample["user_id"]).is_empty()


def _header_again(
    export: Export,
    cells: Mapping[str, clean_cells.Read],
    numbers: Mapping[str, pl.Expr],
    types: Mapping[str, pl.DataType],
) -> pl.Expr:
    """Whether a row repeats two or more names of its columns, and no cell is in doubt for that."""
    texts = [one for one in export.taken.values() if types[f"c{one.position}"] == pl.String]
    silent = [one for one in texts if not _doubts_name(one, cells, numbers)]
    if len(silent) != 2:
        return is_header_again(replace(export, taken={one.field: one for one in silent}), types)
    # The longer texts are looked at only where the others repeat their name.
    lengths = {one.field: export.sample[one.field].str.len_bytes().max() for one in silent}
    first, second = sorted(silent, key=lambda one: lengths[one.field] or 0)
    repeats = pl.col(f"c{first.position}").str.strip_chars() == first.column.strip()
    cell = pl.when(repeats).then(pl.col(f"c{second.position}"))
    return cell.str.strip_chars() == second.column.strip()


def _doubts_name(
    taken: Taken, cells: Mapping[str, clean_cells.Read], numbers: Mapping[str, pl.Expr]
) -> bool:
    """Whether a cell that holds the name of its column is in doubt, as no id or time is written so."""
    name = taken.column.strip()
    said = pl.DataFrame({f"c{taken.position}": [name, f" {name}", f"{name} "]}, strict=False)
    own = {one: numbers[one] for one in (number_of(taken.field),) if one in numbers}
    return bool(name) and bool(
        said.with_columns(**own).select(cells[taken.field][1].fill_null(value=False).all()).item()
    )


def _lacks(dataset: Dataset, fields: Mapping[str, pl.Expr]) -> Iterator[pl.Expr]:
    """Whether a row lacks what it needs, as one does that says nothing."""
    for name in dataset.needed:
        says = (name, *dataset[name].instead)
        yield pl.all_horizontal(fields[one].is_null() for one in says)


def _totals(
    export: Export,
    dataset: Dataset,
    fields: Mapping[str, pl.Expr],
    types: Mapping[str, pl.DataType],
) -> Iterator[pl.Expr]:
    """Whether a row may be one of totals, as the strict way tells them."""
    if types["c0"] != pl.String:
        return
    texts = [f"c{one.position}" for one in export.taken.values()]
    texts = [column for column in texts if types[column] == pl.String]
    dated = next((one.name for one in dataset.fields if one.type is Type.TIME), None)
    told = dated is not None and not said_of_all(export, dated)
    if dated and told and dataset[dated].needed and not dataset[dated].instead:
        return  # a row that lacks it is in doubt for that
    undated = fields[dated].is_null() if dated and told else pl.lit(True)
    absent = export.taken.get(dataset.absent_in_totals)
    may_be = fields[dataset.absent_in_totals].is_null()
    if said_of_all(export, dataset.absent_in_totals):
        may_be = pl.lit(True)
    if absent is not None and f"c{absent.position}" in texts:
        may_be |= _is_called_total(f"c{absent.position}", undated)
    yield from (_is_called_total(column, undated & may_be) for column in sorted({"c0", *texts}))


def _is_called_total(column: str, asked: pl.Expr) -> pl.Expr:
    """Whether a cell is a word for a total, of rows that are asked about: no others are looked at."""
    cell = pl.when(asked.fill_null(value=False)).then(pl.col(column))
    return cell.str.strip_chars().str.contains(TOTALS).fill_null(value=False)


def _number(
    export: Export,
    dataset: Dataset,
    fields: Mapping[str, pl.Expr],
    types: Mapping[str, pl.DataType],
    forms: Mapping[str, IdForm],
) -> tuple[pl.Expr, pl.Expr]:
    """A number that rows share which may be one, null where it can't be told; and whether another counts.

    It's of their keys where these are there, else of the whole row.
    """
    same = dataset.same or Same()
    silent = [
        name
        for name in dict.fromkeys((*same.key, *chain.from_iterable(same.for_blank.values())))
        if name in export.taken and clean_cells.told(export.sample[name]).is_empty()
    ]
    said = {*export.taken, *export.defaults}.difference(silent)
    strays = pl.any_horizontal(pl.lit(False), *(fields[one].is_not_null() for one in silent))
    key = same.key_of(said)
    if not key or not said.issuperset(key):
        return export.row_key(types), strays
    digits = [forms[name].digits for name in key if name in forms]
    if len(digits) == len(key) and sum(digits) <= MOST_DIGITS:
        # What tells rows apart most stands first, so that the numbers count up where it does.
        whole: pl.Expr = pl.lit(0, pl.UInt64)
        for name, many in reversed([*zip(key, digits, strict=True)]):
            whole = whole * 10**many + pl.col(number_of(name))
        return whole, strays
    first, *others = (fields[name].hash(seed=place) for place, name in enumerate(key))
    number = first
    for one in others:
        number = number ^ one
    known = pl.all_horizontal(fields[name].is_not_null() for name in key)
    number = pl.when(known).then(number)
    for name in set(key).difference(same.key):
        by_row = tells_nothing(fields[name], dataset[name].type)
        number = pl.when(by_row).then(export.row_key(types)).otherwise(number)
    return number, strays


def _currency(exports: Sequence[Export], options: ReadOptions) -> Currency:
    """The one currency of all amounts, by the first rows.

    Raises:
        DoubtError: there may be several.
    """
    if any(one.unit for one in exports):
        raise DoubtError
    samples = (one.sample["currency"] for one in exports if "currency" in one.sample)
    codes = {code for sample in samples for code in clean_cells.codes(sample)}
    base = options.currency or next(iter(codes), None)
    if codes - {base}:
        raise DoubtError
    return Currency.named(base) if base else Currency()
