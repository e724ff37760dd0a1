"""What Python functions give: named tables that are easy to hold, to look at and to write.

result = userops.segment("orders.csv")
result.users.to_polars()    # or result["users"], or the first table: result.to_polars()
result.write("tiers.xlsx")
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from userops.core import table as core
from userops.core.errors import UsageError
from userops.language import words
from userops.language.words import Lang
from userops.render.cells import machine
from userops.render.emit import emit

if TYPE_CHECKING:
    import pandas as pd


class Table(core.Table):
    """A named table. `frame` has whole minor units and proportions; `to_polars` what people know.

    Example:
        >>> import userops
        >>> tiers = userops.segment("orders.csv").tiers
        >>> tiers.to_polars().columns[:3]
        ['tier', 'users', 'users_share']
        >>> tiers.columns["revenue"].name
        'MONEY'
        >>> len(tiers)
        4
    """

    __slots__ = ()

    @classmethod
    def of_core(cls, table: core.Table) -> Self:
        """A table with what Python's users may ask of it."""
        return cls(**{one.name: getattr(table, one.name) for one in fields(table)})

    def to_polars(self) -> pl.DataFrame:
        """Its values as people know them: dates, exact decimals of money in whole units, plain text."""
        return machine(self.frame, self)

    def to_pandas(self) -> pd.DataFrame:
        """The same in pandas, money as floats of whole units.

        Raises:
            UsageError: pandas isn't installed.
        """
        try:
            import pandas  # noqa: F401
        except ImportError:
            raise UsageError("pandas isn't installed", mend="pip install pandas") from None
        return self.to_polars().cast({pl.Decimal: pl.Float64}).to_pandas()

    def write(self, path: str | PathLike[str], *, lang: Lang = "en") -> None:
        """Write it to a file, whole or not at all, in the format that its ending names.

        Raises:
            UsageError: the ending names no format.
            InputError: it can't be written.
        """
        _write(core.Result(self.analysis, (self,)), path, self.name, lang)

    def __len__(self) -> int:
        return self.frame.height

    def __repr__(self) -> str:
        return f"{self._title()}\n{self.to_polars()}"

    def _repr_html_(self) -> str:
        return f"<p><b>{self._title()}</b></p>{self.to_polars()._repr_html_()}"

    def _title(self) -> str:
        return words.title(self.name, "en", analysis=self.analysis)


def _write(result: core.Result, path: str | PathLike[str], show: str | None, lang: Lang) -> None:
    """Write a result; what ends in no format has nothing to be added here."""
    try:
        emit(result, show=show, output=path, lang=lang, note=lambda _: None)
    except UsageError as error:
        error.mend = error.mend.removesuffix(", or add --format")
        raise


class Result(core.Result):
    """The tables of one call, by name: as attributes, by index, or one after the other.

    `tally` says what became of the rows that were read, `messages` what was said beside the tables.

    Example:
        >>> import userops
        >>> result = userops.segment("orders.csv")
        >>> [table.name for table in result]
        ['users', 'summary', 'tiers', 'cuts']
        >>> result["tiers"] is result.tiers or result["tiers"].name
        True
        >>> result.tally.read == result.tally.used + sum(result.tally.left_out.values())
        True
        >>> result.write("tiers.xlsx")
    """

    __slots__ = ()

    @classmethod
    def of_core(cls, result: core.Result) -> Self:
        """A result whose tables are `Table`s of this module."""
        return cls(
            result.command,
            tuple(map(Table.of_core, result.tables)),
            result.tally,
            result.tallies,
            result.messages,
            result.sources,
        )

    def __getattr__(self, name: str) -> Table:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(*error.args) from None

    def __getitem__(self, name: str) -> Table:
        """The table of that name; KeyError without one."""
        if name not in self.names:
            raise KeyError(f"{self.command} has no table {name!r}, but {', '.join(self.names)}")
        table = super().__getitem__(name)
        assert isinstance(table, Table)
        return table

    def __iter__(self) -> Iterator[Table]:
        return (self[name] for name in self.names)

    def __len__(self) -> int:
        return len(self.tables)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.names})

    def to_polars(self, table: str | None = None) -> pl.DataFrame:
        """A table's values, by default the first one's; as `Table.to_polars`."""
        return self._chosen(table).to_polars()

    def to_pandas(self, table: str | None = None) -> pd.DataFrame:
        """The same in pandas; as `Table.to_pandas`."""
        return self._chosen(table).to_pandas()

    def write(
        self, path: str | PathLike[str], table: str | None = None, *, lang: Lang = "en"
    ) -> None:
        """Write to a file in the format that its ending names.

        Args:
            path: a workbook and a page hold every table, other formats the first one.
            table: one table's name, or `all`.
            lang: the language of formats for people.

        Raises:
            UsageError: there's no such table, or the ending names no format.
            InputError: it can't be written.
        """
        _write(self, path, table, lang)

    def _chosen(self, table: str | None) -> Table:
        if table is None:
            return next(iter(self))
        if table not in self.names:
            raise UsageError.unknown("table", table, self.names)
        return self[table]

    def __repr__(self) -> str:
        tables = ", ".join(f"{one.name} ({len(one):,})" for one in self)
        return f"<userops {self.command}: {tables}>"

    def _repr_html_(self) -> str:
        return "".join(one._repr_html_() for one in self)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.command, self.tables, self.tally, self.tallies, self.messages)
        return type(self), parts
