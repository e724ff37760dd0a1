"""The datasets that a run can read, by the names of its options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from userops.costs import COSTS
from userops.errors import UsageError
from userops.events import EVENTS
from userops.fields import Dataset
from userops.orders import ORDERS
from userops.users import USERS

DATASETS = {"orders": ORDERS, "events": EVENTS, "users": USERS, "costs": COSTS}


def check_named(named: Mapping[str, str], read: Iterable[str]) -> None:
    """See that each field that a column is named for is one of those datasets'.

    Raises:
        UsageError: it isn't.
    """
    known = [field.name for dataset in read for field in DATASETS[dataset].fields]
    for said in named:
        if said not in known:
            raise UsageError.unknown("field in --map", said, list(dict.fromkeys(known)))


def is_shared(field: str, dataset: Dataset) -> bool:
    """Whether another dataset has such a field, too."""
    return any(
        field == one.name
        for other in DATASETS.values()
        if other.name != dataset.name
        for one in other.fields
    )
