"""A test of each of many small things, in one: pytest takes longer to call a test than these take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from traceback import format_exception_only
from typing import Any

Check = Callable[..., None]


def each(
    things: Callable[[], Iterable[Any]], name: Callable[[Any], str] = str
) -> Callable[[Check], Callable[[], None]]:
    """What's decorated is asked of each thing; a tuple is its arguments.

    All are asked, and those of which it doesn't hold are named with what's wrong. They're made when
    the test runs, so that nobody waits for them who collects tests.
    """

    def of(check: Check) -> Callable[[], None]:
        @wraps(check)
        def test() -> None:
            wrong, asked = [], 0
            for asked, one in enumerate(things(), 1):  # noqa: B007
                try:
                    check(*(one if type(one) is tuple else (one,)))
                except Exception as error:
                    wrong.append((one, error))
            assert asked, "there is nothing to ask it of"
            if wrong:
                said = "\n".join(f"{name(one)}: {_said(error)}" for one, error in wrong)
                raise AssertionError(f"{len(wrong)} of {asked}:\n{said}") from wrong[0][1]

        test.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
        return test

    return of


def _said(error: Exception) -> str:
    return "".join(format_exception_only(error)).strip()
