"""From values to places on paper, and to short texts beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from rich.cells import cell_len, set_cell_size

from userops.core.table import Currency, Kind
from userops.language.words import Lang

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value stands."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def svg(place: float) -> str:
    """A place as SVG writes it, to a tenth."""
    text = f"{place:z.1f}"
    return text.removesuffix(".0")


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round values from at most `low` to at least `high`, evenly spaced."""
    if not (isfinite(low) and isfinite(high)) or high <= low:
        high = low + 1
    raw = (high - low) / most
    unit = 10.0 ** floor(log10(raw))
    step = next(unit * factor for factor in _STEPS if unit * factor >= raw * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def brief(value: float | None, kind: Kind, currency: Currency, lang: Lang = "en") -> str:
    """A value in few characters: 12.3 %, 4,321, 1.2M, 3.4 万."""
    if value is None:
        return ""
    if kind is Kind.RATE:
        return f"{value * 100:z.1f} %"
    number = value / 10**currency.places if kind is Kind.MONEY else value
    return short(number, lang)


def short(number: float, lang: Lang = "en") -> str:
    """A number in few characters, in the reader's units."""
    units = [(1e8, " 亿"), (1e4, " 万")] if lang == "zh" else [(1e9, "B"), (1e6, "M")]
    for unit, name in units:
        if abs(number) >= unit * (10 if unit == 1e4 else 1):
            return (
                f"{number / unit:z.3g}{name}"
                if abs(number) < unit * 1000
                else f"{number / unit:,.0f}{name}"
            )
    if abs(number) >= 100 or number == int(number):
        return f"{number:z,.0f}"
    return f"{number:z.1f}" if abs(number) >= 10 else f"{number:z.2f}"


def fit_text(text: str, cells: int) -> str:
    """A text cut to a number of character cells; a Chinese character takes two."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"


def tick_text(value: float, kind: Kind, currency: Currency, lang: Lang) -> str:
    """A value at an axis: a percentage without needless decimals."""
    if kind is Kind.RATE:
        return f"{value * 100:.3g} %"
    return brief(value, kind, currency, lang)


def label_places(count: int, limit: int) -> list[int]:
    """Places of at most `limit` labels among `count`, evenly, the last one always."""
    if count <= limit:
        return list(range(count))
    step = ceil(count / limit)
    return sorted(
        {count - 1 - number * step for number in range(limit) if count - 1 >= number * step}
    )


def value_range(values: Sequence[float | None], *, zero: bool = True) -> tuple[float, float]:
    """The least and the greatest value; with 0 among them."""
    numbers = [value for value in values if value is not None and isfinite(value)]
    numbers += [0.0] if zero or not numbers else []
    return min(numbers), max(numbers)
