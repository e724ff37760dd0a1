"""Settings for tests on Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

SETTINGS = """
[engine.spark]
"spark.master" = "local[2]"
spark.sql.shuffle.partitions = 2
"spark.default.parallelism" = 2
"spark.driver.memory" = "1g"
# Small data: compiling queries takes longer than running them.
"spark.driver.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"spark.sql.codegen.wholeStage" = "false"
"spark.sql.codegen.factoryMode" = "NO_CODEGEN"
"spark.ui.enabled" = "false"
"spark.sql.adaptive.coalescePartitions.parallelismFirst" = false
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("settings") / "userops.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file
