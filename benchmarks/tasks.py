"""The tables that are compared: how we make each, how the peers do, and what is promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One table, ours and the peers' way."""

    ours: tuple[str, ...]  # after `userops`
    # Of each peer its script, and what that is given after input and output.
    peers: Mapping[str, tuple[str, ...]]
    columns: tuple[str, ...] = ()  # that ours and the peers' have alike; all
    only: str = "TRUE"  # rows of ours that the peers make, SQL
    forms: tuple[str, ...] = ("parquet",)
    of: str = "orders"
    prepared: bool = False  # ours reads what `userops prepare` has kept, the peers the export
    beside: str = (
        ""  # another export that's read with it: ours by its option, the peers after the rest
    )
    made_beside: tuple[str, ...] = ()  # made with the export, read with it by their options


def _both(start: str, *given: str) -> dict[str, tuple[str, ...]]:
    names = {"Polars": "with_polars.py", "DuckDB": "with_duckdb.py"}
    return {peer: (f"{start}{script}", *given) for peer, script in names.items()}


def _query(name: str) -> dict[str, tuple[str, ...]]:
    return {"DuckDB": ("query_with_duckdb.py", f"{name}.sql")}


ONCE = ", rows once"


def _orders(name: str) -> dict[str, tuple[str, ...]]:
    """A query over orders, and one that sees first that no order stands twice."""
    return {
        f"{peer}{more}": (*command, *look)
        for peer, command in _query(name).items()
        for more, look in (("", ()), (ONCE, ("look",)))
    }


def _of_events(name: str) -> dict[str, tuple[str, ...]]:
    found = {"Polars": ("events_with_polars.py", name), **_query(name)}
    # An event that stands twice counts once: peers that see to it, and peers that don't.
    return found | {f"{peer}{ONCE}": (*command, "once") for peer, command in found.items()}


def _looking(of: str) -> dict[str, tuple[str, ...]]:
    return {
        f"{peer}{more}": (f"{of}_with_{peer.lower()}.py", *given)
        for more, given in (("", ()), (ONCE, ("once",)))
        for peer in ("Polars", "DuckDB")
    }


CELLS = ("cohort", "size", "age", "numerator")
PEOPLE = "cohort <> 'all'"
LONG = ("cohorts", "--show", "long")
TASKS = {
    "segment": Task(("segment",), _both(""), forms=("parquet", "csv")),
    "segment-prepared": Task(("segment",), _both(""), forms=("parquet", "csv"), prepared=True),
    "cohorts-month": Task(LONG, _both("cohorts_", "month"), CELLS, PEOPLE),
    "cohorts-week": Task((*LONG, "--period", "week"), _both("cohorts_", "week"), CELLS, PEOPLE),
    "cohorts-revenue": Task(
        (*LONG, "--measure", "revenue"),
        {"Polars": ("revenue_with_polars.py",), **_orders("revenue")},
        CELLS,
        PEOPLE,
    ),
    "lifecycle": Task(
        ("lifecycle", "--show", "users"),
        _orders("lifecycle"),
        ("user_id", "stage", "reactivated", "orders", "first_order", "last_order", "recency_days"),
    ),
    "summary": Task(
        ("lifecycle", "--show", "summary"),
        _orders("summary"),
        ("stage", "users", "users_share", "orders", "revenue", "revenue_share"),
    ),
    "transitions": Task(
        ("lifecycle", "--show", "transitions", "--since", "2025-10-01"),
        _orders("transitions"),
        ("from_stage", "to_stage", "users", "share", "revenue"),
    ),
    "repurchase": Task(
        ("repurchase", "--show", "orders"),
        _orders("repurchase"),
        ("order_number", "users", "next_users", "median_days"),
        "order_number IS NOT NULL",
    ),
    "campaigns": Task(
        ("campaigns", "--show", "summary"),
        # No order twice, and no user twice in a campaign: peers that look, and peers that don't.
        _looking("arms"),
        ("campaign", "group", "users", "conversion", "revenue_per_user"),
        forms=("parquet", "csv"),
        beside="assignments",
    ),
    "use": Task(
        ("segment", "--events"),
        _of_events("use"),
        (
            *("user_id", "first_active", "last_active", "recency_days", "active_days", "minutes"),
            *("r_score", "f_score", "m_score", "rfm_score"),
        ),
        of="events",
    ),
    "activity": Task(
        ("activity", "--show", "summary"),
        _of_events("activity"),
        (
            *("period", "active_users", "new_users", "returning_users", "resurrected_users"),
            *("dormant_users", "events", "sessions", "events_per_user", "minutes_per_user"),
        ),
        of="events",
    ),
    "funnel": Task(
        ("funnel", "--show", "steps"),
        _of_events("funnel"),
        ("step", "users", "median_hours"),
        of="events",
    ),
    # With expiry, restores and debts; the peers add up.
    "points-balances": Task(
        ("points", "--show", "balances", "--valid", "12 months"),
        {"Polars": ("balances_with_polars.py",), **_query("balances")},
        ("user_id", "last_entry", "earned"),
        of="points",
    ),
    "groups": Task(
        ("community", "--show", "groups"),
        # No message twice: peers that look, and peers that count every line.
        _looking("chats"),
        ("group_id", "joined", "left", "members_end", "active", "messages"),
        of="chats",
        made_beside=("memberships",),
    ),
}
# Reports, and how many times the better peer's query for `segment users` they may take.
REPORTS = {
    ("report", "--sections", "lifecycle,cohorts,repurchase", "--format", "md"): 3,
    ("report", "--format", "html"): 4,
}
# Our time at most, in terms of the better peer's.
LIMITS = {
    "segment": {"parquet": 1.15, "csv": 1.5},
    "segment-prepared": {"parquet": 0.5, "csv": 0.5},
    "cohorts-month": {"parquet": 1.3},
    "cohorts-week": {"parquet": 1.3},
    "cohorts-revenue": {"parquet": 1.3},
    "campaigns": {"parquet": 1.5, "csv": 1.5},
    "points-balances": {"parquet": 2},
    "groups": {"parquet": 1.5},
}
LIMIT = 1.4
# Our memory at most, in terms of the better peer's.
MEMORY_LIMIT = 1.4
