"""What tests of whole runs start from."""

from __future__ import annotations

import polars as pl
import pytest

from helpers.segments import SHOP, all_of


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    """The sample shop's tables."""
    return all_of(SHOP)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    return pl.read_csv(SHOP, infer_schema=False)
