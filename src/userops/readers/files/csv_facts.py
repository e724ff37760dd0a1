"""What a survey of a text has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Survey:
    """What the bytes of a text are like.

    `invalid_at` is the offset of the first byte that isn't UTF-8 (the survey ends there).
    `regular`: every record has the header's number of fields, none is blank, and every
    quote opens or closes a field. `multiline`: a quoted field holds a line end.
    """

    invalid_at: int | None = None
    quoted: bool = False
    regular: bool = True
    multiline: bool = False
    lone_returns: bool = False
    nuls: bool = False
    endless: bool = False
