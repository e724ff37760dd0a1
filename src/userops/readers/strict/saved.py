"""An export's rows as read before netting, kept from an earlier run: it needn't be parsed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from userops.core.table import Currency


class OtherMoneyError(Exception):
    """SavedExport amounts were read in another currency, or by other rates, than the run's."""


@dataclass(frozen=True, slots=True)
class SavedRows:
    """SavedExport rows, and what was found out about them.

    `paths` hold them in the export's order; `assumed` and `currencies` are as in `Profile`;
    amounts have `places` decimals, those of other currencies by `rates`. `raws` has the raw text
    of some lines, and `again` opens the export for that of others.
    """

    paths: Sequence[Path]
    assumed: Mapping[tuple[str, str], int]
    currencies: Mapping[str, int]
    places: int
    rates: Mapping[str, str]
    raws: Mapping[int, str]
    again: Callable[[set[int]], dict[int, str]]

    def batches(self, number: int) -> Iterator[pl.DataFrame]:
        """The rows, `file` being the export's `number` in this run."""
        for path in self.paths:
            rows = pl.read_parquet(path, glob=False)
            yield rows.with_columns(file=pl.lit(number, pl.UInt32))

    def check_money(self, currency: Currency, rates: Mapping[str, str]) -> None:
        """Raises OtherMoneyError where amounts would be others now."""
        rates_of_rows = {code: rate for code, rate in rates.items() if code in self.currencies}
        if self.places != currency.places or dict(self.rates) != rates_of_rows:
            raise OtherMoneyError

    def raw(self, lines: set[int]) -> dict[int, str]:
        """The raw text of some lines."""
        known = {line: self.raws[line] for line in lines if line in self.raws}
        missing = lines - set(known)
        return known | self.again(missing) if missing else known
