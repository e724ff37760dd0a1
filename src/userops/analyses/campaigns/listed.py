"""Rows of campaign lists, and apart from them what they say in words, each looked at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

WORDS = ("campaign", "version", "group", "delivered")


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of lists: `user_id, assigned_time, day, contact_cost, kind`.

    `kind` is the place among `kinds` of what a row says in words: `WORDS` as they're read, and what is made
    of them. Where it's known that no user stands twice in a campaign as they're written, `campaigns` is how
    many these are.
    """

    rows: pl.DataFrame
    kinds: pl.DataFrame
    campaigns: int | None = None

    @property
    def names_once(self) -> bool:
        """Whether no user stands twice in a campaign, for sure: two that are written apart may be one."""
        return self.campaigns == self.kinds["campaign"].n_unique()

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Listed:
        """Rows as the dataset `assignments` has them."""
        kinds = rows.select(WORDS).unique().sort(WORDS)
        known = rows.join(
            kinds.with_row_index("kind"),
            on=WORDS,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        return cls(known.select("user_id", "assigned_time", "day", "contact_cost", "kind"), kinds)

    def until(self, day: int) -> Listed:
        """Those that are known by a day."""
        if self.rows.is_empty() or self.rows.select(pl.col("day").max()).item() <= day:
            return self
        return self._filtered(pl.col("day") <= day)

    def only(self, wanted: pl.Expr) -> Listed:
        """Those of some kinds."""
        kept = self.kinds.select(wanted).to_series()
        return self if kept.all() else self._filtered(pl.col("kind").is_in(kept.arg_true()))

    def saying(self, *said: pl.Expr, **more: pl.Expr) -> Listed:
        """The same with more said of the kinds."""
        return replace(self, kinds=self.kinds.with_columns(*said, **more))

    def spread(self, *names: str) -> pl.DataFrame:
        """The rows with some of what is said of their kinds."""
        kind = self.rows["kind"]
        return self.rows.with_columns(self.kinds[name].gather(kind) for name in names)

    def _filtered(self, wanted: pl.Expr) -> Listed:
        """Some rows, and the kinds that these are of."""
        rows = self.rows.filter(wanted)
        left = rows["kind"].unique().sort()
        places = pl.Series(range(len(left)), dtype=pl.UInt32)
        kind = pl.col("kind").replace_strict(left, places, return_dtype=pl.UInt32)
        return Listed(rows.with_columns(kind), self.kinds[left.to_list()], self.campaigns)
