"""Which column of an export serves a field, and how."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The column that serves a field, and others that could have. `why`: map, source or name.

    `blank` are columns (name, position) that say it on the rows where this one is blank. An amount
    may be a unit's price `times` a quantity, or net already, so that with the refunds in `plus` it
    is what was paid; an id may be one only with the columns `joined` to it. The `reason` says what
    in the values spoke for it, where something did.
    """

    field: str
    column: str
    position: int
    why: str
    passed_over: tuple[str, ...] = ()
    blank: tuple[tuple[str, int], ...] = ()
    times: tuple[str, int] | None = None
    plus: tuple[str, int] | None = None
    joined: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns passed over of which no row is read."""
        return tuple(name for name in self.passed_over if name not in dict(self.blank))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns that are read for the field."""
        added = [one for one in (self.times, self.plus, *self.blank, *self.joined) if one]
        return (self.column, *(name for name, _ in added))

    @property
    def is_plain(self) -> bool:
        """Whether its values are those of one column as they stand."""
        return self.times is None and self.plus is None and not self.joined
