"""What stands for a user and is none: words, zeros, and ids that many stand behind."""

from __future__ import annotations

import csv
import io
import shlex
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import userops as api
from helpers.running import Ran, userops
from helpers.ways import carefully
from userops.readers.options import ReadOptions
from userops.readers.values.nobody import nobody

CLEAN = 2_500  # more than the rows that are looked at first
WORDS = ["NA", "Guest", "0", "-1", "散客", "Walk-In Customer", "(not set)"]
FORMS = ["u{:04}", "{:05}", "{}", "x{:03}y"]


def export(path: Path, *users: str, form: str = "u{:04}", rows: int = CLEAN) -> Path:
    """A plain export, and orders of some users below it."""
    first = date(2025, 1, 1)
    ids = [form.format(1 + n % 60) for n in range(rows)] + list(users)
    lines = [f"o{n},{user},{first + timedelta(n // 40)},5.00" for n, user in enumerate(ids)]
    path.write_text("order_id,user_id,order_time,amount\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def both(*arguments: object) -> Ran:
    """A run by whichever way, which the strict way agrees with to the byte."""
    run = userops(*arguments)
    with carefully():
        strict = userops(*arguments)
    assert (run.code, run.out, run.err) == (strict.code, strict.out, strict.err)
    return run


def users(ran: Ran) -> list[str]:
    return [row["user_id"] for row in csv.DictReader(io.StringIO(ran.text.lstrip("\ufeff")))]


def test_na_is_no_customer(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        '"InvoiceNo","CustomerID","InvoiceDate","Total"\n"1","101","2024-01-01",10\n'
        '"2",NA,"2024-01-02",20\n"3",NA,"2024-02-03",30\n"4","102","2024-02-04",15\n"5",NA,"2024-02-05",25\n'
    )
    ran = both("segment", path, "-f", "csv", "--max-rejects", "60%")
    assert users(ran) == ["101", "102"]
    assert "3 refused (3 no user)" in ran.err
    assert "'CustomerID': 3 rows have no user: NA (3)" in ran.err


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["segment", "lifecycle", "check"])
def test_far_down_too_whichever_way_reads(tmp_path: Path, form: str, command: str) -> None:
    path = export(tmp_path / "orders.csv", *WORDS, form=form)
    ran = both(command, path, "-f", "json", "--show", "all")
    assert f"{len(WORDS)} refused ({len(WORDS)} no user)" in ran.err


@pytest.mark.parametrize("kind", [pl.Int64, pl.Int32, pl.UInt64, pl.Float64])
def test_zero_among_whole_numbers(tmp_path: Path, kind: type[pl.DataType]) -> None:
    rows = CLEAN
    frame = pl.DataFrame(
        {
            "order_id": range(rows),
            "user_id": pl.Series([1 + n % 50 for n in range(rows - 3)] + [0, 0, 0]).cast(kind),
            "order_time": [date(2025, 1, 1) + timedelta(n // 40) for n in range(rows)],
            "amount": [500] * rows,
        }
    )
    frame.write_parquet(tmp_path / "orders.parquet")
    for command in ("segment", "lifecycle"):
        ran = both(command, tmp_path / "orders.parquet", "-f", "csv")
        assert "3 refused (3 no user)" in ran.err, ran.err
    ran = both("segment", tmp_path / "orders.parquet", "-f", "csv", "--nobody", "0=user")
    assert "0" in users(ran)
    assert "refused" not in ran.err


@pytest.mark.parametrize("form", ["u{:04}", "{}"])
def test_one_that_is_named(tmp_path: Path, form: str) -> None:
    path = export(tmp_path / "orders.csv", form=form)
    user = form.format(7)
    ran = both("segment", path, "-f", "csv", "--nobody", user.upper(), "--max-rejects", "5%")
    assert user not in users(ran)
    assert len(users(ran)) == 59
    settings = tmp_path / "userops.toml"
    settings.write_text(f'[reading]\nnobody = ["{user}"]\nmax_rejects = "5%"\n')
    assert users(both("segment", path, "-f", "csv", "--config", settings)) == users(ran)
    told = api.segment(str(path), nobody=[user], reading=ReadOptions(max_rejects="5%"))
    assert told.tally is not None
    assert told.tally.refused == {"no user": 42}


def test_what_the_note_says_takes_it_back(tmp_path: Path) -> None:
    path = export(tmp_path / "orders.csv", "NA", "NA")
    told = both("segment", path, "-f", "csv").err
    option = next(line for line in told.splitlines() if "no user: NA" in line)
    option = option[option.index("--nobody") :].removesuffix(" if it is one")
    assert "NA" in users(both("segment", path, "-f", "csv", *shlex.split(option)))


def test_the_next_identity_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "user_id,anonymous_id,event_time,event\nguest,a1,2025-01-01 10:00:00,view\n"
        "u1,a2,2025-01-01 11:00:00,view\nNULL,a3,2025-01-01 12:00:00,view\n"
    )
    ran = userops("activity", path, "--show", "users", "-f", "csv")
    assert users(ran) == ["a1", "a3", "u1"]


@pytest.mark.parametrize("form", ["u{:04}", "{}"])
def test_events_too(tmp_path: Path, form: str) -> None:
    lines = [
        f"{form.format(1 + n % 50)},2025-01-{1 + n // 100:02} 10:{n % 60:02}:{n // 60 % 60:02},view"
        for n in range(CLEAN)
    ]
    lines += [f"{word},2025-02-01 10:00:0{n},view" for n, word in enumerate(WORDS)]
    path = tmp_path / "events.csv"
    path.write_text("user_id,event_time,event\n" + "\n".join(lines) + "\n", encoding="utf-8")
    ran = userops("activity", path, "--show", "all", "-f", "json")
    assert f"{len(WORDS)} refused ({len(WORDS)} no user)" in ran.err, ran.err


def with_emails(path: Path, shared: int, *, size: int = 400, column: str = "email") -> Path:
    """Members with an e-mail each, and a till that serves whoever comes."""
    lines = [
        f"o{n},m{n % 90:03},{date(2025, 1, 1) + timedelta(n % 90)},5.00,m{n % 90}@example.org"
        for n in range(size)
    ]
    every = max(size // max(shared, 1), 1)
    for n in range(shared):
        lines[n * every] = f"t{n},8888,2025-02-01,5.00,guest{n}@example.org"
    path.write_text(
        f"order_id,member_id,order_time,amount,{column}\n" + "\n".join(lines) + "\n", "utf-8"
    )
    return path


@pytest.mark.parametrize("column", ["email", "Phone", "Customer Name", "手机号"])
def test_an_id_of_many_is_nobody(tmp_path: Path, column: str) -> None:
    path = with_emails(tmp_path / "orders.csv", 20, column=column)
    named = ("--map", "user_id=member_id")
    ran = both("segment", path, *named, "-f", "csv", "--max-rejects", "10%")
    assert "8888" not in users(ran)
    assert "20 refused (20 no user)" in ran.err
    assert f"'8888' in 'member_id' is no user: its 20 rows have 20 different '{column}'" in ran.err
    ran = both("segment", path, *named, "-f", "csv", "--nobody", "8888=user")
    assert "8888" in users(ran)


def test_who_is_nobody_is_told_by_an_address(tmp_path: Path) -> None:
    path = with_emails(tmp_path / "orders.csv", 20)
    ran = both("segment", path, "-f", "csv")
    assert "where 'member_id' is nobody, the user is told by 'email'" in ran.err
    assert "refused" not in ran.err
    assert {f"guest{n}@example.org" for n in range(20)} < set(users(ran))
    text = "order_id,customer_id,email,order_time,amount\n"
    text += "".join(
        f"o{n},c{n % 5},c{n % 5}@example.org,2025-01-0{1 + n % 9},5\n" for n in range(20)
    )
    text += "g1,Guest,ann@example.org,2025-01-09,5\ng2,NA,bob@example.org,2025-01-09,5\n"
    path.write_text(text, "utf-8")
    ran = both("segment", path, "-f", "csv")
    assert users(ran) == ["ann@example.org", "bob@example.org", *(f"c{n}" for n in range(5))]


def test_a_large_export_is_read_whole_where_its_first_rows_raise_a_suspicion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from userops.readers import crowds

    monkeypatch.setattr(crowds, "_SMALL", dict.fromkeys(crowds._SMALL, 0))
    path = with_emails(tmp_path / "orders.csv", 60, size=6_000)
    ran = both("segment", path, "-f", "csv", "--map", "user_id=member_id")
    assert "its 60 rows have 60 different 'email'" in ran.err
    clean = with_emails(tmp_path / "clean.csv", 0, size=6_000)
    read = []
    whole = crowds.counts_of
    monkeypatch.setattr(
        crowds, "counts_of", lambda *given, **how: read.append(how) or whole(*given, **how)
    )
    both("segment", clean, "-f", "csv", "--map", "user_id=member_id")
    assert not any(how["whole"] for how in read)


def test_who_changes_an_address_stays_a_user(tmp_path: Path) -> None:
    lines = [
        f"o{n},m{n % 9},{date(2025, 1, 1) + timedelta(n)},5.00,m{n % 9}{'b' * (n > 45)}@example.org"
        for n in range(90)
    ]
    path = tmp_path / "orders.csv"
    path.write_text("order_id,member_id,order_time,amount,email\n" + "\n".join(lines) + "\n")
    ran = both("segment", path, "-f", "csv", "--map", "user_id=member_id")
    assert len(users(ran)) == 9
    assert "no user" not in ran.err


def test_a_phone_of_two_names_is_said(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,phone,customer name,order_time,amount\no1,555-0101,Ann Lee,2025-01-01,5\n"
        "o2,555-0101,Bob Lee,2025-01-02,6\no3,555-0102,Cy Fox,2025-01-03,7\n"
    )
    ran = both("segment", path, "-f", "csv")
    assert users(ran) == ["555-0101", "555-0102"]
    assert "'phone': 1 value has several 'customer name', such as 555-0101" in ran.err


def test_a_store_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with_emails(tmp_path / "orders.csv", 3, size=900)
    export(tmp_path / "more.csv", "NA", "guest")
    for name in ("orders.csv", "more.csv"):
        asked = ("segment", name, "-f", "csv")
        named = ("--map", "user_id=member_id") if name == "orders.csv" else ()
        said = ("--nobody", "8888", "--nobody", "u0003", "--max-rejects", "5%")
        before = userops(*asked, *named, *said)
        assert userops("prepare", name, *named, *said).code == 0
        after = userops(*asked, *named, *said)
        assert after.out == before.out
        assert "read from the prepared store" in after.err
        assert "no user" in after.err


def test_floats_are_whole_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "order_id,user_id,order_time,amount\n1001.0,412.0,2025-01-01,5\n1002.0,413.0,2025-01-02,6\n"
    )
    (tmp_path / "b.csv").write_text(
        "order_id,user_id,order_time,amount\n1002,413,2025-01-02,6\n1003,412,2025-01-03,7\n"
    )
    ran = both("segment", tmp_path / "a.csv", tmp_path / "b.csv", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.text.lstrip("\ufeff"))))
    assert [(row["user_id"], row["frequency"], row["monetary"]) for row in rows] == [
        ("412", "2", "12.00"),
        ("413", "1", "6.00"),
    ]


def test_words_that_are_users_after_all() -> None:
    told = nobody(("Front Desk", "0=user", "Guest=USER"))
    assert {"front desk", "00", "na"} <= told.words
    assert not {"0", "guest"} & told.words


def test_zero_is_somebody_where_customers_are_numbered_from_it(tmp_path: Path) -> None:
    path = tmp_path / "visits.csv"
    path.write_text("date,customer_id\n2014-03-08,0\n2014-05-21,1\n2014-06-21,1\n")
    ran = both("repurchase", path, "-f", "csv")
    assert ran.code == 0
    assert "3 rows read: 3 used" in ran.err
