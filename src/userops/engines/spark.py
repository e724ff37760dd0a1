"""Spark, where it's asked for: its session, its results, and forms that only it has.

Nothing of it is imported before that; Polars' way doesn't pay for it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import polars as pl

from userops.core.errors import InputError, UsageError
from userops.engines import temporary

# What a session has unless the settings say otherwise.
_DEFAULTS = {
    "spark.app.name": "userops",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    # What's kept has as many parts as it needs, not as many as shuffles begin with.
    "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning": "true",
}
# What meanings rest on: days are those of the wall clock that files hold, and what can't be
# read is null only where it's asked for.
_NEEDED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.legacy.javaCharsets": "true",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
}
# So many values are named in a query; more are a frame of their own, which takes a job.
_FEW = 1_000
_INSTALL = "pip install 'userops[spark]'"


def session(configuration: Mapping[str, str]) -> Any:
    """A session with the settings' own configuration; the one that runs already, if there is one.

    Raises:
        UsageError: PySpark or Java isn't there, or Spark refuses its configuration.
    """
    try:
        import narwhals  # noqa: F401
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("--engine spark: PySpark isn't installed", mend=_INSTALL) from None
    builder = SparkSession.builder.config(map=_DEFAULTS | dict(configuration) | _NEEDED)
    with tempfile.TemporaryFile() as log:
        try:
            with _apart(log.fileno()):
                spark = builder.getOrCreate()
        except Exception as error:  # of PySpark, Py4J or the system, as the trouble may be
            log.seek(0)
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line]
            raise UsageError(
                f"--engine spark: Spark doesn't start: {_first_line(error, lines)}",
                mend="Java 17 or newer must be installed (JAVA_HOME says where); see [engine.spark] "
                "in the settings",
            ) from None
    spark.sparkContext.setLogLevel("OFF")
    return spark


@contextmanager
def _apart(log: int) -> Iterator[None]:
    """What is started within says what it says to `log`: standard output carries data alone."""
    spares = {}
    for number in (1, 2):
        try:
            spares[number] = os.dup(number)
        except OSError:  # there is none
            continue
        os.dup2(log, number)
    try:
        yield
    finally:
        for number, spare in spares.items():
            os.dup2(spare, number)
            os.close(spare)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Whatever Spark finds wrong with a file is an input that can't be used.

    Raises:
        InputError: in place of its exceptions.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors.exceptions.captured import CapturedException

    try:
        with _unlogged():
            yield
    except (CapturedException, Py4JError) as error:
        raise InputError(
            f"{name}: Spark can't read it: {_first_line(error, [])}",
            mend="try --engine polars; it says which row is wrong",
        ) from None


@contextmanager
def writing(folder: str) -> Iterator[None]:
    """Whatever keeps Spark from writing a folder is an error of ours, and what's there of it goes.

    Raises:
        InputError: in place of its exceptions.
        UsageError: the folder has come to be since the run began: it's somebody else's, and stays.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors.exceptions.captured import CapturedException

    here = None if "://" in folder else Path(folder)
    if here and here.exists():
        raise UsageError(f"{folder} is there already", mend="name another folder, or remove it")
    with _unlogged(), temporary.known(here) if here else nullcontext():
        try:
            yield
        except BaseException as error:
            if here:
                shutil.rmtree(here, ignore_errors=True)
            if not isinstance(error, (CapturedException, Py4JError)):
                raise
            raise InputError(
                f"{folder}: Spark can't write it: {_first_line(error, [])}",
                mend="check that its executors can write there",
            ) from None


@contextmanager
def _unlogged() -> Iterator[None]:
    """Without what PySpark logs of an exception on standard error, beside raising it."""
    loggers = [logging.getLogger(name) for name in ("SQLQueryContextLogger", "py4j")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _first_line(error: Exception, logged: Sequence[str]) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # What Java says of it stands below the call that failed.
    lines = [line for line in lines if not line.startswith("An error occurred while calling")]
    return (lines or list(logged[-1:]) or [type(error).__name__])[0]


def collected(frame: Any) -> pl.DataFrame:
    """A narwhals frame's rows, in its order."""
    rows = pl.from_arrow(frame.to_native().toArrow())
    assert isinstance(rows, pl.DataFrame)
    return rows


def uri(path: str) -> str:
    """A path to be written, in Spark's words."""
    return path if "://" in path else f"file://{os.path.abspath(path)}"


def pattern(path: str) -> str:
    """One to be read: of a local path, what Spark takes for a pattern there is escaped."""
    return path if "://" in path else re.sub(r"([{}\[\]*?\\])", r"\\\1", uri(path))


def given(session: Any, frame: pl.DataFrame) -> Any:
    """A small frame as one of Spark's."""
    return session.createDataFrame(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))


def only(session: Any, frame: Any, values: pl.Series) -> Any:
    """Rows whose column of the same name has one of some values."""
    if len(values) <= _FEW:
        return frame.filter(among(values.name, values))
    return frame.join(_broadcast(session, values), on=values.name, how="left_semi")


def without(session: Any, frame: Any, values: pl.Series) -> Any:
    """The other rows, and those that have none."""
    if len(values) <= _FEW:
        return frame.filter(f"{values.name} IS NULL OR NOT {among(values.name, values)}")
    return frame.join(_broadcast(session, values), on=values.name, how="left_anti")


def _broadcast(session: Any, values: pl.Series) -> Any:
    from pyspark.sql import functions as f

    return f.broadcast(given(session, values.to_frame()))


def among(column: str, values: Iterable[str | int]) -> str:
    """SQL: whether a column holds one of some values; never, where there are none."""
    listed = ", ".join(quoted(one) if isinstance(one, str) else str(one) for one in values)
    return f"({column} IN ({listed}))" if listed else "FALSE"


def quoted(text: str) -> str:
    """A text in SQL. All but plain letters go by their numbers, so that none means anything there."""
    return f"'{''.join(map(_spelled, text))}'"


def _spelled(char: str) -> str:
    if char in " _-" or (char.isascii() and char.isalnum()):
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def selected(frame: Any, *kept: str, **columns: str) -> Any:
    """A narwhals frame's columns that are kept (`*` is all), and others by SQL."""
    import narwhals as nw

    others = [f"{sql} AS {name}" for name, sql in columns.items()]
    return nw.from_native(frame.to_native().selectExpr(*kept, *others))


def grouped(frame: Any, *keys: str, **sums: str) -> Any:
    """A row a group of a narwhals frame, with sums by SQL."""
    import narwhals as nw
    from pyspark.sql import functions as f

    columns = [f.expr(sql).alias(name) for name, sql in sums.items()]
    return nw.from_native(frame.to_native().groupBy(*keys).agg(*columns))


def beside(frame: Any, rows: pl.DataFrame) -> Any:
    """A small frame as a narwhals frame of the session that another one is of."""
    import narwhals as nw

    return nw.from_native(given(frame.to_native().sparkSession, rows))


def lists(frame: Any, key: str, *names: str, only: str = "TRUE", **sums: str) -> Any:
    """A row a value of `key`: the other columns' values as a list of structs `bought`, sorted.

    Spark puts them in order where they are, and no key crosses the wire more than once. Listed
    are rows of which `only` holds; `sums` are what else is told of all. Both are SQL.
    """
    import narwhals as nw
    from pyspark.sql import functions as f

    one = f"CASE WHEN {only} THEN struct({', '.join(names)}) END"  # nulls aren't listed
    listed = f.expr(f"sort_array(collect_list({one}))").alias("bought")
    others = [f.expr(one).alias(name) for name, one in sums.items()]
    return nw.from_native(frame.to_native().groupBy(key).agg(listed, *others))
