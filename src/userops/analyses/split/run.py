"""How a list is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.split.params import SplitParams
from userops.core.dates import to_date
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.holdout import held_back

TREATMENT, CONTROL = "treatment", "control"
_OWN = ("campaign", "group", "assigned_time")
_KINDS = {"user_id": Kind.ID, "assigned_time": Kind.DATE}
NO_DAY = Note("assigned_time is empty: --as-of today says when it's sent, for userops campaigns")


def run(inputs: Inputs, params: SplitParams) -> Iterator[Table]:
    """The list with a group for everyone."""
    if not params.salt:
        raise UsageError("no name for the draw", mend="--salt winback-2026-11")
    rows = inputs.dataset("users", *params.by, "*")
    if rows is None:
        return
    lacking = [name for name in params.by if name not in rows.fields]
    header = [name for export in rows.exports for name in export.header]
    if lacking:
        raise UsageError.unknown("column of the list", lacking[0], dict.fromkeys(header))
    said = [name for name in rows.frame.columns if name in rows.fields and name not in _OWN]
    as_text = pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S")
    users = rows.frame.select(said).with_columns(as_text).sort("user_id")
    day = None if inputs.as_of is None else to_date(inputs.as_of)
    frame = drawn(users, params.salt, params, day)
    kinds = {name: _KINDS.get(name, Kind.TEXT) for name in frame.columns}
    yield Table("list", frame, kinds, rows.facts.window, notes=() if day else (NO_DAY,))


def drawn(users: pl.DataFrame, salt: str, params: SplitParams, day: date | None) -> pl.DataFrame:
    """Users with their group, in the rows' order.

    Args:
        users: `user_id`, each once, and what it's split by.
        salt: the name of the draw.
        params: the control's share, and the strata.
        day: of sending.
    """
    is_control = held_back(users, salt, params.control, params.by)
    return users.with_columns(
        campaign=pl.lit(salt),
        group=pl.when(is_control).then(pl.lit(CONTROL)).otherwise(pl.lit(TREATMENT)),
        assigned_time=pl.lit(day, pl.Date),
    )
