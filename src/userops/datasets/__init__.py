"""The datasets that a run can read, by the names of its options, and whose columns are named.

A new one is a file beside these and a line in `DATASETS`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from userops.core.errors import UsageError
from userops.datasets.agents import AGENTS
from userops.datasets.assignments import ASSIGNMENTS
from userops.datasets.contacts import CONTACTS
from userops.datasets.costs import COSTS
from userops.datasets.coupons import COUPONS
from userops.datasets.do_not_contact import DO_NOT_CONTACT
from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset
from userops.datasets.group_days import GROUP_DAYS
from userops.datasets.identities import IDENTITIES
from userops.datasets.leaders import LEADERS
from userops.datasets.levels import LEVELS
from userops.datasets.memberships import MEMBERSHIPS
from userops.datasets.messages import MESSAGES
from userops.datasets.orders import ORDERS
from userops.datasets.points import POINTS
from userops.datasets.touches import TOUCHES
from userops.datasets.users import USERS

# Wherever datasets are listed, they stand in this order.
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        ORDERS,
        EVENTS,
        USERS,
        COSTS,
        TOUCHES,
        IDENTITIES,
        MEMBERSHIPS,
        MESSAGES,
        GROUP_DAYS,
        ASSIGNMENTS,
        COUPONS,
        LEADERS,
        POINTS,
        LEVELS,
        CONTACTS,
        AGENTS,
        DO_NOT_CONTACT,
    )
}


def check_named(
    named: Iterable[str], datasets: Iterable[str], where: str, attributes: Iterable[str | None]
) -> None:
    """See that each field that a column is named for is one of those datasets', or an attribute.

    Attributes are of datasets that are open, as users: whatever their exports tell and is asked
    for by that name. A field can be named with its dataset, as `contacts.status`.

    Raises:
        UsageError: it isn't; says `where` it was named.
    """
    datasets = list(datasets)
    fields = [field for one in datasets for field in _fields(one)]
    if any(DATASETS[one].open for one in datasets):
        fields += filter(None, attributes)
    fields += [f"{one}.{field}" for one in datasets for field in _fields(one)]
    known = list(dict.fromkeys(fields))
    for field in named:
        if field not in known:
            raise UsageError.unknown(
                f"field in {where}", field, known, field_called(field, datasets)
            )


def field_called(header: str, datasets: Iterable[str] = DATASETS) -> str | None:
    """The field that goes by a header, where one does."""

    def plain(name: str) -> str:
        return name.casefold().replace("_", " ")

    fields = (field for dataset in datasets for field in DATASETS[dataset].fields)
    return next((one.name for one in fields if plain(header) in map(plain, one.names)), None)


def spared(
    named: Iterable[str], said: Collection[str], main: str, read: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Dataset and field: whose named columns needn't be there, for they may be another dataset's.

    What a command is about must have those that are `said` with its options, for a slip of the
    pen mustn't let another column be guessed. Settings speak of the whole project: of them orders
    must have theirs.

    Args:
        named: fields that a column is named for.
        said: those of the options.
        main: the dataset that the command is about.
        read: the datasets of this run.
    """
    for dataset in read:
        for field in (one for one in named if "." not in one):
            having = {other for other in DATASETS if field in _fields(other)}
            alone = not having & (set(read) - {dataset})
            bound = dataset == main or alone if field in said else dataset == "orders"
            if having != {dataset} and not bound:
                yield dataset, field


def shared(dataset: str, main: str, read: Iterable[str]) -> frozenset[str]:
    """Fields of a dataset that others of a run have, too: they're named with it, unless it's the `main` one."""
    if dataset == main or dataset not in DATASETS:
        return frozenset()
    others = {field for other in read if other != dataset for field in _fields(other)}
    return frozenset(others & {*_fields(dataset)})


def _fields(dataset: str) -> list[str]:
    return [field.name for field in DATASETS[dataset].all_fields]
