"""What files hold: found out from their columns and a look at their first rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from userops.core.errors import InputError, LogError, NoColumn
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.identities import IDENTITIES
from userops.datasets.leaders import LEADERS
from userops.datasets.memberships import MEMBERSHIPS
from userops.datasets.messages import MESSAGES
from userops.datasets.orders import ORDERS
from userops.datasets.users import USERS
from userops.engines import query
from userops.readers.exports import Export, opened
from userops.readers.files.open import open_source
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values

# What of an order's columns no list of users has.
_OF_ORDERS = ("order_id", "status", "refund", "quantity", "product", "cancelled")
# What columns call those who bring users.
_LEADERS = ("leader", "affiliate", "distributor", "promoter", "团长", "分销员", "推广员", "达人")
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is taken for, in whose form it's opened, and why."""

    dataset: Dataset
    export: Export
    why: str

    @property
    def lacks_amount(self) -> bool:
        """Whether these are orders that don't say what they came to."""
        return self.dataset is ORDERS and "amount" not in self.export.taken


def kind_of(name: str, options: ReadOptions, folder: Path) -> Kind:
    """What a file is taken for: the dataset whose needed fields it has, most fields first.

    Orders needn't say what they came to: whoever buys again can be told without.

    Raises:
        InputError: it's none; says what the likeliest lacks.
    """
    kinds: dict[str, Export] = {}
    problems: list[InputError] = []
    source = open_source(name, folder)
    for dataset in DATASETS.values():
        how = options if dataset is ORDERS else options.without_columns()
        try:
            whole = replace(how, without_amount=dataset is ORDERS)
            kinds[dataset.name] = opened(source, dataset, whole, folder)
        except InputError as error:
            problems.append(error)
    made = [
        (DATASETS[key], export)
        for key, export in kinds.items()
        if export.maker and not (key == "events" and _is_chat(kinds))
    ]
    if made:
        dataset, export = max(made, key=lambda one: len(_told(one[1])))
        columns = ", ".join(map(repr, _told(export)))
        return Kind(dataset, export, f"{export.maker.title}, for it has {columns}")  # type: ignore[union-attr]
    if not kinds:
        logs = [one for one in problems if isinstance(one, LogError)]
        raise next(iter((*logs, *problems)), InputError(f"{name}: can't be used"))
    chosen = _chosen(kinds)
    export = kinds[chosen.name]
    has = ", ".join(f"{one.field} ({one.column!r})" for one in export.taken.values())
    return Kind(chosen, export, f"for it has {has}")


def kinds_of(
    names: Sequence[str], options: ReadOptions, folder: Path
) -> tuple[dict[str, Kind], dict[str, InputError]]:
    """What some files are taken for, and why the others are for nothing.

    Raises:
        InputError: nothing is known of any, or something is asked of one that's known.
    """
    kinds: dict[str, Kind] = {}
    unknown: dict[str, InputError] = {}
    for name in names:
        try:
            kinds[name] = kind_of(name, options, folder)
        except InputError as error:
            if not _is_unknown(name, error, options, folder):
                raise
            unknown[name] = error
    if not kinds:
        raise next(iter(unknown.values()))
    return kinds, unknown


def _is_unknown(name: str, error: InputError, options: ReadOptions, folder: Path) -> bool:
    """Whether a file is no export that's known, or can't be read, whatever it's taken for.

    What orders leave open is a question, and a log of a chat is known as one.
    """
    if isinstance(error, (NoColumn, LogError)):
        return isinstance(error, NoColumn)
    try:
        opened(open_source(name, folder), MEMBERSHIPS, options.without_columns(), folder)
    except InputError as other:
        return other.problem == error.problem
    return False


def _told(export: Export) -> list[str]:
    return export.maker.tells(export.header) if export.maker else []


def _chosen(opened: dict[str, Export]) -> Dataset:
    """The dataset that a file of no known maker holds."""
    whole = [
        (len(DATASETS[name].needed), len(export.taken), name == IDENTITIES.name, name)
        for name, export in opened.items()
        if (name != "orders" or "amount" in export.taken)
        and not _says_no_chat(name, export)
        and not _says_no_leader(name, export)
    ]
    whole = [one for one in whole if not _goes_by_its_name(opened[one[-1]])] or whole
    # Of equals what joins ids, where that's all there is to users; else the first declared.
    best = max(whole, key=lambda one: one[:3], default=None)
    if best is not None and best[-1] != USERS.name:
        return DATASETS[best[-1]]
    orders = opened.get("orders")
    if orders is None:
        return USERS
    if best is None or _are_orders(orders, opened[USERS.name]):
        return ORDERS
    return USERS


def _is_chat(kinds: dict[str, Export]) -> bool:
    """Whether what some maker's columns say are events is a chat by more: both have ids of messages."""
    chat, events = kinds.get(MESSAGES.name), kinds["events"]
    return chat is not None and "text" in chat.taken and len(chat.taken) > len(events.taken)


def _says_no_chat(name: str, export: Export) -> bool:
    """Whether an export of identities says nobody's id in chats: users have unionids and phones, too."""
    return name == IDENTITIES.name and not {"member_id", "external_userid"} & {*export.taken}


def _says_no_leader(name: str, export: Export) -> bool:
    """Whether no column of a list of leaders speaks of any: others have names and phones, too."""
    header = " ".join(export.header).casefold()
    return name == LEADERS.name and not any(word in header for word in _LEADERS)


def _goes_by_its_name(export: Export) -> bool:
    """Whether only the file's name says of which day a list of members is: any list may have such a name."""
    listed = DATASETS[MEMBERSHIPS.name].listed
    return listed is not None and listed.day in export.defaults


def _are_orders(orders: Export, users: Export) -> bool:
    """Whether rows with a user and a time are orders rather than users.

    They are where they have what only orders have, or where users repeat: a list of users has a
    row each.
    """
    if any(name in orders.taken for name in _OF_ORDERS):
        return True
    if "registered_time" in users.taken and "order_time" not in orders.taken:
        return False
    user = text_values.clean_id(pl.col(f"c{users.taken['user_id'].position}"))
    first = query.collect(users.rows.select(user.alias("user")).head(_SAMPLE))["user"].drop_nulls()
    return first.n_unique() < len(first)
