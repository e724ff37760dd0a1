"""Lists of a group's members whose day stands in the file's name alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.running import Ran, userops

ORDERS = "order_id,user_id,order_time,amount\nE1,u1,2026-10-20,100\nE2,u2,2026-11-29,100\n"
JOINED, BARE = "群ID,成员ID,入群时间", "群ID,成员ID"


def community(folder: Path, files: Mapping[str, str], *more: object) -> Ran:
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    given = [part for name in files for part in ("--memberships", folder / name)]
    return userops(
        "community", folder / "orders.csv", *given, "--show", "groups", "-f", "csv", *more
    )


def counts(ran: Ran) -> tuple[str, str]:
    """Members at the end, and how many left."""
    assert ran.code == 0, ran.err
    (row,) = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    return row["members_end"], row["left"]


def members(header: str, *who: str) -> str:
    since = ",2026-06-01" if header == JOINED else ""
    return "\n".join([header, *(f"wr0,{one}{since}" for one in who)]) + "\n"


@pytest.mark.parametrize("header", [JOINED, BARE])
@pytest.mark.parametrize("name", ["成员_{}.csv", "members-{}.csv"])
def test_who_is_missing_from_the_next_days_list_left(
    tmp_path: Path, header: str, name: str
) -> None:
    files = {
        name.format("20261110"): members(header, "wm1", "wm2"),
        name.format("20261125"): members(header, "wm1", "wm3"),
    }
    ran = community(tmp_path, files)
    assert counts(ran) == ("2", "1")
    assert f"{name.format('20261110')}: snapshot is '2026-11-10', by its name" in ran.err


def test_one_list_without_a_time_is_of_the_day_in_its_name(tmp_path: Path) -> None:
    ran = community(tmp_path, {"成员_20261125.csv": members(BARE, "wm1", "wm3")})
    assert counts(ran) == ("2", "")
    assert "snapshot is '2026-11-25', by its name" in ran.err


def test_a_list_without_a_day_or_a_time_is_asked_about(tmp_path: Path) -> None:
    ran = community(tmp_path, {"成员.csv": members(BARE, "wm1")})
    assert ran.code != 0
    assert "in a column or in the file's name" in ran.err


def test_one_list_that_says_since_when_counts_whatever_its_name(tmp_path: Path) -> None:
    """Exported after the last order, it would be a list of a day that isn't told of."""
    ran = community(tmp_path, {"成员_20261201.csv": members(JOINED, "wm1", "wm3")})
    assert counts(ran) == ("2", "")


def test_lists_of_different_places_are_not_one_after_the_other(tmp_path: Path) -> None:
    files = {
        "宝妈群_20261201.csv": members(JOINED, "wm1", "wm2"),
        "吃货群_20261202.csv": members(JOINED, "wm3"),
    }
    ran = community(tmp_path, files)
    assert counts(ran) == ("3", "")


def test_lists_of_who_is_new_are_not_one_after_the_other(tmp_path: Path) -> None:
    """Nobody of January's is on February's list, so that it isn't one of all members."""
    files = {
        "New 2026-10-31.csv": "群ID,成员ID,入群时间\nwr0,wm1,2026-10-03\nwr0,wm2,2026-10-09\n",
        "New 2026-11-28.csv": "群ID,成员ID,入群时间\nwr0,wm3,2026-11-02\n",
    }
    ran = community(tmp_path, files)
    assert counts(ran) == ("3", "")
    assert "by its name" not in ran.err


def test_lists_of_several_places_are_told_apart_place_by_place(tmp_path: Path) -> None:
    one = {
        f"新客群_202611{day}.csv": members(JOINED, "wm1", who)
        for day, who in (("10", "wm2"), ("25", "wm3"))
    }
    other = {
        name.replace("新", "老"): text.replace("wr0", "wr9").replace("wm", "xm")
        for name, text in one.items()
    }
    ran = community(tmp_path, one | other)
    rows = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    assert {(row["group_id"], row["members_end"], row["left"]) for row in rows} == {
        ("wr0", "2", "1"),
        ("wr9", "2", "1"),
    }


def test_groups_named_by_days_are_not_one_after_the_other(tmp_path: Path) -> None:
    files = {
        "20260105群.csv": "群ID,成员ID,入群时间\nwr1,wm1,2026-06-03\nwr1,wm2,2026-06-09\n",
        "20260317群.csv": "群ID,成员ID,入群时间\nwr2,wm1,2026-07-02\n",
    }
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    ran = community(tmp_path, files, "--show", "groups")
    assert "by its name" not in ran.err


def test_a_list_without_a_day_beside_others_is_said(tmp_path: Path) -> None:
    files = {
        "m_20261110.csv": members(JOINED, "wm1", "wm2"),
        "m_20261125.csv": members(JOINED, "wm1", "wm3"),
        "m.csv": members(JOINED, "wm1", "wm3"),
    }
    ran = community(tmp_path, files)
    assert counts(ran) == ("3", "")
    assert "m.csv: no day in the name, as other lists have" in ran.err


def test_a_column_and_who_left_say_more_than_a_name(tmp_path: Path) -> None:
    files = {
        "m_20261110.csv": "群ID,成员ID,入群时间,退群时间\nwr0,wm1,2026-06-01,\n",
        "m_20261125.csv": "群ID,成员ID,入群时间,退群时间\nwr0,wm2,2026-06-01,2026-11-12\n",
    }
    ran = community(tmp_path, files)
    assert counts(ran) == ("1", "1")
    assert "by its name" not in ran.err


def test_init_takes_no_list_for_members_by_its_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "客户_20261125.csv").write_text("用户ID,社群,渠道\nu1,宝妈群,直播\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    ran = userops("init", "客户_20261125.csv")
    assert "taken for users" in ran.err
