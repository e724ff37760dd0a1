"""Rows of a dataset for queries, which aren't held where all of them are clean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from userops.datasets import DATASETS

if TYPE_CHECKING:
    from userops.inputs import RunInputs
    from userops.readers.dataset import LazyRows
    from userops.readers.fast.clean_rows import Ask


def lazily(
    inputs: RunInputs, name: str, as_of: int | None, ask: Ask | None = None
) -> LazyRows | None:
    """The rows of a dataset with a time of its own, up to a day; None without an export.

    What's asked of them is found in the pass that reads them.

    Raises:
        InputError: an export can't be used.
        TooManyRejects: more rows than allowed were refused.
    """
    from userops.readers.dataset import Opened

    if not inputs.has(name):
        return None
    opened = Opened.open(inputs.exports[name], DATASETS[name], inputs.others_options, inputs.folder)
    with inputs.working(f"reading {name}"):
        rows = opened.lazily(inputs.as_of if as_of is None else as_of, ask)
    inputs.account(name, rows.facts, opened.rejects)
    return rows
