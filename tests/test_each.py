"""A test of many small things asks all, and names each that's wrong."""

from __future__ import annotations

import inspect

import pytest

from helpers.each import each


def test_what_is_wrong_is_named() -> None:
    asked = []

    @each(lambda: [("a", 1), ("b", 2), ("c", "3")])
    def adds_up(name: str, count: int) -> None:
        asked.append(name)
        assert count + 1 == 2, "more"

    with pytest.raises(AssertionError) as caught:
        adds_up()
    assert asked == ["a", "b", "c"]
    lines = str(caught.value).splitlines()
    assert lines[:2] == ["2 of 3:", "('b', 2): AssertionError: more"]
    assert any(line.startswith("('c', '3'): TypeError: ") for line in lines)


def test_one_without_fault_passes() -> None:
    check = each(lambda: [1, 2])(lambda one: None)
    check()
    assert not inspect.signature(check).parameters  # which pytest would take for fixtures


def test_nothing_to_ask_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="nothing to ask it of"):
        each(list)(lambda one: None)()
