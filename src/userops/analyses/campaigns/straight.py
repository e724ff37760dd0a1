"""Lists of a large export straight from the file, users by number; see `readers.fast.rows`."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.analyses.analysis import Inputs
from userops.engines.reductions import Query
from userops.readers.exports import Export
from userops.readers.fast.expressions import DoubtError
from userops.readers.fast.integer_ids import IdForm
from userops.readers.fast.rows import A_DAY
from userops.readers.values.text import clean_text

# Tables that name users, or look at others' orders; for the rest a number will do for a user's id.
_NAMING = ("segments", "coupons", "series", "plan", "users")
_TEXTS = ("campaign", "group", "delivered")


@dataclass(frozen=True, slots=True)
class Straight:
    """Rows as the dataset `assignments` has them, with `user_id` the number of an id of a form."""

    frame: pl.DataFrame
    form: IdForm

    @property
    def users(self) -> pl.Series:
        """Their ids."""
        return self.frame.select(self.form.text(pl.col("user_id")).alias("user_id")).to_series()

    def orders_of(self, days: tuple[int, int]) -> list[Query]:
        """As `outcomes.orders_of`, of users whose ids have the form, with their number as `user`.

        And as `outcomes.others_of` those of another form.
        """
        form, user = self.form, pl.col("user_id")
        columns = ("order_time", "day", "amount", "orders")

        def of_form(orders: pl.LazyFrame) -> pl.LazyFrame:
            asked = orders.filter(pl.col("day").is_between(*days) & ~form.is_other(user))
            return asked.select(form.number(user).alias("user"), *columns)

        def of_others(orders: pl.LazyFrame) -> pl.LazyFrame:
            return orders.filter(form.is_other(user)).select(user.unique())

        return [of_form, of_others]


def straight(inputs: Inputs) -> Straight | None:
    """The lists, where nothing about them is in doubt and tables without users' names are asked for."""
    if inputs.lenient or inputs.has("coupons") or any(map(inputs.wants, _NAMING)):
        return None
    found = inputs.columns("assignments", _asked, inputs.as_of)
    if found is None:
        return None
    moment = pl.col("moment")
    frame = found.frame.rename({"user": "user_id"}).with_columns(
        assigned_time=moment.cast(pl.Datetime("us")), day=(moment // A_DAY).cast(pl.Int32)
    )
    columns = [_said(frame, name) for name in _TEXTS]
    nothing = [
        pl.lit(None, pl.String).alias("version"),
        pl.lit(None, pl.Int64).alias("contact_cost"),
    ]
    return Straight(frame.with_columns(*columns, *nothing), found.form)


def _asked(export: Export) -> dict[str, pl.Expr]:
    """What's asked of each row beside its time: what it says in few different words."""
    if "version" in export.taken:
        raise DoubtError
    texts = [name for name in _TEXTS if name in export.taken]
    return {name: pl.col(name).fill_null("").cast(pl.Categorical) for name in texts}


def _said(frame: pl.DataFrame, name: str) -> pl.Series | pl.Expr:
    """A column of words as they're read, null where it says nothing; null throughout where there is none."""
    if name not in frame:
        return pl.lit(None, pl.String).alias(name)
    words = frame[name].unique()
    texts = words.cast(pl.String)
    read = pl.select(clean_text(pl.lit(texts))).to_series()
    return frame[name].replace_strict(words, read, return_dtype=pl.String)
