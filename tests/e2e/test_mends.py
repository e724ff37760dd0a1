"""Every answer that a message shows can be pasted into a shell, and helps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.running import ENVIRONMENT

HEAD = "order_id,customer id,order date,total"
EXPORTS = {
    "day or month": f"{HEAD}\n1,u1,01/02/2025,5.00\n2,u2,03/04/2025,6.00\n",
    "day or year": f"{HEAD}\n1,u1,13/02/25,5.00\n2,u2,14/04/25,6.00\n",
    "decimal mark": f"{HEAD}\n1,u1,2025-01-02,5.000\n2,u2,2025-01-02,6.125\n",
    "statuses": f"{HEAD},status\n1,u1,2025-01-02,5.00,à moitié là\n2,u2,2025-01-02,6.00,it's here\n",
    "a blank status": f"{HEAD},status\n1,u1,2025-01-02,5.00,\n2,u2,2025-01-02,6.00,paid\n",
    "a column with a blank": "Ordr ID,Custmer code,Order Dayte,Amont\n1,u1,2025-01-02,5.00\n",
    "a price": f"{HEAD.replace('total', 'price')},qty\n1,u1,2025-01-02,5.00,2\n2,u2,2025-01-02,6.00,3\n",
    "refunds": f"{HEAD},refund paid,refund amount\n1,u1,2025-01-02,5.00,,1.00\n",
    "numbers of stores": f"{HEAD},Shop's place\n1,u1,2025-01-02,5.00,a b\n1,u2,2025-01-02,5.00,c\n"
    "2,u3,2025-01-02,5.00,a b\n2,u4,2025-01-02,5.00,c\n",
    "no header": "1001,u1,2025-01-02,5.00\n1002,u2,2025-01-03,6.00\n1003,u1,2025-02-03,6.50\n",
    "cash on delivery": f"{HEAD},status\n1,u1,2025-01-02,5.00,pending\n2,u2,2025-01-02,6.00,pending\n",
    "a refund told twice": f"{HEAD},refund amount\n1,u1,2025-01-02,9.00,3.00\n1,u1,2025-01-05,-2.00,\n"
    "2,u2,2025-01-02,6.00,\n",
    "refused rows": f"{HEAD}\n1,u1,2025-01-02,5.00\n2,u2,someday,6.00\n3,u3,2025-01-02,7.00\n",
    "all at once": "order_id,customer id,order date,price,qty,status,refund amount\n"
    "1,u1,01/02/2025,5.00,2,it's here,0\n2,u2,03/04/2025,6.00,3,paid,0\n",
}
SAID = {  # what else an export leaves open to
    "all at once": ("day and which the month", "the price of one", "unknown in 'status'"),
}


# What can be pasted of an answer, to where words go on; what follows other advice.
ANSWER = re.compile(r"^  try: .*?(--.*?)(?:; |, or |, if |, rows | \(|$)", re.MULTILINE)
ALONE = re.compile(r"without them: (--max-rejects \d+)")


@pytest.mark.parametrize("name", EXPORTS)
def test_the_answer_that_is_shown_helps(name: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(EXPORTS[name], encoding="utf-8")
    ran = _shell("segment orders.csv", tmp_path)
    assert ran.returncode in (3, 4), ran.stderr
    for said in SAID.get(name, ()):
        assert said in ran.stderr
    _answered("segment orders.csv", tmp_path)


def _answered(command: str, folder: Path) -> None:
    """Give the answer that's shown, and what is asked then, until nothing more is asked."""
    for _ in range(3):
        ran = _shell(command, folder)
        if not ran.returncode:
            return
        answer = ALONE.search(ran.stderr) or ANSWER.search(ran.stderr)
        assert answer is not None, ran.stderr
        command += f" {answer[1]}"
    raise AssertionError((command, ran.stderr))


def test_lines_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "order_id,customer id,order date\n1,u1,2025-01-02\n2,u2,2025-01-03\n"
    )
    (tmp_path / "items.csv").write_text("order_id,product,price,quantity\n1,a,5.00,2\n2,b,6.00,1\n")
    ran = _shell("segment orders.csv items.csv", tmp_path)
    assert ran.returncode == 3, ran.stderr
    answer = re.search(r"name the orders alone, and (--lines \S+)", ran.stderr)
    assert answer is not None, ran.stderr
    _answered(f"segment orders.csv {answer[1]}", tmp_path)


def test_costs_of_one_channel(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(f"{HEAD}\n1,u1,2025-01-02,5.00\n2,u2,2025-01-03,6.00\n")
    (tmp_path / "costs.csv").write_text("date,cost\n2025-01-01,5.00\n2025-01-02,5.00\n")
    ran = _shell("ltv orders.csv --costs costs.csv", tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert "--channel NAME" in ran.stderr
    again = _shell("ltv orders.csv --costs costs.csv --channel search", tmp_path)
    assert again.returncode == 0, again.stderr


def _shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        f"{sys.executable} -m userops {command}",
        shell=True,
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
