"""--engine spark on a standalone cluster of this machine: a master and two workers, each a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from helpers.running import ENVIRONMENT, SAMPLES

pytestmark = [
    pytest.mark.skipif(find_spec("pyspark") is None, reason="PySpark isn't installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="there is no Java for Spark"),
    pytest.mark.skipif(os.name == "nt", reason="a cluster is started as on Unix"),
]
ORDERS = SAMPLES / "shop" / "orders.csv"
EVENTS = SAMPLES / "shop" / "events.csv"
COMMANDS = (
    f"segment {ORDERS}",
    f"lifecycle --show all {ORDERS}",
    f"cohorts --show all --by channel {ORDERS}",
    f"repurchase --show all {ORDERS}",
    f"ltv --show all --by cohort {ORDERS}",
    f"activity --show all {EVENTS}",
    f"cohorts --show all --events {EVENTS}",
    f"segment --show all {ORDERS} --events {EVENTS}",
    f"funnel --show all {EVENTS} --orders {ORDERS}",
)
_DEPLOYED = "org.apache.spark.deploy"
_JAVA = "-Xmx192m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_PATIENCE = 60  # seconds until a cluster answers
SETTINGS = """
[engine.spark]
"spark.master" = "{master}"
"spark.driver.host" = "127.0.0.1"
"spark.driver.bindAddress" = "127.0.0.1"
"spark.driver.memory" = "512m"
"spark.driver.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"spark.executor.memory" = "512m"
"spark.executor.cores" = 1
"spark.executor.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"spark.sql.shuffle.partitions" = 2
"spark.default.parallelism" = 2
"spark.sql.codegen.wholeStage" = "false"
"spark.scheduler.minRegisteredResourcesRatio" = "1.0"
"""
# All commands in one process, which keeps one session: starting it takes longer than they do.
RUN = """
import sys
from pathlib import Path
from userops.cli import main
from pyspark import SparkContext

config, folder, *lines = sys.argv[1:]
def run(*told):
    try:
        main([*told, "--config", config, "-q"])
    except SystemExit as end:
        assert not end.code, (told, end.code)

for number, line in enumerate(lines):
    for engine in ("polars", "spark"):
        run(*line.split(), "--engine", engine, "-o", f"{folder}/{number}-{engine}.json")
run(*lines[0].split(), "--engine", "spark", "-o", f"{folder}/users/")
context = SparkContext._active_spark_context
print(context.master, context._jsc.sc().statusTracker().getExecutorInfos().__len__() - 1)
context.stop()
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def started(name: str, arguments: Sequence[str], folder: Path) -> Iterator[Path]:
    """A part of the cluster, in a group of processes of its own that ends with the test; what it logs."""
    import pyspark

    home = Path(pyspark.__file__).parent
    log = folder / f"{name}-{arguments[-1].replace('/', '-')}-{free_port()}.log"
    java = shutil.which("java")
    assert java
    command = [
        java, *_JAVA.split(), *_OPENED, "-cp", f"{home / 'jars'}/*", f"{_DEPLOYED}.{name}",
        *arguments,
    ]  # fmt: skip
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_SCALA_VERSION": "2.13",
    }
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=said, cwd=folder, env=environment, start_new_session=True
        )
    try:
        yield log
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


# What Spark opens to itself of Java's modules, as its own scripts do.
_OPENED = [
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
]


def wait_for(log: Path, pattern: str) -> str:
    """What a log says, once it says it."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if found := re.search(pattern, log.read_text("utf-8", "replace")):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no {pattern} in:\n{log.read_text('utf-8', 'replace')[-2000:]}")


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """A master and two workers of a core each, on loopback; the master's address."""
    at = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    with started("master.Master", at, folder) as log:
        master = wait_for(log, r"spark://127\.0\.0\.1:\d+")
        worker = (*at, "--cores", "1", "--memory", "700m", "--work-dir")
        with (
            started("worker.Worker", (*worker, str(folder / "one"), master), folder) as one,
            started("worker.Worker", (*worker, str(folder / "two"), master), folder) as two,
        ):
            for said in (one, two):
                wait_for(said, "Successfully registered with master")
            yield master


def test_every_command_gives_the_same_on_a_cluster(tmp_path: Path) -> None:
    with cluster(tmp_path) as master:
        config = tmp_path / "userops.toml"
        config.write_text(SETTINGS.format(master=master), "utf-8")
        ran = subprocess.run(
            [sys.executable, "-c", RUN, str(config), str(tmp_path), *COMMANDS],
            capture_output=True, text=True, timeout=240, check=False,
            env={**ENVIRONMENT, "SPARK_LOCAL_IP": "127.0.0.1"},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-3000:]
        assert ran.stdout.split()[-2:] == [master, "2"]
    for number, line in enumerate(COMMANDS):
        polars, spark = (
            (tmp_path / f"{number}-{engine}.json").read_bytes() for engine in ("polars", "spark")
        )
        assert spark == polars, line
    users = json.loads((tmp_path / "0-spark.json").read_bytes())
    written = pl.concat(map(pl.read_parquet, tmp_path.glob("users/*.parquet")))
    said = written.select("user_id", "rfm_score", "segment", "tier").rows()
    assert sorted(said) == [
        tuple(one[name] for name in ("user_id", "rfm_score", "segment", "tier")) for one in users
    ]
