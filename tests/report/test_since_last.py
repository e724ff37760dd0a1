"""What a report says of the last one made in its place: late refunds, restated weeks, settings, words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helpers.running import userops

HEAD = "order_id,user_id,paid_at,amount,status"


def shop(file: Path, back: tuple[int, ...] = (), days: int = 28) -> Path:
    """Four weeks from a Monday on, three orders a day; some of them given back."""
    lines = [HEAD]
    for number in range(days * 3):
        day = 2 + number // 3  # June 2025
        date = f"2025-06-{day:02}" if day <= 30 else f"2025-07-{day - 30:02}"
        status = "refunded" if number in back else "paid"
        lines.append(f"o{number},u{number % 17},{date},100.00,{status}")
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def report(orders: Path, *more: object) -> str:
    out = orders.parent / "weekly.md"
    ran = userops(
        "report", orders, "--sections", "headline,sales", "--since-last", "-o", out, "-q", *more
    )
    assert ran.code == 0, ran.err
    return out.read_text(encoding="utf-8").replace("\\", "")


def test_late_refunds_and_restated_weeks_are_told(tmp_path: Path) -> None:
    orders = shop(tmp_path / "orders.csv")
    assert "This is the first report kept here" in report(orders)
    shop(orders, back=(4, 25))  # one of the first week, one of the second
    said = report(orders)
    assert "Data to 2025-06-29 then, to 2025-06-29 now." in said
    assert "2 orders of periods that the last report showed were given back in full since." in said
    assert "2 periods are restated by later rows, by −¥200.00 of net revenue" in said.replace(
        "−200", "−¥200"
    )
    assert "The week of 2025-06-09: 2,000 net revenue, 2,100 then; 20 orders, 21 then." in said
    assert report(orders) == said  # made again, it's the same again
    zh = report(orders, "--lang", "zh")
    assert "此后又有 2 单全额退款" in zh
    assert "2025-06-09 的一周" in zh


def test_a_setting_that_changed_and_what_did_not(tmp_path: Path) -> None:
    orders = shop(tmp_path / "orders.csv")
    report(orders)
    assert "The setting against was previous, and is year." in report(orders, "--against", "year")
    shop(orders, days=29)
    said = report(orders, "--against", "year")
    assert "Nothing of what the last report said has changed" in said
    assert "2025-06-30 now" in said


def test_a_definition_that_changed_is_named(tmp_path: Path) -> None:
    orders = shop(tmp_path / "orders.csv")
    report(orders)
    kept = tmp_path / "weekly.last.json"
    state = json.loads(kept.read_text(encoding="utf-8"))
    assert state["reports"][-1]["periods"]["2025-06-02"] == {
        "orders": 21, "refunded": 0, "revenue": 210000,
    }  # fmt: skip
    state["reports"][-1]["definitions"]["measures.aov"] = "other"
    state["reports"][-1]["version"] = "0.0.9"
    kept.write_text(json.dumps(state), encoding="utf-8")
    said = report(orders)
    assert "1 definition has changed: Average order value." in said
    assert "userops 0.0.9 then" in said


@pytest.mark.parametrize(
    "held",
    [
        "{}",
        "no json",
        '{"userops_report": 1, "reports": [{}]}',
        '{"userops_report": 1, "reports": [{"periods": {"2025-12-22": 5}}]}',
        '{"userops_report": 1, "reports": [{"periods": {"2025-12-22": {"revenue": "5"}}}]}',
    ],
)
def test_a_file_of_others_is_left_alone(held: str, tmp_path: Path) -> None:
    orders = shop(tmp_path / "orders.csv")
    (tmp_path / "weekly.last.json").write_text(held, encoding="utf-8")
    ran = userops("report", orders, "--since-last", "-o", tmp_path / "weekly.md")
    assert (ran.code, (tmp_path / "weekly.md").exists()) == (3, False)
    assert "isn't what a report keeps" in ran.err
    assert (tmp_path / "weekly.last.json").read_text(encoding="utf-8") == held


def test_it_needs_a_place(tmp_path: Path) -> None:
    ran = userops("report", shop(tmp_path / "orders.csv"), "--since-last")
    assert ran.code == 2
    assert "--since-last needs a place" in ran.err
