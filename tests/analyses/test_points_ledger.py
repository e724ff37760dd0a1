"""A shop's own ledger of points: its balances, and its entries beside what the rules say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from analyses.points_shops import BOUGHT, ONE, SPEND, rows, summary
from helpers.running import SAMPLES, userops
from userops import api
from userops.core.errors import UseropsError

LEDGER = """流水号,会员编号,变动类型,变动积分,变动前积分,变动后积分,订单号,操作时间
1,a,获得,100,0,100,o0,2025-01-01 10:00:00
2,a,消费,30,100,70,,2025-01-05 10:00:00
3,a,过期,70,70,0,,2025-02-02 00:00:10
4,b,获得,50,0,50,o1,2025-01-03 10:00:00
"""


def reconciled(
    text: str, bought: pl.DataFrame = BOUGHT, as_of: str = "2025-02-03"
) -> list[dict[str, Any]]:
    ledger = pl.read_csv(text.encode(), infer_schema=False)
    result = api.points(bought, points=ledger, rules=[SPEND], valid="1 month", as_of=as_of)
    return rows(result, "reconcile")


def test_a_ledger_that_is_right() -> None:
    assert reconciled(LEDGER) == []


@pytest.mark.parametrize(
    ("line", "instead", "cause", "expected", "exported"),
    [
        ("4,b,获得,50,0,50,o1,2025-01-03 10:00:00\n", "", "missing", 50, None),
        ("4,b,获得,50,0,50", "4,b,获得,55,0,55", "amount", 50, 55),
        ("o1,2025-01-03", "o1,2025-01-04", "date", 50, 50),
        ("4,b,获得,50,0,50", "4,b,获得,50,0,60", "balance", 50, 60),
        ("o1,2025-01-03", "o9,2025-01-03", "extra", None, 50),
        ("3,a,过期,70,70,0", "3,a,过期,60,70,10", "amount", -70, -60),
        ("3,a,过期,70,70,0,,2025-02-02 00:00:10\n", "", None, None, None),
    ],
)
def test_a_fault_is_found(
    line: str, instead: str, cause: str | None, expected: int | None, exported: int | None
) -> None:
    assert line in LEDGER
    found = reconciled(LEDGER.replace(line, instead))
    if cause is None:  # no expiry is booked at all: the ledger leaves it to time
        assert found == []
        return
    wanted = [row for row in found if row["cause"] == cause]
    assert [(row["expected"], row["exported"]) for row in wanted] == [(expected, exported)]
    assert len(found) == (
        2 if cause == "extra" else 1
    )  # what stands under another order is missing


AFTER_ALONE = """会员id,昵称,积分变化,当前积分,备注,操作人,操作时间
a,x,100,100,order,sys,2025-01-01 10:00:00
a,x,-30,70,兑换,sys,2025-01-05 10:00:00
b,y,50,50,order,sys,2025-01-03 10:00:00
b,y,-10,40,兑换,sys,2025-01-04 10:00:00
"""


def test_a_ledger_that_says_the_balance_after_alone() -> None:
    def found(text: str) -> list[tuple[object, ...]]:
        ledger = pl.read_csv(text.encode(), infer_schema=False)
        result = api.points(BOUGHT, points=ledger, as_of="2025-01-06")
        return result["reconcile"].frame.select("user_id", "cause", "expected", "exported").rows()

    assert found(AFTER_ALONE) == []
    assert found(AFTER_ALONE.replace("-10,40", "-10,45")) == [("b", "balance", 40, 45)]
    same_time = AFTER_ALONE.replace("2025-01-03", "2025-01-04").replace("-10,40", "-10,45")
    assert found(same_time) == []  # which came first isn't told
    unsaid = (
        AFTER_ALONE
        + "b,y,-5,,兑换,sys,2025-01-05 10:00:00\nb,y,2,37,order,sys,2025-01-06 10:00:00\n"
    )
    assert found(unsaid) == []  # nobody said what the last goes on from


def test_a_ledger_without_order_numbers_is_compared_without_them() -> None:
    unnamed = LEDGER.replace(",o0,", ",,").replace(",o1,", ",,")
    assert reconciled(unnamed) == []
    (fault,) = reconciled(unnamed.replace("4,b,获得,50,0,50", "4,b,获得,55,0,55"))
    assert (fault["cause"], fault["expected"], fault["exported"]) == ("amount", 50, 55)
    ledger = pl.read_csv(unnamed.encode(), infer_schema=False)
    result = api.points(BOUGHT, points=ledger, rules=[SPEND], as_of="2025-02-03")
    assert any("names no orders" in str(note) for note in result["reconcile"].notes)


def test_what_follows_from_a_fault_is_counted_with_it() -> None:
    wrong = LEDGER.replace("1,a,获得,100,0,100", "1,a,获得,90,0,90").replace(
        "3,a,过期,70", "3,a,过期,65"
    )
    (fault,) = [
        row for row in reconciled(wrong) if row["user_id"] == "a" and row["cause"] == "amount"
    ]
    assert (fault["expected"], fault["exported"], fault["follows"]) == (100, 90, 1)


def test_an_exported_ledger_counts_as_it_stands() -> None:
    result = api.points(
        BOUGHT, points=pl.read_csv(LEDGER.encode(), infer_schema=False), as_of="2025-02-03"
    )
    row = summary(result)
    assert (row["earned"], row["redeemed"], row["expired"], row["outstanding"]) == (150, 30, 70, 50)


def test_balances_of_a_file_on_earlier_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """365 days: 100 earned, 100 days later 50, 80 redeemed on day 200; and before any of it."""
    from userops.cli import main

    (tmp_path / "orders.csv").write_bytes(ONE.write_csv().encode())
    (tmp_path / "ledger.csv").write_text(
        "entry_id,user_id,time,kind,points\n"
        "e1,u1,2023-01-01 10:00:00,earn,100\n"
        "e2,u1,2023-04-11 10:00:00,earn,50\n"
        "e3,u1,2023-07-20 10:00:00,redeem,-80\n"
    )

    def told(as_of: str) -> list[tuple[Any, ...]]:
        files = [str(tmp_path / "orders.csv"), "--points", str(tmp_path / "ledger.csv")]
        asked = ["--show", "balances", "--valid", "365 days", "--as-of", as_of, "-f", "json", "-q"]
        with pytest.raises(SystemExit) as ended:
            main(["points", *files, *asked])
        assert not ended.value.code
        made = json.loads(capsys.readouterr().out)
        return [(row["expired"], row["outstanding"], row["next_points"]) for row in made]

    assert told("2022-12-31") == []
    assert told("2024-01-01") == [(0, 70, 20)]
    assert told("2024-01-02") == [(20, 50, 50)]
    assert told("2024-04-10") == [(20, 50, 50)]
    assert told("2024-04-11") == [(70, 0, None)]


def test_a_correction_below_zero_signs_no_other_entry() -> None:
    ledger = pl.DataFrame(
        {
            "user_id": ["a"] * 3,
            "time": ["2025-01-01", "2025-01-02", "2025-01-03"],
            "kind": ["earn", "redeem", "adjust"],
            "points": ["100", "60", "-5"],
        }
    )
    one = summary(api.points(ONE, points=ledger, as_of="2025-01-05"))
    assert (one["redeemed"], one["outstanding"]) == (60, 35)


EXPORTS = (
    "会员id,昵称,积分变化,当前积分,备注,操作人,操作时间\n"
    "u1,王,-20,130,,甲,2025-03-01 10:00:00\n"
    "u1,王,+50,150,,,2025-02-01 10:00:00\n"
    "u1,王,100,100,,,2025-01-01 10:00:00\n",
    "用户帐户,变动积分,剩余积分,积分来源,订单号,备注,操作时间,操作人\n"
    "u1,-20,130,抵扣,o3,,2025-03-01 10:00:00,甲\n"
    "u1,50,150,购物,o2,,2025-02-01 10:00:00,\n"
    "u1,100,100,购物,o1,,2025-01-01 10:00:00,\n",
    "会员编号,变动类型,变动积分,变动前积分,变动后积分,业务单号,操作时间\n"
    "u1,消费,20,150,130,o3,2025-03-01 10:00:00\n"
    "u1,获得,50,100,150,o2,2025-02-01 10:00:00\n"
    "u1,获得,100,0,100,o1,2025-01-01 10:00:00\n",
)


@pytest.mark.parametrize("text", EXPORTS)
@pytest.mark.parametrize("show", ["balances", "all"])
def test_exports_of_shops_systems(
    text: str, show: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest first, with kinds or signs, with balances before and after or after alone."""
    from userops.cli import main

    (tmp_path / "orders.csv").write_bytes(ONE.write_csv().encode())
    (tmp_path / "ledger.csv").write_text(text)
    files = [str(tmp_path / "orders.csv"), "--points", str(tmp_path / "ledger.csv")]
    with pytest.raises(SystemExit) as ended:
        main(["points", *files, "--show", show, "--valid", "12 months", "--as-of", "2025-12-31",
              "-f", "json"])  # fmt: skip
    assert not ended.value.code
    said = capsys.readouterr()
    made = json.loads(said.out)
    (row,) = made if show == "balances" else made["tables"]["balances"]["rows"]
    assert (row["earned"], row["redeemed"], row["balance"]) == (150, 20, 130)
    assert (row["next_expiry"], row["next_points"]) == ("2026-01-01", 80)
    if show == "all":
        assert made["tables"]["reconcile"]["rows"] == []
    by_sign = "no column for the kind of entry" in said.err + said.out
    assert by_sign == ("变动类型" not in text)


def test_kinds_that_are_not_known_are_asked_about() -> None:
    ledger = pl.read_csv(LEDGER.replace("获得", "签到礼").encode(), infer_schema=False)
    with pytest.raises(Exception, match="签到礼"):
        api.points(BOUGHT, points=ledger)
    result = api.points(BOUGHT, points=ledger, kinds={"签到礼": "earn"}, as_of="2025-02-03")
    assert summary(result)["earned"] == 150


@pytest.mark.parametrize("kind", ["adjust", "restore"])
def test_points_of_someone_who_never_earned_any_run_out_too(kind: str) -> None:
    """They live from the day on which they came, where nothing was earned or redeemed."""
    ledger = pl.DataFrame(
        {"user_id": ["a"], "time": ["2025-01-15"], "kind": [kind], "points": ["10"]}
    )
    asked = {"points": ledger, "valid": "inactivity 2 months"}
    before = api.points(ONE, as_of="2025-03-01", **asked)
    (row,) = rows(before, "balances")
    assert (row["next_expiry"], row["next_points"]) == (date(2025, 3, 14), 10)
    assert [row["days_left"] for row in rows(before, "expiring")] == [13]
    assert summary(api.points(ONE, as_of="2025-03-15", **asked))["expired"] == 10


def test_a_number_that_is_none_of_points_is_refused_whatever_is_shown(tmp_path: Path) -> None:
    orders, ledger = tmp_path / "orders.csv", tmp_path / "ledger.csv"
    orders.write_bytes(ONE.write_csv().encode())
    ledger.write_text(
        "user_id,time,points\nu1,2025-01-01 10:00:00,60\nu1,2025-01-02 10:00:00,9007199254740993\n"
    )
    asked = ("points", orders, "--points", ledger, "--max-rejects", "50%", "-f", "json")
    balances = userops(*asked, "--show", "balances")
    assert "1 refused (1 not a number)" in balances.err
    assert [row["earned"] for row in json.loads(balances.text)] == [60]
    (total,) = json.loads(userops(*asked, "--show", "summary").text)
    assert total["earned"] == 60


def test_where_nothing_runs_out_it_is_said_why() -> None:
    told = "no unused points run out: valid is never"
    shop = ("points", SAMPLES / "shop" / "orders.csv", "--points", SAMPLES / "shop" / "points.csv")
    never = userops(*shop, "--show", "expiring")
    assert told in never.err
    assert len(never.out.splitlines()) == 1
    assert "未使用的积分都不会过期" in userops(*shop, "--show", "expiring", "--lang", "zh").err
    assert told not in userops(*shop, "--show", "expiring", "--valid", "2 months").err


HEAD = "会员编号,变动类型,变动积分,变动前积分,变动后积分,操作时间\n"


def shown(text: str, table: str = "balances", **more: Any) -> tuple[list[Any], list[str]]:
    """The balances of users, or another table's rows; and what's said."""
    ledger = pl.read_csv(text.encode(), infer_schema=False)
    result = api.points(BOUGHT, points=ledger, as_of="2025-02-03", **more)
    told = [str(note) for note in result[table].notes]
    found = rows(result, table)
    return (
        [(row["user_id"], row["balance"]) for row in found] if table == "balances" else found
    ), told


MIDWAY = "a,兑换,-50,500,450,2025-01-02\na,获得,100,450,550,2025-01-03\nb,获得,5,0,5,2025-01-03\n"


def test_what_was_there_before_the_first_entry_is_carried_in() -> None:
    found, told = shown(HEAD + MIDWAY)
    assert found == [("a", 550), ("b", 5)]
    assert any(
        "1 user has a balance before the first entry, 500 points in all" in one for one in told
    )
    lots, _ = shown(HEAD + MIDWAY, "lots")
    assert [(row["rule"], row["date"], row["outstanding"]) for row in lots][:2] == [
        ("(carried in)", date(2025, 1, 2), 450),
        (None, date(2025, 1, 3), 100),
    ]
    faults, told = shown(HEAD + MIDWAY, "reconcile")
    assert faults == []
    assert any("3 entries" in one for one in told)
    assert any("begins midway" in one for one in told)


@pytest.mark.parametrize(
    ("entries", "balance"),
    [
        # The newest first, and all on one day: the balance that is no other's end comes first.
        ("a,获得,100,450,550,2025-01-03\na,兑换,-50,500,450,2025-01-03\n", 550),
        ("a,兑换,-50,500,450,2025-01-03\na,获得,100,450,550,2025-01-03\n", 550),
        ("a,兑换,-50,30,-20,2025-01-03\n", -20),
        ("a,获得,10,-30,-20,2025-01-03\n", -20),
        # Kinds tell which way they go.
        ("a,兑换,50,500,450,2025-01-02\na,获得,100,450,550,2025-01-03\n", 550),
    ],
)
def test_openings_of_odd_ledgers(entries: str, balance: int) -> None:
    assert shown(HEAD + entries)[0] == [("a", balance)]


def test_the_balance_after_alone_tells_what_was_there() -> None:
    found, _ = shown(
        "会员编号,变动积分,积分余额,操作时间\na,-50,450,2025-01-02\na,100,550,2025-01-03\n"
    )
    assert found == [("a", 550)]


def test_todays_balance_on_every_row_is_no_opening() -> None:
    found, told = shown(
        "会员编号,变动积分,当前积分,操作时间\na,-50,550,2025-01-02\na,100,550,2025-01-03\n"
        "a,100,550,2025-01-04\n"
    )
    assert found == [("a", 150)]
    assert any("aren't used" in one for one in told)


def test_a_gap_between_entries_is_said_and_found() -> None:
    gap = HEAD + "a,获得,100,0,100,2025-01-02\na,获得,100,130,230,2025-01-03\n"
    found, told = shown(gap)
    assert found == [("a", 200)]
    assert any("1 user by 30 points in all, first on 2025-01-03" in one for one in told)
    faults, _ = shown(gap, "reconcile")
    assert [(row["cause"], row["expected"], row["exported"]) for row in faults] == [
        ("balance", 200, 230)
    ]


def test_a_first_day_is_for_rules_and_it_is_said() -> None:
    found, told = shown(HEAD + MIDWAY, start="2025-01-03")
    assert found == [("a", 550), ("b", 5)]
    assert any("start is for what rules grant" in one for one in told)


@pytest.mark.parametrize("first", ["a,获得,100,0,100", "a,获得,100,7,107"])
def test_a_file_of_balances_gives_what_its_rows_say(first: str, tmp_path: Path) -> None:
    ledger = tmp_path / "points.csv"
    ledger.write_text(f"{HEAD}{first},2025-01-02\nb,获得,5,0,5,2025-01-03\n")
    orders = tmp_path / "orders.csv"
    BOUGHT.write_csv(orders)
    result = api.points(
        str(orders),
        points=str(ledger),
        as_of="2025-02-03",
    )
    assert [row["balance"] for row in rows(result, "balances")] == [
        int(first.rsplit(",", maxsplit=1)[-1]),
        5,
    ]


@pytest.mark.parametrize(
    ("word", "balance"), [("消费获得", 10), ("消费赠送", 10), ("过期清零", -10), ("到期清零", -10)]
)
def test_words_of_kinds(word: str, balance: int) -> None:
    sign = "" if balance > 0 else "-"
    ledger = f"会员编号,变动类型,变动积分,操作时间\na,{word},{sign}10,2025-01-02\n"
    assert shown(ledger)[0] == [("a", balance)]


@pytest.mark.parametrize(
    ("word", "kind"), [("会员积分到期", "expire"), ("生日礼包获得", "earn"), ("绑卡", "earn")]
)
def test_what_a_word_most_likely_means_is_suggested(word: str, kind: str) -> None:
    with pytest.raises(UseropsError) as error:
        shown(f"会员编号,变动类型,变动积分,操作时间\na,{word},10,2025-01-02\n")
    assert f"'{word}' = \"{kind}\"" in error.value.mend


def carried(*lines: str) -> list[str]:
    """What users had before a ledger's first entry, by the notes."""
    with TemporaryDirectory() as folder:
        orders, ledger = Path(folder) / "o.csv", Path(folder) / "p.csv"
        orders.write_text("order_id,user_id,created_at,amount\n1,u1,2026-01-31,5\n")
        ledger.write_text("\n".join(["user_id,date,points,balance", *lines]) + "\n")
        ran = userops("points", orders, "--points", ledger, "-f", "csv")
    assert ran.code == 0, ran.err
    return [line for line in ran.err.splitlines() if "midway" in line or "leap" in line]


def test_entries_of_a_day_that_undo_each_other_bring_nothing_along() -> None:
    """Which came first isn't known: of a ledger written newest first it's the last."""
    assert not carried("u1,2026-01-01,-10,0", "u1,2026-01-01,10,10", "u2,2026-01-02,5,5")


def test_a_wrong_entry_of_a_whole_ledger_brings_nothing_along() -> None:
    whole = [f"u{number},2026-01-02,5,5" for number in range(40)]
    (leap,) = carried(*whole, "odd,2026-01-02,5,15")
    assert "leap between entries, of 1 user by 10 points" in leap
    (midway,) = carried(*whole, *(f"old{number},2026-01-02,5,15" for number in range(3)))
    assert "3 users have a balance before the first entry, 30 points" in midway
