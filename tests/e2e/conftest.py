"""What tests of whole runs start from."""

from __future__ import annotations

from pathlib import Path

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


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
