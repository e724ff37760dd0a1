"""What `explain` says of a project's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from userops.cli import main

SETTINGS = """
[points]
valid = "1 month"
[[points.rules]]
event = "browse"
points = 10
over = 40
each = "day"
[[points.rules]]
name = "spending"
event = "order"
per = 5
when = "channel != offline and amount >= 10"
cap_day = 100
valid = "12 months"
round = "month"
[[points.rules]]
event = "order"
points = 10
over = 3
each = "day"
[[members.ladder]]
name = "gold"
threshold = 500
"""


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["explain", *arguments])
    return capsys.readouterr().out


def test_rules_are_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "[[points.rules]] ·" not in explained(capsys, "points")
    Path("userops.toml").write_text(SETTINGS, encoding="utf-8")
    assert explained(capsys, "points").endswith(
        "[[points.rules]] · rules that grant points\n"
        "  browse: 10 once a day, for more than 40 seconds\n"
        "  spending (order): 1 for every 5 paid, each order, where channel is not offline and amount is "
        "at least 10, at most 100 a day, living 12 months, to the end of its month\n"
        "  order: 10 once a day, for more than 3 in a day\n"
    )
    assert "  browse：每天一次给 10，秒数超过 40 才给\n" in explained(
        capsys, "points", "--lang", "zh"
    )
    assert "what it's called: gold, the growth value that it begins at: 500" in explained(
        capsys, "members"
    )
