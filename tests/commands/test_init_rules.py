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
