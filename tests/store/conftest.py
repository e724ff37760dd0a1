from __future__ import annotations

from pathlib import Path

import pytest

from userops.store import layout


@pytest.fixture
def here(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in; stores of few orders have several parts, as those of many do."""
    monkeypatch.setattr(layout, "_ORDERS_A_PART", 20)
    return here
