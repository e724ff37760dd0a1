"""Rows of a dataset, all of them held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from userops.datasets import DATASETS

if TYPE_CHECKING:
    from userops.core.table import Currency
    from userops.inputs import RunInputs
    from userops.readers.dataset import Rows

ALL_COLUMNS = "*"


def rows(
    inputs: RunInputs,
    name: str,
    attributes: Sequence[str | None],
    as_of: int | None,
    money: Currency | None,
) -> Rows:
    """A dataset's rows up to a day, read by its own reader or by its declaration.

    Raises:
        InputError: an export can't be used.
    """
    from userops.readers.dataset import Opened

    if name == "orders":
        raise ValueError("orders are read by reductions: inputs.reduce")
    if name == "events":
        return inputs.events().rows(as_of)
    code = money.code if money is not None else None
    options = replace(inputs.others_options, currency=code or inputs.read_options.currency)
    attribute_names = [attribute for attribute in attributes if attribute]
    exports = inputs.exports[name]
    if ALL_COLUMNS in attribute_names:
        others = Opened.open(exports, DATASETS[name], options, inputs.folder).spare
        attribute_names = [one for one in attribute_names if one != ALL_COLUMNS] + others
    opened = Opened.open(exports, DATASETS[name], options, inputs.folder, attribute_names)
    with inputs.working(f"reading {name}"):
        return opened.rows(as_of)
