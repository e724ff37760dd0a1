"""Exports that hold a header and no rows: every analysis has an empty answer, or says that there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.running import userops
from userops.analyses import ANALYSES
from userops.datasets import DATASETS

RULES = """[[points.rules]]
event = "order"
points = 1
per = 1
[[members.rules]]
event = "order"
points = 1
per = 1
[[members.ladder]]
name = "basic"
[[members.ladder]]
name = "gold"
threshold = 10
[goals]
new = 400
"""


@pytest.mark.parametrize("name", [name for name, one in ANALYSES.items() if one.command])
def test_no_rows_are_no_fault(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("userops.toml").write_text(RULES)
    for dataset in DATASETS.values():
        fields = dict.fromkeys([*dataset.needed, *(field.name for field in dataset.fields)])
        Path(f"{dataset.name}.csv").write_text(",".join(fields) + "\n")
    analysis = ANALYSES[name]
    given = [] if name == "cohorts" else analysis.helped_by
    more = [f"--{other.replace('_', '-')}={other}.csv" for other in given]
    about = f"{analysis.about}.csv"
    ran = userops(name, about, *more, *(["--salt=x"] if name == "split" else []))
    assert ran.code in (0, 3), ran.err
    assert "fault" not in ran.err, ran.err
