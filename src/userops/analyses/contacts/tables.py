"""The tables of a day's list: `list`, `agents`, `skipped`, and the rows that go to the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl

from userops.analyses.contacts.agents import Agent
from userops.analyses.contacts.eligible import HOLDOUT, RULES
from userops.analyses.contacts.log import HELD, LISTED, PLANNED
from userops.core.dates import Window
from userops.core.errors import InputError
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.customers.phones import UNKNOWN

MEASURED, AT_RISK, PAST = "measured effect", "value at risk", "past value"
LIST: dict[str, Kind] = {
    "agent_id": Kind.ID,
    "rank": Kind.COUNT,
    "user_id": Kind.ID,
    "phone": Kind.ID,
    "name": Kind.TEXT,
    "reason": Kind.WORD,
    "also": Kind.WORD,
    "script": Kind.TEXT,
    "priority": Kind.MONEY,
    "basis": Kind.WORD,
    "last_contact": Kind.DATE,
    "days_since_order": Kind.DAYS,
    "value": Kind.MONEY,
}
AGENTS: dict[str, Kind] = {
    "agent_id": Kind.ID,
    "capacity": Kind.COUNT,
    "off": Kind.FLAG,
    "listed": Kind.COUNT,
    "own_users": Kind.COUNT,
    "room": Kind.COUNT,
    "priority": Kind.MONEY,
}
SKIPPED: dict[str, Kind] = {
    "user_id": Kind.ID,
    "reason": Kind.WORD,
    "also": Kind.WORD,
    "rule": Kind.WORD,
    "until": Kind.DATE,
    "last_contact": Kind.DATE,
    "priority": Kind.MONEY,
}
READY: dict[str, Kind] = {
    "user_id": Kind.ID,
    "phone": Kind.ID,
    "reason": Kind.WORD,
    "also": Kind.WORD,
    "days_since_order": Kind.DAYS,
    "last_contact": Kind.DATE,
    "value": Kind.MONEY,
    "priority": Kind.MONEY,
    "basis": Kind.WORD,
}
REASONS: dict[str, Kind] = {
    "reason": Kind.WORD,
    "users": Kind.COUNT,
    "ready": Kind.COUNT,
    "held_back": Kind.COUNT,
    "value": Kind.MONEY,
    "priority": Kind.MONEY,
    "basis": Kind.WORD,
}
LOG: dict[str, Kind] = {
    "contact_time": Kind.DATE,
    "user_id": Kind.ID,
    "status": Kind.TEXT,
    "group": Kind.TEXT,
    "agent_id": Kind.ID,
    "rank": Kind.COUNT,
    "reason": Kind.TEXT,
    "also": Kind.TEXT,
    "script": Kind.TEXT,
    "priority": Kind.MONEY,
    "basis": Kind.TEXT,
    "last_contact": Kind.DATE,
    "days_since_order": Kind.COUNT,
    "value": Kind.MONEY,
}
_TYPES = {
    Kind.ID: pl.String, Kind.WORD: pl.String, Kind.TEXT: pl.String, Kind.COUNT: pl.Int64,
    Kind.DAYS: pl.Int64, Kind.MONEY: pl.Int64, Kind.DATE: pl.Date, Kind.FLAG: pl.Boolean,
}  # fmt: skip


def schema(kinds: Mapping[str, Kind]) -> dict[str, pl.DataType]:
    """The types of a table's columns."""
    return {name: _TYPES[kind] for name, kind in kinds.items()}  # type: ignore[misc]


def list_table(
    listed: pl.DataFrame, window: Window, currency: Currency, notes: Sequence[Note]
) -> Table:
    """The table `list`, by agent and rank."""
    frame = listed.select(pl.col(name).cast(dtype) for name, dtype in schema(LIST).items())
    frame = frame.sort("agent_id", "rank", "user_id", nulls_last=True)
    unknown = (UNKNOWN,) if len(frame) and not frame["phone"].count() else ()
    return Table(
        "list",
        frame,
        LIST,
        window,
        currency,
        (*notes, *unknown),
        keeps=(
            "user_id",
            "script",
            "reason",
            "phone",
            "rank",
        ),
    )


def ranked(chosen: pl.DataFrame, agents: Mapping[str, str]) -> pl.DataFrame:
    """Users who are listed, best first, with their `agent_id` and their `rank` in his list."""
    dealt = pl.DataFrame(
        {"user_id": list(agents), "agent_id": list(agents.values())},
        schema={"user_id": pl.String, "agent_id": pl.String},
    )
    return (
        chosen.drop("agent_id", strict=False)
        .join(dealt, on="user_id", maintain_order="left")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("agent_id"))
        .with_columns(agent_id=pl.when(pl.col("agent_id") != "").then("agent_id"))
    )


def agents_table(
    agents: Sequence[Agent],
    listed: pl.DataFrame,
    own: pl.DataFrame,
    window: Window,
    currency: Currency,
) -> Table:
    """The table `agents`; `own` are users and the agents who had them before."""
    agent = pl.col("agent_id").fill_null("")
    with_own = listed.select("user_id", "priority", agent).join(
        own.rename({"agent_id": "before"}), on="user_id", how="left"
    )
    counts = with_own.group_by("agent_id").agg(
        listed=pl.len().cast(pl.Int64),
        own_users=(pl.col("before") == pl.col("agent_id")).sum().cast(pl.Int64),
        priority=pl.col("priority").sum(),
    )
    rows = [(one.agent_id, one.capacity, one.off, one.room) for one in agents]
    declared = pl.DataFrame(
        rows,
        schema={"agent_id": pl.String, "capacity": pl.Int64, "off": pl.Boolean, "calls": pl.Int64},
        orient="row",
    )
    frame = (
        declared.join(counts, on="agent_id", how="left", maintain_order="left")
        .with_columns(pl.col("listed", "own_users", "priority").fill_null(0))
        .with_columns(
            room=pl.col("calls") - pl.col("listed"),
            agent_id=pl.when(pl.col("agent_id") != "").then("agent_id"),
        )
    )
    return Table("agents", frame.select(list(AGENTS)), AGENTS, window, currency)


def skipped_table(skipped: pl.DataFrame, window: Window, currency: Currency) -> Table:
    """The table `skipped`: rule by rule in their order, the highest priority first."""
    place = pl.col("rule").replace_strict(
        {rule: place for place, rule in enumerate(RULES)}, return_dtype=pl.Int64
    )
    frame = skipped.sort(
        place,
        pl.col("priority"),
        pl.col("user_id"),
        descending=[False, True, False],
        nulls_last=True,
    ).select(pl.col(name).cast(dtype) for name, dtype in schema(SKIPPED).items())
    return Table("skipped", frame, SKIPPED, window, currency)


def ready_table(
    ready: pl.DataFrame, window: Window, currency: Currency, notes: Sequence[Note]
) -> Table:
    """The table `ready`, the highest priority first."""
    frame = ready.select(pl.col(name).cast(dtype) for name, dtype in schema(READY).items())
    return Table("ready", frame, READY, window, currency, tuple(notes))


def reasons_table(
    judged: pl.DataFrame,
    ready: pl.DataFrame,
    skipped: pl.DataFrame,
    order: Sequence[str],
    window: Window,
    currency: Currency,
) -> Table:
    """The table `reasons`, the most money at stake first.

    Args:
        judged: everybody with a reason.
        ready: of them who may be called.
        skipped: of them who isn't listed, with the rule.
        order: reasons, as they go before each other.
        window: that the orders are of.
        currency: of money.
    """
    called = ready.group_by("reason").agg(
        pl.len().cast(pl.Int64).alias("ready"),
        pl.col("value", "priority").sum(),
        pl.col("basis").sort_by("priority", "basis", descending=[True, False]).first(),
    )
    held = skipped.filter(pl.col("rule") == HOLDOUT).group_by("reason").agg(held_back=pl.len())
    place = pl.col("reason").replace_strict(
        {name: place for place, name in enumerate(order)}, default=len(order), return_dtype=pl.Int64
    )
    frame = (
        judged.group_by("reason")
        .agg(users=pl.len())
        .join(called, on="reason", how="left")
        .join(held, on="reason", how="left")
        .with_columns(pl.col("ready", "held_back", "value", "priority").fill_null(0))
        .sort("priority", place, "reason", descending=[True, False, False])
        .select(pl.col(name).cast(dtype) for name, dtype in schema(REASONS).items())
    )
    return Table("reasons", frame, REASONS, window, currency)


def log_table(
    listed: pl.DataFrame, held: pl.DataFrame, day: date, window: Window, currency: Currency
) -> Table:
    """What the log keeps of a list: a row a user who is listed, or was to be and is held back."""
    both = pl.concat(
        [
            listed.with_columns(group=pl.lit(LISTED)),
            held.with_columns(
                group=pl.lit(HELD), agent_id=pl.lit(None, pl.String), rank=pl.lit(None, pl.Int64),
                script=pl.lit(None, pl.String),
            ),
        ],
        how="diagonal_relaxed",
    ).with_columns(contact_time=pl.lit(day), status=pl.lit(PLANNED))  # fmt: skip
    frame = both.select(pl.col(name).cast(dtype) for name, dtype in schema(LOG).items()).sort(
        pl.col("group") == HELD, "agent_id", "rank", "user_id", nulls_last=True
    )
    return Table("log", frame, LOG, window, currency)


def of_log(rows: pl.DataFrame, reached: pl.DataFrame, places: int) -> pl.DataFrame:
    """The list that the log's rows of a day hold, as it was made.

    Raises:
        InputError: an amount or a number in it can't be read.
    """
    kinds = {name: kind for name, kind in LIST.items() if name not in ("phone", "name")}
    try:
        columns = {
            name: [_read(text, kind, places) for text in rows[name]] for name, kind in kinds.items()
        }
    except (ValueError, InvalidOperation) as error:
        raise InputError(
            f"contacts: a planned row has what was never written: {error}",
            mend="leave rank, priority, value and the dates of planned rows as userops wrote them",
        ) from None
    frame = pl.DataFrame(columns, schema={name: schema(LIST)[name] for name in kinds})
    return frame.join(reached, on="user_id", how="left", maintain_order="left")


def _read(text: str | None, kind: Kind, places: int) -> str | int | date | None:
    if text is None or kind in (Kind.ID, Kind.WORD, Kind.TEXT):
        return text
    if kind is Kind.DATE:
        return date.fromisoformat(text[:10])
    number = Decimal(text) * (10**places if kind is Kind.MONEY else 1)
    return int(number)
