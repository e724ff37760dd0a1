"""What an error proposes to who calls a function can be pasted into the call."""

from __future__ import annotations

from pathlib import Path

import pytest

import userops
from userops.core.errors import InputError

EXPORTS = {
    "a price": "user,date,qty,price\nu1,2025-01-01,3,10.00\nu2,2025-01-02,2,8.00\n",
    "a status": "order_id,user,date,total,status\n1,u1,2025-01-01,3,Odd One\n2,u2,2025-01-01,3,paid\n",
    "a column": "Ordr ID,Custmer code,date,amount\n1,u1,2025-01-02,5.00\n",
    "a day": "order_id,user,date,total\n1,u1,01/02/2025,5.00\n2,u2,03/04/2025,6.00\n",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_the_answer_helps(name: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(EXPORTS[name], encoding="utf-8")
    with pytest.raises(InputError) as stopped:
        userops.segment(path)
    answer = stopped.value.mend.split("; ")[0]
    names = {"userops": userops, "ReadOptions": userops.ReadOptions, "path": path}
    result = eval(f"userops.segment(path, {answer})", names)
    assert len(result["users"].frame)
