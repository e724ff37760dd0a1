"""The users export, brought to a row a user.

When each registered, what is known of them, and what they went by before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import polars as pl

from userops.core.dates import Window
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset, Field, Type
from userops.datasets.users import USERS
from userops.readers import columns
from userops.readers.exports import Export, open_all, suited
from userops.readers.files.records import LINE
from userops.readers.options import ReadOptions
from userops.readers.strict import read as strict
from userops.readers.strict.rows import FILE

AGAIN = "another row of the same user"


class People:
    """The users of some exports. Opening them reads no more than their heads and shapes."""

    def __init__(self, exports: Sequence[Export], dataset: Dataset, options: ReadOptions) -> None:
        self.exports = exports
        self._dataset = dataset
        self._options = options

    @classmethod
    def open(
        cls,
        names: Sequence[str | pl.LazyFrame],
        options: ReadOptions,
        folder: Path,
        attributes: Sequence[str] = (),
    ) -> Self:
        """The users of some files, globs and folders, or frames.

        `attributes` are what may be asked of them beside the fields: any columns.

        Raises:
            InputError: one of them can't be used.
        """
        fields = [*USERS.fields, EVENTS["anonymous_id"]]
        known = {field.name for field in fields}
        more = [name for name in dict.fromkeys(attributes) if name not in known]
        fields += [Field(name, Type.TEXT, "an attribute of the user", (name,)) for name in more]
        dataset = Dataset("users", "user", tuple(fields))
        return cls(open_all(names, dataset, options, folder), dataset, suited(options, dataset))

    def field(self, name: str) -> str | None:
        """The field that a name means, its own or its column's; None where no export has it."""
        return next(iter(self._serving(name)), None)

    def _serving(self, name: str) -> list[str]:
        fields = [columns.serving(export.taken, name) for export in self.exports]
        return list(dict.fromkeys(one for one in fields if one is not None))

    @property
    def header(self) -> list[str]:
        """All columns' names, once each."""
        return list(
            dict.fromkeys(name for export in self.exports for name in export.header if name.strip())
        )

    @cached_property
    def read(self) -> strict.StrictRows:
        """Every row; read once."""
        return strict.whole(self.exports, self._dataset, self._options)

    @cached_property
    def _rows(self) -> pl.DataFrame:
        """Good rows, the earliest registration first."""
        return self.read.good.sort("registered_time", FILE, LINE, nulls_last=True)

    def users(self) -> pl.DataFrame:
        """`user_id, registered_time` of the earliest registration, by user_id."""
        return self._rows.group_by("user_id").agg(pl.col("registered_time").min()).sort("user_id")

    def registered(self) -> pl.DataFrame:
        """`user_id, registered_day` (null for unknown), by user_id."""
        day = pl.col("registered_time").dt.date().cast(pl.Int32)
        return self.users().select("user_id", registered_day=day)

    def attribute(self, name: str) -> pl.DataFrame:
        """`user_id` and what the exports say in a field, as text, by user_id.

        Of a user's rows the earliest that says something counts.
        """
        said = pl.coalesce(self._serving(name)).cast(pl.String)
        return (
            self._rows.select("user_id", said.alias(name))
            .group_by("user_id")
            .agg(pl.col(name).drop_nulls().first())
            .sort("user_id")
        )

    def links(self) -> pl.DataFrame:
        """`anonymous_id, user_id`, each anonymous id once."""
        return (
            self._rows.filter(pl.col("anonymous_id").is_not_null())
            .unique("anonymous_id", keep="first", maintain_order=True)
            .select("anonymous_id", "user_id")
        )

    @property
    def facts(self) -> Facts:
        """What reading found out: each user counts once."""
        users = self._rows["user_id"].n_unique()
        again = len(self._rows) - users
        tally = self.read.tally(users, {AGAIN: again} if again else {})
        notes = (*strict.export_notes(self.read.exports), *self.read.notes)
        return Facts(Window(None, None, self._options.timezone), tally, Currency(), notes)

    def rejects(self) -> pl.DataFrame:
        """Every refused row: file, line, column, reason and raw text, by file and line."""
        return self.read.rejects()
