"""The fast way over large exports of a dataset: some of their columns, straight from the file.

As `orders`: fast expressions from the first rows, proof that they could read every row, and None for
any doubt; then the dataset's own reader (`readers/dataset.py`) finds out what is wrong where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from userops.core.facts import Facts
from userops.core.table import Currency
from userops.core.tally import Tally
from userops.datasets.fields import Dataset, Type
from userops.engines import query as engine
from userops.engines.duplicates import duplicated, pairs_differ, rise
from userops.engines.reductions import MOST_DIGITS
from userops.readers import assumptions
from userops.readers.exports import Export
from userops.readers.fast import expressions, integer_ids
from userops.readers.fast.integer_ids import IdForm, number_of
from userops.readers.options import ReadOptions
from userops.readers.strict.netting import AFTER
from userops.readers.strict.read import export_notes
from userops.readers.values import amounts

A_DAY = 86_400_000_000  # microseconds
_SOME = 1000


@dataclass(frozen=True, slots=True)
class Columns:
    """What was asked of the rows of an export that count, each once.

    `frame` holds it beside `user` (of `form.dtype`; `form` makes an id of it) and `moment` (Int64, microseconds
    since 1970-01-01); `rows_of` gives all fields of some users' rows among these, lazy. `differ` says that
    no user stands twice with what was asked for `apart`.
    """

    frame: pl.DataFrame
    rows_of: Callable[[pl.Series], pl.LazyFrame]
    form: IdForm
    facts: Facts
    export: Export
    differ: bool = False


def columns(
    export: Export,
    dataset: Dataset,
    options: ReadOptions,
    ask: Callable[[Export], Mapping[str, pl.Expr]],
    as_of: int | None,
    apart: str | None = None,
) -> Columns | None:
    """What's asked of an export's rows, if nothing about them is in doubt.

    Args:
        export: opened.
        dataset: what it's of: rows with a time, that are one by an id (`Same`), else by all they say.
        options: how it's read.
        ask: tells columns of `frame`, made of the fields that the export has and of `number_of` ids of
            one form; a null says that a row is in doubt.
        as_of: the last day that counts; by default the last that there is.
        apart: one of the columns of `frame` that mostly differs in a user's rows: where it does in all, nothing
            more of them is read to see that none stands twice.
    """
    samples = export.sample
    plain = not (options.timezone or export.nobody or export.saved or export.defaults)
    form = integer_ids.form_of_all([samples["user_id"]], MOST_DIGITS) if samples and plain else None
    if form is None:
        return None
    try:
        asked = ask(export)
        rows = _canonical(export, dataset, options, form)
        moment = pl.col(dataset.time or "").to_physical()
        key = () if apart in asked else ("key",)
        user = pl.col("user").cast(form.dtype)
        frame = engine.collect(rows.select(user, "doubt", *key, moment=moment, **asked))
    except (expressions.DoubtError, pl.exceptions.PolarsError):
        return None  # the strict way finds out where and why
    count = len(frame)
    first, last = frame.select(
        pl.col("moment").min() // A_DAY, pl.col("moment").max().alias("to") // A_DAY
    ).row(0)
    if not count or _are_doubtful(frame, asked, form, options):
        return None
    # Where some rows leave no long silence, there's none: counting all takes a tenth of reading.
    some = frame["moment"].gather_every(_SOME) // A_DAY
    if assumptions.may_be_odd(pl.concat([some, pl.Series("moment", [first, last])])):
        days = frame.group_by(day=pl.col("moment") // A_DAY).agg(pl.len())
        if assumptions.of_days(days):
            return None
    differ = apart is not None and apart in asked and pairs_differ(frame, "user", apart)
    if not differ and _some_are_one(frame, rows):
        return None
    frame = frame.drop("key", "doubt", strict=False)
    as_of = last if as_of is None else as_of
    within = frame if last <= as_of else frame.filter(pl.col("moment") < (as_of + 1) * A_DAY)
    facts = Facts(
        expressions.window(first, as_of, options.timezone),
        Tally(count, len(within), {}, {AFTER: count - len(within)} if last > as_of else {}),
        Currency(),
        export_notes([export]),
        last_row=last,
    )

    def rows_of(users: pl.Series) -> pl.LazyFrame:
        theirs = _canonical(export, dataset, options, form, users)
        return theirs.filter(pl.col("day") <= as_of).drop("doubt", "key")

    return Columns(within, rows_of, form, facts, export, differ)


def _canonical(
    export: Export,
    dataset: Dataset,
    options: ReadOptions,
    form: IdForm,
    users: pl.Series | None = None,
) -> pl.LazyFrame:
    """All fields of an export by fast expressions, with `user`, `day`, `key` and whether a row is in `doubt`.

    Of all rows, or of some users' by their numbers: of the others no more than whose they are is read.

    `user` is the number of the user's id; `key` (UInt64) one that rows share which are one, null where it
    isn't known; `number of FIELD` is that of another id, where all have one form.
    """
    if export.fast is None:
        raise expressions.DoubtError
    samples = export.sample
    ids = {name: one for name, one in samples.items() if dataset[name].type is Type.ID}
    forms = {name: integer_ids.form_of(one) for name, one in ids.items()} | {"user_id": form}
    numbers = {
        number_of(name): one.number(pl.col(ids[name].name), whole=ids[name].dtype.is_integer())
        for name, one in forms.items()
        if one is not None
    }
    made, doubts = {"user": pl.col(number_of("user_id"))}, []
    most = int(amounts.LARGEST_NUMBER)
    for name, sample in samples.items():
        column, kind = pl.col(sample.name), dataset[name].type
        said = column.is_not_null()
        if sample.dtype == pl.String:  # a blank cell of a text is none
            said &= column != ""
        if kind is Type.ID:
            made[name] = pl.when(said).then(expressions.identity(sample))
            doubts.append(_unclean(sample, forms[name], name))
        elif kind is Type.TIME:
            made[name] = expressions.wall_time(sample, options)
            doubts.append(said & made[name].is_null())
        elif kind is Type.NUMBER:
            made[name] = column.cast(pl.Int64, strict=False)
            doubts.append(~made[name].is_between(-most, most).fill_null(value=True))
            if not sample.dtype.is_integer():
                same = made[name] == (column if sample.dtype.is_float() else made[name])
                doubts.append(said & ~same.fill_null(value=False))
        elif kind is Type.TEXT and sample.dtype == pl.String:
            made[name] = pl.when(said).then(column)
        else:
            raise expressions.DoubtError
    doubts += [made[name].is_null() for name in dataset.needed]
    day = expressions.day(samples[dataset.time or ""], options)
    doubt = pl.any_horizontal(*doubts).fill_null(value=True)
    key = _key(export, dataset, forms)
    others = [pl.col(name) for name in numbers if name != number_of("user_id")]
    told = export.fast
    if users is not None:
        told = told.filter(numbers[number_of("user_id")].is_in(users.implode()))
    told = told.with_columns(**numbers)
    return told.select(*others, **made, day=day, doubt=doubt, key=key)


def _unclean(sample: pl.Series, form: IdForm | None, name: str) -> pl.Expr:
    """Whether an id may be one to be cleaned or refused."""
    if form is None:
        return integer_ids.unclean(sample)
    column, whole = pl.col(sample.name), sample.dtype.is_integer()
    odd = pl.col(number_of(name)).is_null() | form.strays(column, whole=whole)
    said = column.is_not_null() if whole else column != ""
    return (odd & said).fill_null(value=False)


def _key(export: Export, dataset: Dataset, forms: Mapping[str, IdForm | None]) -> pl.Expr:
    same = dataset.same
    if same is None or len(same.key) != 1 or same.key[0] not in export.sample:
        assert export.fast is not None
        return export.row_key(export.fast.collect_schema())
    (name,) = same.key
    if forms[name] is not None:
        return pl.col(number_of(name))
    column = pl.col(export.sample[name].name)
    return pl.when(column.is_not_null()).then(column.hash(seed=0))


def _are_doubtful(
    frame: pl.DataFrame, asked: Mapping[str, pl.Expr], form: IdForm, options: ReadOptions
) -> bool:
    """Whether anything was seen that fast expressions can't read for sure."""
    nobody = form.numbers_of(options.no_user.words)
    unread = any(frame[name].has_nulls() for name in asked)
    return unread or bool(frame["doubt"].any()) or bool(frame["user"].is_in(nobody).any())


def _some_are_one(frame: pl.DataFrame, rows: pl.LazyFrame) -> bool:
    """Whether some rows are one, or it can't be told; keys that weren't read are now."""
    keys = frame["key"] if "key" in frame else engine.collect(rows.select("key")).to_series()
    return keys.has_nulls() or not (rise(keys) or duplicated(keys).is_empty())
