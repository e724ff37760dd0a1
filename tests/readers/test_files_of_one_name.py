"""Exports of one name in several folders: each keeps its own rows, in whichever form it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.running import userops

HEADER = ("order_id", "user_id", "order_time", "amount", "note")


def rows(letter: str) -> list[tuple[str, ...]]:
    """Orders of nine users, and a row that the strict way has to judge."""
    days = [f"2024-01-{day:02}" for day in range(1, 10)] + ["soon"]
    return [(f"{letter}{n}", f"{letter}{n}", day, f"{n}.00", "one") for n, day in enumerate(days)]


def quoted(letter: str) -> str:
    lines = [",".join(HEADER), *(",".join(row) for row in rows(letter))]
    return "\n".join(lines).replace("one", '"two\nlines"') + "\n"


def ragged(letter: str) -> str:
    lines = [",".join(HEADER), *(",".join(row) for row in rows(letter)), "short,line"]
    return "\n".join(lines) + "\n"


def objects(letter: str) -> str:
    return "".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in rows(letter))


def by_spaces(letter: str) -> str:
    return "".join("".join(f"{cell:<14}" for cell in row) + "\n" for row in (HEADER, *rows(letter)))


@pytest.mark.parametrize("form", [quoted, ragged, objects, by_spaces])
def test_both_are_read(form: object, tmp_path: Path) -> None:
    files = []
    for letter in "ab":
        (tmp_path / letter).mkdir()
        files.append(tmp_path / letter / "orders.csv")
        files[-1].write_text(form(letter), "utf-8")  # type: ignore[operator]
    ran = userops("segment", *files, "-f", "csv", "--max-rejects", "10")
    assert ran.code == 0, ran.err
    users = {line.split(",")[0] for line in ran.text.splitlines()[1:]}
    assert users == {f"{letter}{number}" for letter in "ab" for number in range(9)}
