"""What `init` writes of rules can be taken as it stands, once the `#` before it is gone."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from userops.cli import main
from userops.settings import load


def test_rules_stand_last_in_their_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("orders.csv").write_text("user_id,order_time,amount\na,2025-01-01,5\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["init", "orders.csv", "-q"])
    text = Path("userops.toml").read_text(encoding="utf-8")
    points = text.partition("\n[points]\n")[2].partition("\n\n")[0]
    lines = re.findall(r"^# (\[\[.*\]\]|\w+ = .*)$", points, re.MULTILINE)
    wanted = [line for line in lines if not line.startswith(("of =", "start ="))]
    Path("userops.toml").write_text("\n".join(["[points]", *wanted]), encoding="utf-8")
    made = tomllib.loads(Path("userops.toml").read_text(encoding="utf-8"))["points"]
    assert made["within"] == 30
    assert made["rules"][0]["event"] == "order"
    load(None)


def written(lang: str) -> str:
    Path("orders.csv").write_text("user_id,order_time,amount\na,2025-01-01,5\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["init", "orders.csv", "-q", "--lang", lang])
    return Path("userops.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rows_that_are_uncommented_grant_something(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor takes one `#` off each line of a block: what a rule may do without stays a comment."""
    monkeypatch.chdir(tmp_path)
    text = written(lang)
    blocks = re.findall(r"^# \[\[.*\]\]\n(?:# (?:# )?\w+ = .*\n)+", text, re.MULTILINE)
    assert len(blocks) == 7
    for block in blocks:
        text = text.replace(block, re.sub("^# ", "", block, flags=re.MULTILINE))
    Path("userops.toml").write_text(text, encoding="utf-8")
    load(None)
    made = tomllib.loads(text)
    assert made["members"]["rules"] == [{"event": "order", "points": 1, "each": "event"}]
    assert made["members"]["ladder"] == [{"name": "gold", "threshold": 0}]
    assert made["tags"][0]["when"] == "orders >= 3"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_goals_and_special_days_are_shown(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = written(lang)
    for name in ("goals", "calendar"):
        block = re.search(rf"^# \[{name}\]\n(?:# .*\n)+", text, re.MULTILINE)
        assert block is not None
        text = text.replace(block[0], re.sub("^# ", "", block[0], flags=re.MULTILINE))
    Path("userops.toml").write_text(text, encoding="utf-8")
    settings, _ = load(None)
    assert tomllib.loads(text)["goals"]["revenue"]["growth"] == "20%"
    assert "anniversary" in tomllib.loads(text)["calendar"]
    assert settings


def test_examples_are_within_their_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    campaigns = written("en").partition("\n[campaigns]\n")[2].partition("\n\n")[0]
    lines = [
        line.removeprefix("# ")
        for line in campaigns.splitlines()
        if re.match(r"# (control_share|cap|margin|days) = ", line)
    ]
    assert len(lines) == 4
    Path("userops.toml").write_text("\n".join(["[campaigns]", *lines]), encoding="utf-8")
    load(None)
