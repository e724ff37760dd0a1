"""What looks wrong in the orders stands in the report's data quality, without anybody's name."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from helpers.running import userops


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two orders a day for ten weeks; a test account, a copied order, refused rows, a refund of nothing."""
    rows = ["order_id,user_id,paid_at,amount,status"]
    start = date(2025, 1, 1)
    for day in range(70):
        rows += [f"{day}-{n},u{(day * 2 + n) % 23},{start + timedelta(day)} 10:{n}0:00,9.50,paid" for n in range(2)]  # fmt: skip
    rows += ["c1,copied-user,2025-02-01 09:00:00,7.25,paid", "c2,copied-user,2025-02-01 09:00:20,7.25,paid"]  # fmt: skip
    rows += ["t1,test-account-1,2025-02-02 09:00:00,1.00,paid", "r1,nobody-knows,2025-02-03 09:00:00,-3.00,paid"]  # fmt: skip
    rows += ["x1,u1,someday,5.00,paid"]
    path = tmp_path_factory.mktemp("findings") / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def data_section(*arguments: object) -> str:
    ran = userops("report", *arguments, "-f", "md", "--sections", "data")
    assert ran.code == 0, ran.err
    return ran.text


def found(text: str, title: str) -> dict[str, list[str]]:
    """The rows of the table of findings, by what was found."""
    lines = text.partition(f"### {title}\n\n")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


def test_findings_of_check_stand_in_the_report(orders: Path) -> None:
    findings = found(data_section(orders), "Findings")
    checked = userops("check", orders, "--show", "findings", "-f", "json").json
    assert {name: int(row[0]) for name, row in findings.items()} == {
        one["finding"]: one["count"] for one in checked
    }
    assert {"rows refused", "order twice", "test account"} <= set(findings)
    assert "line 146: not a date" in findings["rows refused"][2]


def test_nobody_is_named_and_no_option(orders: Path) -> None:
    cells = [cell for row in found(data_section(orders), "Findings").values() for cell in row]
    said = " ".join(cells)
    words = ("copied-user", "test-account", "nobody-knows", "--")
    assert not [word for word in words if word in said]


def test_in_chinese(orders: Path) -> None:
    findings = found(data_section(orders, "--lang", "zh"), "发现")
    assert {"被拒的行", "疑似重复订单"} <= set(findings)


def test_a_clean_export_has_none(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,user_id,date,amount\n1,a,2025-01-01,5.00\n2,b,2025-01-02,6.00\n")
    assert "### Findings" not in data_section(path)


def test_a_store_finds_the_same(orders: Path, here: Path) -> None:
    (here / "userops.toml").write_text(f'[exports]\norders = ["{orders}"]\n')
    before = data_section()
    assert userops("prepare").code == 0
    assert data_section() == before
