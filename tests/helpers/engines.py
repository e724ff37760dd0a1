"""Commands on both engines."""

from __future__ import annotations

from pathlib import Path

from helpers.running import Ran, userops


def both(config: Path, *arguments: object, code: int = 0) -> Ran:
    """The two engines give the same bytes, and say the same; the run on Spark."""
    polars, spark = (
        userops(*arguments, "--config", config, "--engine", engine)
        for engine in ("polars", "spark")
    )
    assert spark.err == polars.err
    assert spark.code == polars.code == code
    assert spark.out == polars.out
    return spark
