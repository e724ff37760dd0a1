"""Steps: reductions from a lazy frame to a lazy frame, several of which share one pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import polars as pl

    from userops.ledger.timeline import Timeline

# Of a number that stands for a user's id: with one digit more it still fits into 64 bits.
MOST_DIGITS = 18

Step = Callable[["pl.LazyFrame"], "pl.LazyFrame"]
Finish = Callable[["pl.DataFrame", "Timeline"], "pl.DataFrame"]
_DIGITS: dict[object, int] = {}
_NAMELESS: set[object] = set()
_SESSIONLESS: set[object] = set()
_IN_MARKS: dict[object, InMarks] = {}
_S = TypeVar("_S", bound=Callable[..., "pl.LazyFrame"])


def of_any_id(step: _S) -> _S:
    """Says of a step that `user_id` may come as a number: it tells users apart.

    Where numbers don't sort as the ids do, what lists users is sorted by their ids afterwards.
    """
    _DIGITS[step] = MOST_DIGITS
    return step


def of_short_ids(digits: int) -> Callable[[_S], _S]:
    """The same, of a number of at most so many digits: the step needs room beside it."""

    def say(step: _S) -> _S:
        _DIGITS[step] = digits
        return step

    return say


def is_numbered(frame: object) -> bool:
    """Whether numbers stand for users' ids in a lazy frame; on other engines they never do."""
    import polars as pl

    return isinstance(frame, pl.LazyFrame) and frame.collect_schema()["user_id"].is_integer()


def digits_for(step: Step) -> int:
    """How many digits a number may have that stands for an id; 0 for a step that wants ids."""
    return _DIGITS.get(bare(step), 0)


def nameless(step: _S) -> _S:
    """Says of a step of any id that its result is of users, but none of them will be named."""
    _NAMELESS.add(step)
    return of_any_id(step)


@dataclass(frozen=True, slots=True)
class InMarks:
    """How marks tell a step's result: from `amounts` too, and by `finish` where it's more than they tell."""

    amounts: bool = False
    finish: Finish | None = None


def in_marks(step: _S) -> _S:
    """Says of a step of any id that its result is `user_id, first_day, last_day` of who bought.

    Marks of every order tell that by themselves where ids are numbers; see `timeline`.
    """
    _IN_MARKS[step] = InMarks()
    return of_any_id(step)


def in_amounts(finish: Finish | None = None) -> Callable[[_S], _S]:
    """The same with `orders, amount` after them, of marks with amounts.

    `finish` makes the step's result of these customers and their timeline, where it's another one.
    """

    def say(step: _S) -> _S:
        _IN_MARKS[step] = InMarks(amounts=True, finish=finish)
        return of_any_id(step)

    return say


def how_in_marks(step: Step) -> InMarks | None:
    """What was said so of a step, or of one with some of its arguments given."""
    return _IN_MARKS.get(bare(step))


def sessionless(step: _S) -> _S:
    """Says of a step over events that it looks at no ids of sessions and groups: they needn't be clean."""
    _SESSIONLESS.add(step)
    return step


def sees_sessions(step: Step) -> bool:
    """Whether that wasn't said of a step, or of one with some of its arguments given."""
    return bare(step) not in _SESSIONLESS


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A step whose result keeps what stands for users' ids; who reads it names them, if need be."""

    step: Step

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Run the step."""
        return self.step(frame)


@dataclass(frozen=True, slots=True)
class IfNumbered:
    """A step that is run where numbers stand for users' ids, and gives nothing where they don't."""

    step: Step

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Run the step, or not."""
        return self.step(frame) if is_numbered(frame) else frame.select("user_id").head(0)


@dataclass(frozen=True, slots=True)
class UnlessNumbered:
    """A step that is run unless numbers stand for users' ids, for then something else tells it."""

    step: Step

    def __call__(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Run the step, or give nothing of its form."""
        import polars as pl

        found = self.step(frame)
        return pl.LazyFrame(schema=found.collect_schema()) if is_numbered(frame) else found


def names_nobody(step: Step) -> bool:
    """Whether a step's result keeps what stands for users' ids."""
    return isinstance(step, Unnamed) or bare(step) in _NAMELESS


def bare(step: Step) -> object:
    """A step without what was said of it or given to it."""
    while True:
        if isinstance(step, (Unnamed, IfNumbered, UnlessNumbered)):
            step = step.step
        elif (inner := getattr(step, "func", None)) is not None:
            step = inner
        else:
            return step
