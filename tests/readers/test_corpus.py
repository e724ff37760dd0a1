"""Every row of the list of bad inputs: what's read, what's refused, what's said."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from corpus import files, meanings, texts, values
from corpus.cases import Case
from helpers.running import userops

CASES = [*texts.CASES, *values.CASES, *meanings.CASES, *files.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [path.name for path in case.make(tmp_path)]
    options = [*case.options, "--rejects", "rejects.csv", "-f", "json"]
    if "--max-rejects" not in options:
        options += ["--max-rejects", "100%"]
    ran = userops("segment", *names, *options)
    assert ran.code == case.code, ran.err
    for text in case.told:
        assert text in ran.err
    for text in case.untold:
        assert text not in ran.err
    if case.code:
        assert ran.out == b""
        assert_one_message(ran.err, names)
        return
    if case.spent is not None:
        found = {row["user_id"]: row["monetary"] for row in json.loads(ran.out)}
        assert found == pytest.approx(case.spent)
    with open("rejects.csv", encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.DictReader(file))
    if case.refused or case.spent is not None:
        found = [(int(row["line"]), row["column"], row["reason"]) for row in rejects]
        assert found == list(case.refused)
    for row in rejects:
        assert row["file"] in names
        if row["reason"] != "a NUL character":
            assert row["raw"]
    for line, raw in case.raw.items():
        assert [row["raw"] for row in rejects if int(row["line"]) == line] == [raw]


def assert_one_message(said: str, names: list[str]) -> None:
    """One problem, naming the file, and one mend."""
    problems = [line for line in said.splitlines() if not line.startswith("note:")]
    assert [line.split(":")[0].strip() for line in problems] == ["error", "try"], said
    assert "Traceback" not in said
    assert "fault in userops" not in said
