"""An export without a header, whose first row is data; and one that holds no rows but sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from userops.core.errors import InputError
from userops.core.shell import quoted
from userops.datasets.fields import Dataset, Type, names
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.readers.columns import count_known
from userops.readers.files.contents import Content
from userops.readers.files.records import DESCRIPTION, FAULTS, LINE
from userops.readers.meaning.headers import folded
from userops.readers.values import text as text_values
from userops.readers.values import times
from userops.readers.values.times import TimeStyle

_SHOWN = 200
_FIRST = 2_000
_NUMBER = r"^\s*\D{0,3}-?\d[\d,]*(?:[.,]\d+)?\D{0,3}$"
_DECIMAL = r"\d[.,]\d{1,2}\D{0,3}$"
_NEARLY = 0.9
_MOST_EVENTS = 30  # different ones in the first rows
# What a row a customer says of all their orders together.
_SPENT = names(
    "total spent,total spend,total spending,amount spent,lifetime spend,lifetime value,ltv,total revenue,"
    "total sales,total amount spent,total order value,monetary,monetary value,"
    "累计消费金额,累计消费,总消费金额,总消费,消费总额,累计金额,累计支付金额,历史消费金额,交易总额"
)
_ORDERED = names(
    "orders,orders count,order count,total orders,number of orders,no of orders,# orders,num orders,"
    "purchases,purchase count,frequency,total transactions,"
    "订单数,订单总数,累计订单数,消费次数,累计消费次数,购买次数,交易次数,交易笔数,累计笔数,下单次数"
)


def check_rows(
    name: str, content: Content, dataset: Dataset, named: Mapping[str, str], *, headed: bool
) -> None:
    """That an export has a header, and rows below it that aren't sums already.

    Raises:
        InputError: it hasn't.
    """
    if dataset.name == ORDERS.name:
        _check_not_summed(name, content, named)
    if not headed or named or count_known(dataset, content.header, named):
        return
    cells = [cell.strip() for cell in content.header if cell.strip()]
    dates = _are_dates(pl.Series("text", cells, pl.String))
    if len(cells) < 2 or not dates.any():
        return
    shown = ", ".join(f"{at}: {cell[:40]}" for at, cell in enumerate(content.header, start=1))
    raise InputError(
        f"{name}: its first row is no header, but data: {shown}",
        mend=f"--header no {_suggested(content, dataset)}",
    )


def without_descriptions(content: Content) -> Content:
    """An export without a first row that says in words what the columns hold.

    Its columns hold times and numbers, two at least, and it has words in all of these.
    """
    if content.first_line is None:
        return content
    cells = [f"c{at}" for at in range(len(content.header))]
    first = engine.collect(content.rows.select(LINE, *cells).head(1))
    if first.is_empty() or first[LINE][0] != content.first_line:
        return content
    told = [cell for cell in cells if first.schema[cell] == pl.String and _is_wordy(first[cell][0])]
    if len(told) < 2:
        return content
    rows = engine.collect(content.rows.select(cells).slice(1, _SHOWN))
    # Figures elsewhere say that it's a row of data: in most exports the first column looked at.
    saying = {*told, *_silent(first, cells)}
    if any(_are_figures(rows[cell]) for cell in cells if cell not in saying):
        return content
    if sum(_are_figures(rows[cell]) for cell in told) < 2:
        return content
    fault = pl.LazyFrame(
        {LINE: [content.first_line], "reason": [DESCRIPTION], "raw": [""]}, schema=FAULTS
    )
    return replace(
        content,
        rows=content.rows.filter(pl.col(LINE) != content.first_line),
        fast=None,
        faults=pl.concat([content.faults, fault]),
        first_line=None,
    )


def _is_wordy(cell: str | None) -> bool:
    """Whether a cell has words and no digits."""
    return cell is not None and any(map(str.isalpha, cell)) and not any(map(str.isdigit, cell))


def _silent(row: pl.DataFrame, cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if not _told(row[cell].cast(pl.String)).count()]


def _are_figures(column: pl.Series) -> bool:
    """Whether a column holds times or numbers, nearly throughout."""
    told = _told(column.cast(pl.String)).drop_nulls()
    if told.is_empty():
        return False
    numbers = told.str.contains(_NUMBER)
    return _share(numbers | times.look_dated(told)) >= _NEARLY


def _check_not_summed(name: str, content: Content, named: Mapping[str, str]) -> None:
    """That it isn't a row a customer, with what all their orders come to."""
    have = {folded(column): column for column in content.header if column.strip()}
    spent = next((have[one] for one in map(folded, _SPENT) if one in have), None)
    ordered = next((have[one] for one in map(folded, _ORDERED) if one in have), None)
    ids = {folded(one) for one in ORDERS["order_id"].names} - {"name"}
    if spent is None or ordered is None or ids & set(have) or "order_id" in named:
        return
    users = {folded(one) for one in (*ORDERS["user_id"].names, "name")}
    told = [at for at, column in enumerate(content.header) if folded(column) in users]
    rows = engine.collect(content.rows.select(f"c{at}" for at in told).head(_FIRST))
    if any(
        _told(rows[cell].cast(pl.String)).drop_nulls().is_duplicated().any()
        for cell in rows.columns
    ):
        return  # who stands on two rows has a row an order
    raise InputError(
        f"{name}: is a row a customer, summed already: {spent!r} and {ordered!r} are of all their "
        "orders together, and when each was isn't told",
        mend="export the orders themselves, a row an order; this file can go beside them as --users "
        + quoted(name),
    )


def _are_dates(texts: pl.Series) -> pl.Series:
    """Which of some texts are dates, and no mere numbers that could be."""
    read = times.read_times(texts, TimeStyle(day_first=True)).values.is_not_null()
    return read & ~texts.str.contains(r"^\d{10}$|^\d{13}$|^\d{16}$")


def _suggested(content: Content, dataset: Dataset) -> str:
    """Which column is likely which field, as options."""
    first = pl.DataFrame([content.header], schema=[f"c{at}" for at in range(len(content.header))],
                         orient="row")  # fmt: skip
    below = engine.collect(content.rows.drop(LINE).head(_SHOWN))
    rows = pl.concat([first.cast(pl.String), below.cast(pl.String)], how="vertical")
    left = [at for at in range(len(content.header)) if _told(rows[f"c{at}"]).count()]
    found: dict[str, int] = {}
    for field in sorted(dataset.fields, key=lambda one: _ORDER.index(one.type)):
        if not field.needed:
            continue
        fitting = [at for at in left if _fits(rows[f"c{at}"], field.type)]
        if fitting:
            # An amount is likelier one with decimals, and a user one who comes again.
            best = max(fitting, key=lambda at: (_rank(rows[f"c{at}"], field.type), -at))
            found[field.name] = best
            left.remove(best)
    return " ".join(
        f"--map {field}={found[field] + 1 if field in found else 'COLUMN'}"
        for field in dataset.needed
    )


# Fields are looked for by what is surest to be told.
_ORDER = (Type.TIME, Type.MONEY, Type.NUMBER, Type.STATUS, Type.CURRENCY, Type.TEXT, Type.ID)


def _told(column: pl.Series) -> pl.Series:
    return column.to_frame("text").select(text_values.clean_text(pl.col("text"))).to_series()


def _fits(column: pl.Series, type: Type) -> bool:
    told = _told(column).drop_nulls()
    if told.is_empty():
        return False
    if type is Type.TIME:
        read = times.read_times(told, TimeStyle(day_first=True)).values
        return read.null_count() == 0
    if type in (Type.MONEY, Type.NUMBER):
        return bool(told.str.contains(_NUMBER).all())
    return type is not Type.TEXT or told.n_unique() <= _MOST_EVENTS


def _rank(column: pl.Series, type: Type) -> float:
    """How likely a column is that of a field of a type, of those that fit."""
    told = _told(column).drop_nulls()
    if type is Type.TIME:
        return _share(_are_dates(told))
    if type in (Type.MONEY, Type.NUMBER):
        return _share(told.str.contains(_DECIMAL)) + 1e-3 * told.n_unique() / len(told)
    if type is Type.TEXT:
        return _share(told.str.contains(r"\p{L}"))
    return float(1 < told.n_unique() < len(told))


def _share(so: pl.Series) -> float:
    return int(so.sum()) / max(len(so), 1)
