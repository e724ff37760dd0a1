"""Steps: reductions from a lazy frame to a lazy frame, several of which share one pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import polars as pl

Step = Callable[["pl.LazyFrame"], "pl.LazyFrame"]
_OF_ANY_ID: set[object] = set()
_NAMELESS: set[object] = set()
_S = TypeVar("_S", bound=Callable[..., "pl.LazyFrame"])


def of_any_id(step: _S) -> _S:
    """Says of a step that `user_id` may come as a number: it tells users apart, and sorts them."""
    _OF_ANY_ID.add(step)
    return step


def takes_any_id(step: Step) -> bool:
    """Whether that was said of a step, or of one with some of its arguments given."""
    return getattr(step, "func", step) in _OF_ANY_ID


def nameless(step: _S) -> _S:
    """Says of a step of any id that its result is of users, but none of them will be named."""
    _NAMELESS.add(step)
    return of_any_id(step)


def names_nobody(step: Step) -> bool:
    """Whether that was said of a step, or of one with some of its arguments given."""
    return getattr(step, "func", step) in _NAMELESS
