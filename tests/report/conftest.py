"""A small shop, its report made once in each form."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.running import SAMPLES, userops

SHOP = SAMPLES / "shop"
SETTINGS = """
[goals]
new = { target = 150 }
revenue = { growth = "20%", period = "year" }
users = { target = 2400, period = "year" }
repurchase_rate = { target = "30%" }
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("settings") / "userops.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def everything(settings: Path) -> list[str]:
    """Arguments of a report over all of the sample shop."""
    return [
        "report", str(SHOP / "orders.csv"), "--users", str(SHOP / "users.csv"),
        "--costs", str(SHOP / "costs.csv"), "--events", str(SHOP / "events.csv"),
        "--config", str(settings),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def made(everything: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report in English, in all its forms."""
    folder = tmp_path_factory.mktemp("report")
    ran = userops(*everything, "-o", f"{folder}/")
    assert ran.code == 0, ran.err
    return folder


@pytest.fixture(scope="session")
def page(made: Path) -> str:
    return (made / "report.html").read_text(encoding="utf-8")
