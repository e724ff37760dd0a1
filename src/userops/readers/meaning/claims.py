"""Whether a column's values support what its name claims."""

from __future__ import annotations

from userops.datasets.fields import Field, Type
from userops.readers.meaning.profile import Column

# Below so much of what another column has filled, one is nearly empty beside it.
_NEARLY_EMPTY = {Type.ID: 0.5, Type.TIME: 0.1, Type.MONEY: 0.05}


def fits(field: Field, profile: Column) -> bool:
    """Whether values could be a field's: what no value supports isn't, however it's called."""
    if not profile.filled:
        return False
    match field.type:
        case Type.TIME:
            number = profile.numeric > 0
            return profile.clock < 0.5 and (profile.dated > 0 or number)
        case Type.MONEY | Type.NUMBER:
            return profile.numeric > 0 and profile.dated < 0.5
        case Type.CURRENCY:
            return profile.currency >= 0.5
        case _:
            return True


def is_nearly_empty(field: Field, profile: Column, fullest: float) -> bool:
    """Whether a column says so little that a fuller one is meant."""
    return profile.filled < _NEARLY_EMPTY.get(field.type, 0.0) * fullest
