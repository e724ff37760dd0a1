"""The users export, brought to a row a user.

When each registered, what is known of them, and what they went by before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from userops.core.facts import Facts
from userops.datasets.users import USERS
from userops.readers.dataset import Opened, Rows
from userops.readers.exports import Export
from userops.readers.options import ReadOptions


class People:
    """The users of some exports. Opening them reads no more than their heads and shapes."""

    def __init__(self, opened: Opened, as_of: int | None = None) -> None:
        self._opened = opened
        self._as_of = as_of

    @classmethod
    def open(
        cls,
        names: Sequence[str | pl.LazyFrame],
        options: ReadOptions,
        folder: Path,
        attributes: Sequence[str] = (),
        as_of: int | None = None,
    ) -> Self:
        """The users of some files, globs and folders, or frames.

        `attributes` are what may be asked of them beside the fields: any columns. Whoever
        registered after `as_of` isn't known yet.

        Raises:
            InputError: one of them can't be used.
        """
        return cls(Opened.open(names, USERS, options, folder, attributes), as_of)

    @property
    def exports(self) -> Sequence[Export]:
        """The exports, opened."""
        return self._opened.exports

    def field(self, name: str) -> str | None:
        """The field that a name means, its own or its column's; None where no export has it."""
        return self._opened.field(name)

    @property
    def header(self) -> list[str]:
        """All columns' names, once each."""
        return self._opened.header

    @cached_property
    def rows(self) -> Rows:
        """Every row, the earliest registration first; read once."""
        return self._opened.rows(self._as_of, "registered_time")

    def users(self) -> pl.DataFrame:
        """`user_id, registered_time` of the earliest registration, by user_id."""
        return self.rows.frame.select("user_id", "registered_time").sort("user_id")

    def registered(self) -> pl.DataFrame:
        """`user_id, registered_day` (null for unknown), by user_id."""
        day = pl.col("registered_time").dt.date().cast(pl.Int32)
        return self.users().select("user_id", registered_day=day)

    def attribute(self, name: str) -> pl.DataFrame:
        """`user_id` and what the exports say in a field, as text, by user_id.

        Of a user's rows the earliest that says something counts.
        """
        said = pl.coalesce(self._opened.serving(name)).cast(pl.String)
        return (
            self.rows.every.select("user_id", said.alias(name))
            # In order first: their groups take a fifth of what groups of texts do.
            .sort("user_id", maintain_order=True)
            .group_by("user_id", maintain_order=True)
            .agg(pl.col(name).drop_nulls().first())
        )

    def links(self) -> pl.DataFrame:
        """`anonymous_id, user_id`, each anonymous id once."""
        return (
            self.rows.every.filter(pl.col("anonymous_id").is_not_null())
            .unique("anonymous_id", keep="first", maintain_order=True)
            .select("anonymous_id", "user_id")
        )

    @property
    def facts(self) -> Facts:
        """What reading found out: each user counts once."""
        return self.rows.facts

    def rejects(self) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        return self.rows.rejects()
