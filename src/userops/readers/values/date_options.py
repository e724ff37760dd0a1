"""`--date-format` as it's shown: options that read dates like an example, in either order."""

from __future__ import annotations

import re

_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4}|\d{2})(.*)")
_CLOCKS = (
    (r"\d{1,2}", "%H"),
    (r"\d{1,2}:\d{2}", "%H:%M"),
    (r"\d{1,2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"\d{1,2}:\d{2}:\d{2}\.\d+", "%H:%M:%S%.f"),
    (r"\d{1,2}:\d{2} [APap][Mm]", "%I:%M %p"),
    (r"\d{1,2}:\d{2}:\d{2} [APap][Mm]", "%I:%M:%S %p"),
    (r"\d{1,2}:\d{2}[APap][Mm]", "%I:%M%p"),
    (r"\d{1,2}:\d{2}:\d{2}[APap][Mm]", "%I:%M:%S%p"),
)
_LIKE = {"mdy": "01/02/2024", "ymd": "01/02/24"}


def options_of(example: str | None, *orders: str) -> tuple[str, ...]:
    """Options that read dates like an example, one for each order of `d`, `m` and `y`."""
    return of_order(example, *orders) or of_order(_LIKE[orders[-1]], *orders)


def of_order(example: str | None, *orders: str) -> tuple[str, ...]:
    """Options that read dates like an example, one for each order of `d`, `m` and `y`; none where that isn't known."""
    parts = _NUMERIC.fullmatch(example or "")
    if parts is None:
        return ()
    first, second, year, rest = parts[2], parts[4], parts[5], parts[6]
    glue = re.match(r",?[\sT]*", rest)
    glued = glue[0] if glue else ""
    clock = rest[len(glued) :]
    known = "" if not clock else next(
        (format for form, format in _CLOCKS if re.fullmatch(form, clock)), None
    )  # fmt: skip
    if known is None:
        return ()
    names = {"d": "%d", "m": "%m", "y": "%Y" if len(year) == 4 else "%y"}
    formats = [
        (first.join((names[order[0]], names[order[1]])) + second + names[order[2]] + glued + known)
        for order in orders
    ]
    return tuple(option(one.rstrip()) for one in formats)


def option(format: str) -> str:
    """The option that says so, for a shell."""
    return f"--date-format '{format}'"
