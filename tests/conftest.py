"""Settings for all tests. Being here, it also lets them import `helpers` and `oracles`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests run in as many processes as there are cores; programs that they start have threads as users' do.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# The same examples each time: a test that fails, fails for whoever runs it.
settings.register_profile(
    "userops", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("userops")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
