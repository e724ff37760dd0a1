"""A table with a row a user as a folder of files, which Spark writes from where the users are."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from userops.commands.choices import OutputFormat
from userops.commands.options import Common
from userops.core.errors import UsageError


def is_folder(output: str | None) -> bool:
    """Whether an output is named as a folder: `users/`."""
    return output is not None and output.endswith(("/", os.sep))


def without_spark(output: str | None) -> UsageError:
    """Nothing but Spark writes a table as a folder."""
    return UsageError(
        f"{output}: a folder is written by Spark alone",
        mend="name a file, as users.parquet; or --engine spark",
    )


def checked(common: Common, table: str) -> Common:
    """The options as such a folder needs them.

    Raises:
        UsageError: what is asked for isn't written so, or something is there.
    """
    output = common.output or ""
    if not table:
        raise UsageError(
            f"{output}: a folder is written of the users of segment and lifecycle alone",
            mend="-o FILE.parquet",
        )
    if common.show not in (None, table):
        raise UsageError(
            f"{output}: a folder is of {table} alone", mend="-o FILE, or another --show"
        )
    if common.format not in (None, "parquet"):
        raise UsageError(
            f"{output}: a folder is of Parquet files", mend="leave out --format, or name a file"
        )
    if "://" not in output and Path(output).exists():
        raise UsageError(f"{output} is there already", mend="name another folder, or remove it")
    # An address is Spark's alone: nothing of it is looked at, or locked, here.
    here = None if "://" in output else output
    return replace(common, output=here, format=OutputFormat.PARQUET, show=table)
