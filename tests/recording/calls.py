"""Calls a function of `userops.api` in several ways, and writes what each gives.

    python calls.py given.json segment

Run by its path, in a process of its own. A call that fails is told, and the next one made: the
Python side may change by design, and then each difference should be seen for itself.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

Calls = Mapping[str, Callable[[], Any]]
FUNCTIONS = (
    "segment", "lifecycle", "cohorts", "repurchase", "ltv", "activity", "funnel",
    "segment_by_use", "cohorts_by_use", "open_orders", "errors", "names",
)  # fmt: skip


def calls(api: Any, given: Mapping[str, str]) -> dict[str, Calls]:
    """Every call, by function."""
    alike, more = usual(api, given), {**of_orders(api, given), **of_events(api, given), **others(api, given)}  # fmt: skip
    return {name: {**alike.get(name, {}), **more.get(name, {})} for name in FUNCTIONS}


def usual(api: Any, given: Mapping[str, str]) -> dict[str, Calls]:
    """What can be asked of every function that there is: files, frames, an earlier day."""
    orders, events = given["orders"], given["events"]
    day, frame = date.fromisoformat(given["earlier"]), pl.read_parquet(given["parquet"])
    found: dict[str, Calls] = {
        name: {
            "path": lambda one=one: one(orders),
            "frame": lambda one=one: one(frame),
            "lazy": lambda one=one: one([frame.lazy()]),
            "earlier": lambda one=one: one(orders, as_of=day),
        }
        for name in ("segment", "lifecycle", "cohorts", "repurchase", "ltv")
        if (one := getattr(api, name, None)) is not None
    }
    used = ("activity", "funnel", "segment_by_use", "cohorts_by_use")
    return found | {
        name: {
            "path": lambda one=one: one(events),
            "earlier": lambda one=one: one(events, as_of=day),
        }
        for name in used
        if (one := getattr(api, name, None)) is not None
    }


def of_orders(api: Any, given: Mapping[str, str]) -> dict[str, Calls]:
    """Options of functions over orders."""
    orders, users, costs = given["orders"], people(given["users"]), spent()
    before = date.fromisoformat(given["before"])
    return {
        "segment": {
            "rfm8": lambda: api.segment(orders, segments="rfm8"),
            "intervals": lambda: api.segment(orders, segments="intervals", bins=3, new_days=9),
        },
        "lifecycle": {
            "users": lambda: api.lifecycle(orders, users=users, adaptive=True, since=before),
            "weeks": lambda: api.lifecycle(orders, period="week", slump_days=9, churn_days=30),
        },
        "cohorts": {
            "revenue": lambda: api.cohorts(orders, measure="revenue", period="week"),
            "by": lambda: api.cohorts(orders, by="region", users=users, max_age=3),
            "later": lambda: api.cohorts(orders, returning="on-or-after"),
        },
        "repurchase": {"order": lambda: api.repurchase(orders, grain="order", windows=[5, 50])},
        "ltv": {
            "costs": lambda: api.ltv(orders, costs=costs, users=users, by="channel", margin=0.5),
            "cohort": lambda: api.ltv(orders, by="cohort", calibration_end=before),
            "fitted": lambda: api.ltv("cdnow/sample.csv"),
            "best": lambda: api.ltv("cdnow/sample.csv", model="auto", time_unit="week", level=0.8),
        },
    }


def of_events(api: Any, given: Mapping[str, str]) -> dict[str, Calls]:
    """Options of functions over events."""
    orders, events, users = given["orders"], given["events"], people(given["users"])
    return {
        "activity": {"day": lambda: api.activity(events, period="day")},
        "funnel": {
            "orders": lambda: api.funnel(events, orders=orders, users=users),
            "steps": lambda: api.funnel(events, steps=["browse", "pay"], window=5),
        },
        "cohorts_by_use": {
            "users": lambda: api.cohorts_by_use(events, users=users, period="week", max_age=4),
        },
    }


def others(api: Any, given: Mapping[str, str]) -> dict[str, Calls]:
    """Open orders, errors, and what there is."""
    orders = given["orders"]
    return {
        "open_orders": {"all": lambda: opened(api, orders)},
        "errors": {
            "column": lambda: api.segment(pl.DataFrame({"a": [1]})),
            "file": lambda: api.segment("nowhere.csv"),
            "bounds": lambda: api.segment(orders, bins=1),
            "closed": lambda: api.segment(closed(api, orders)),
        },
        "names": {"api": lambda: sorted(api.__all__), "top": lambda: sorted(top())},
    }


def people(name: str) -> pl.DataFrame:
    """Users as the functions take them."""
    time = pl.col("registered_at").str.to_datetime()
    return pl.read_csv(name, infer_schema=False).select(
        "user_id", "channel", "region", registered_time=time
    )


def spent() -> pl.DataFrame:
    """Some costs."""
    rows = {"channel": ["wechat", "store"], "period": ["2023-02", "2023-03"], "cost": ["90", "7.5"]}
    return pl.DataFrame(rows)


def opened(api: Any, orders: str) -> dict[str, Any]:
    """Analyses of orders that are opened once."""
    with api.open_orders(orders) as kept:
        return {
            f"{name} {table}": result[table]
            for name in ("segment", "lifecycle", "cohorts", "repurchase", "ltv")
            for result in [getattr(api, name)(kept)]
            for table in result.names
        }


def closed(api: Any, orders: str) -> Any:
    """Open orders that are closed."""
    kept = api.open_orders(orders)
    kept.close()
    return kept


def top() -> list[str]:
    """What `import userops` offers."""
    import userops

    return [*userops.__all__]


def write(name: str, found: Any, api: Any, folder: Path) -> None:
    """Write what a call gave: each table's values and types, as people and as the code know them."""
    if isinstance(found, list):
        print(f"{name}: {found}")
        return
    tables = found if isinstance(found, dict) else {one: found[one] for one in found.names}
    for label, table in tables.items():
        shown = (api.frame(table), table.frame)
        about = (
            f"{[str(kind) for kind in table.columns.values()]} {[str(one) for one in table.notes]}"
        )
        parts = [about, *(f"{dict(one.schema)}\n{one.write_csv()}" for one in shown)]
        path = folder / f"{name} {label}.txt"
        path.write_text("\n".join(parts), encoding="utf-8")
    print(f"{name}: {list(tables)} {getattr(found, 'tally', '')}")


def main(given: str, function: str) -> None:
    """Make the calls of a function."""
    from userops import api

    folder = Path("out")
    for name, call in calls(api, json.loads(Path(given).read_text("utf-8")))[function].items():
        try:
            write(name, call(), api, folder)
        except Exception as fault:
            print(f"{name}: {type(fault).__name__}: {fault}")


if __name__ == "__main__":
    main(*sys.argv[1:])
