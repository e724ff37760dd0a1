"""Settings for all tests. Being here, it also lets them import `helpers` and `oracles`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Tests run in as many processes as there are cores; programs that they start have threads as users' do.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# The same examples each time: a test that fails, fails for whoever runs it.
settings.register_profile(
    "userops", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("userops")


# Files that take minutes are begun first, so that none runs by itself when all others are done.
_LONG = ("test_engines", "test_users_folder", "test_events", "test_foreign_shops", "test_bytes", "test_same_answers", "test_explain",
         "test_more_makers", "test_clean_rows", "test_cluster", "test_memory")  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of long files first; otherwise their order stays."""
    items.sort(key=lambda item: item.path.stem not in _LONG)


# These have one session of Spark, which takes as long to start as fifty of them to run.
_ON_SPARK = tuple(f"tests/engines/test_{name}.py" for name in ("engines", "users_folder", "events"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests run in one process, and those on Spark all in the same."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return _ON_SPARK[0] if file in _ON_SPARK else file

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and we are in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
