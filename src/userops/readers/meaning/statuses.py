"""Which words for an order's status are known, and what is asked about the others."""

from __future__ import annotations

from collections.abc import Mapping

from userops.core.errors import Undecided
from userops.core.shell import quoted
from userops.datasets.orders import Status

_SHOWN, _LONGEST = 20, 80


def settled_statuses(
    name: str, column: str, counts: Mapping[str, int], known: Mapping[str, Status]
) -> dict[str, Status]:
    """What each status found means; `counts` are rows by word, `known` meanings by word, lower case.

    Raises:
        Undecided: one is unknown; all such are listed with their counts.
    """
    meant = {value: known[value.casefold()] for value in counts if value.casefold() in known}
    unknown = {value: rows for value, rows in counts.items() if value not in meant}
    if unknown:
        shown = list(unknown.items())[:_SHOWN]
        listed = ", ".join(f"{value[:_LONGEST]} ({rows:,})" for value, rows in shown)
        more = f", and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
        raise Undecided(
            f"{name}: unknown in {column!r}: {listed}{more}",
            (" ".join(f"--status {quoted(f'{value[:_LONGEST]}=valid')}" for value, _ in shown),),
            also="; or =void, or =refunded, whatever each means",
        )
    return meant
