"""Lists of a large export straight from the file, users by number; see `readers.fast.rows`."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.campaigns.listed import WORDS, Listed
from userops.datasets.assignments import ASSIGNMENTS
from userops.engines.reductions import MOST_DIGITS, IdNames, Ids, Reduction, has_integer_ids
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
    """Rows of lists, with `user_id` the number of an id of a form."""

    listed: Listed
    form: IdForm

    @property
    def users(self) -> pl.Series:
        """Their ids."""
        return self.listed.rows.select(
            self.form.text(pl.col("user_id")).alias("user_id")
        ).to_series()

    def orders_of(self, days: tuple[int, int]) -> list[Reduction]:
        """As `outcomes.orders_of`, of users whose ids have the form, with a number as `user` (`own`).

        And as `outcomes.others_of` those of another form.
        """
        form, user = self.form, pl.col("user_id")
        columns = ("order_time", "day", "amount", "orders")

        def of_form(orders: pl.LazyFrame) -> pl.LazyFrame:
            asked = orders.filter(pl.col("day").is_between(*days))
            if has_integer_ids(orders):
                return asked.select(user.alias("user"), *columns)
            return asked.filter(~form.is_other(user)).select(
                form.number(user).alias("user"), *columns
            )

        def of_others(orders: pl.LazyFrame) -> pl.LazyFrame:
            return orders.filter(form.is_other(user)).select(user.unique())

        asked = (Reduction(query, MOST_DIGITS, names_users=False) for query in (of_form, of_others))
        first, others = asked
        return [first, others.on(Ids.OWN)]

    def own(self, orders: pl.DataFrame, names: IdNames | None) -> pl.DataFrame:
        """The first of these with this form's numbers as `user_id`; `names` knows those that stood for ids in the pass."""
        orders = orders.rename({"user": "user_id"})
        if names is None or names == self.form:
            return orders
        orders, user = names.named(orders), pl.col("user_id")
        return orders.filter(~self.form.is_other(user)).with_columns(self.form.number(user))


def straight(inputs: Inputs) -> Straight | None:
    """The lists, where nothing about them is in doubt and tables without users' names are asked for."""
    if inputs.lenient or inputs.has("coupons") or any(map(inputs.wants, _NAMING)):
        return None
    found = inputs.columns("assignments", _asked, inputs.as_of, apart="campaign")
    if found is None:
        return None
    codes, kinds = _numbered(found.frame)
    moment = pl.col("moment")
    rows = found.frame.select(
        user_id=pl.col("user").cast(pl.UInt64),
        assigned_time=moment.cast(pl.Datetime("us")),
        day=(moment // A_DAY).cast(pl.Int32),
        contact_cost=pl.lit(None, pl.Int64),
        kind=codes,
    )
    campaigns = found.frame["campaign"].n_unique() if found.differ else None
    return Straight(Listed(rows, kinds, campaigns), found.form)


def _asked(export: Export) -> dict[str, pl.Expr]:
    """What's asked of each row beside its time: what it says in few different words."""
    if "version" in export.taken:
        raise DoubtError
    texts = [name for name in _TEXTS if name in export.taken]
    return {name: pl.col(name).fill_null("").cast(pl.Categorical) for name in texts}


def _numbered(frame: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame]:
    """Of each row the place of what it says among all that's said; and that, as it's read."""
    texts = [name for name in _TEXTS if name in frame]
    numbers = frame.select(pl.col(texts).to_physical())
    sizes = [int(numbers[name].to_numpy().max(initial=0)) + 1 for name in texts]
    whole = pl.UInt32 if prod(sizes) < 2**32 else pl.Int128
    code = pl.lit(0, whole)
    for place, name in enumerate(texts):
        code += pl.lit(prod(sizes[:place]), whole) * numbers[name].cast(whole)
    told = frame.select(code.alias("kind"), *texts)
    codes = told["kind"]
    first = codes.arg_unique()
    kinds = told[first.to_list()].with_columns(
        clean_text(pl.col(name), ASSIGNMENTS[name].says).alias(name) for name in texts
    )
    places = pl.Series(range(len(first)), dtype=pl.UInt32)
    kind = codes.replace_strict(codes.gather(first), places, return_dtype=pl.UInt32)
    nothing = (pl.lit(None, pl.String).alias(name) for name in WORDS if name not in texts)
    return kind, kinds.with_columns(nothing).select(WORDS)
