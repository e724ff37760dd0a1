"""`segment -o users/` on Spark: where it's written, and which values stand at ranks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from helpers.running import SAMPLES, userops

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark isn't installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java for Spark"),
    # Of Spark's own, and of its machinery.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
ORDERS = SAMPLES / "shop" / "orders.csv"


def test_a_folder_named_like_a_pattern(config: Path, here: Path) -> None:
    asked = ("segment", ORDERS, "--config", config, "-q", "--engine", "spark")
    assert userops(*asked, "-o", "users [1]{a,b}%20?/").code == 0
    assert [*Path("users [1]{a,b}%20?").glob("*.parquet")]


def test_a_folder_of_somebody_else_stays(
    config: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that comes to be while orders are read."""
    from userops.readers.spark.users import SparkUsers

    monkeypatch.setattr(SparkUsers, "first_days", _with_a_folder(SparkUsers.first_days))
    asked = ("segment", ORDERS, "--config", config, "-q", "--engine", "spark")
    ran = userops(*asked, "-o", "users/")
    assert ran.code == 2
    assert "users/ is there already" in ran.err
    assert Path("users/theirs").exists()


def _with_a_folder(first_days: Callable[[Any], pl.DataFrame]) -> Callable[[Any], pl.DataFrame]:
    def meanwhile(users: Any) -> pl.DataFrame:
        Path("users").mkdir()
        Path("users/theirs").write_text("")
        return first_days(users)

    return meanwhile


def test_values_at_ranks_are_exact(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the values lie: as from sorting them all, by parts of a few values and of many."""
    from userops.engines import spark
    from userops.readers.spark import users
    from userops.settings import load

    session = spark.session(load(config)[0].engine.spark)
    random = Random(8)
    for parts, scale in ((1, 10), (7, 1_000), (1 << 16, 10**12)):
        monkeypatch.setattr(users, "_PARTS", parts)
        values = [int(random.gauss(0, 1) ** 3 * scale) for _ in range(300)] + [0] * 30
        frame = pl.DataFrame(
            {
                "user_id": map(str, range(330)),
                "first_day": 5,
                "last_day": random.choices(range(9), k=330),
                "orders": 1,
                "amount": values,
            }
        )
        large = users.SparkUsers.of(session, spark.given(session, frame), 9, "", "", 2)
        ranks = range(0, 330, 11)
        found = large.at_ranks({"amount": ranks, "recency_days": ranks, "orders": [329]})
        for name, column in (
            ("amount", values),
            ("recency_days", (9 - frame["last_day"]).to_list()),
        ):
            assert found[name] == {rank: sorted(column)[rank] for rank in ranks}
        assert found["orders"] == {329: 1}
        large.close()


def test_without_spark_a_folder_is_pointed_to_it(here: Path) -> None:
    ran = userops("segment", ORDERS, "-o", "users/")
    assert ran.code == 2
    assert "users/: a folder is written by Spark alone" in ran.err
    assert "--engine spark" in ran.err
    assert not Path("users").exists()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("segment -o users/ --show summary", "a folder is of users alone"),
        ("segment -o users/ --show cuts", "a folder is of users alone"),
        ("segment -o users/ -f csv", "a folder is of Parquet files"),
        ("segment -o users/ --segments rfm8", "rfm8 compares with means over users"),
        ("lifecycle -o users/ --adaptive", "limits of each user's own, and users without orders"),
        ("cohorts -o users/", "a folder is written of the users of segment and lifecycle alone"),
    ],
)
def test_what_is_not_written_as_a_folder(told: str, said: str, config: Path, here: Path) -> None:
    ran = userops(*told.split(), ORDERS, "--config", config, "--engine", "spark")
    assert ran.code == 2
    assert said in ran.err
    assert not Path("users").exists()
