"""Tables of `userops cohorts`, as tests read them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from helpers.running import userops
from helpers.shops import Row, write


def read(folder: Path, show: str, *options: object) -> pl.DataFrame:
    out = folder / "out.parquet"
    ran = userops("cohorts", "--show", show, "-o", out, "--max-rejects", "100%", *map(str, options))
    assert ran.code == 0, ran.err
    return pl.read_parquet(out)


def table(folder: Path, rows: list[Row], show: str, *options: object) -> pl.DataFrame:
    return read(folder, show, write(folder / "orders.csv", rows), *options)
