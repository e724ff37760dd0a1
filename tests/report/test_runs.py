"""Files and runs: whole, locked, the same again; the workbook read back; golden Markdown."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zipfile import ZipFile

import fastexcel
import pytest

from helpers.running import ROOT, spawned, userops
from helpers.terminals import on_terminal
from report.conftest import SHOP
from userops.render.emit import holding

GOLDEN = ROOT / "tests" / "golden"


def test_the_same_bytes_again(everything: list[str], made: Path, tmp_path: Path) -> None:
    assert userops(*everything, "-o", f"{tmp_path}/again/").code == 0
    names = {file.name for file in made.iterdir()}
    assert names == {
        "report.html", "report.md", "report.xlsx", "segments.csv", "winback.csv", "replenishment.csv",
        "this-week.csv",
    }  # fmt: skip
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes(), name


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_golden_markdown(settings: Path, lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SHOP)
    ran = userops(
        "report", "orders.csv", "--users", "users.csv", "--costs", "costs.csv",
        "--events", "events.csv", "--config", settings, "--as-of", "2025-12-21",
        "--lang", lang, "-f", "md",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    file = GOLDEN / f"report-{lang}.md"
    if os.environ.get("GOLDEN"):
        file.write_bytes(ran.out)
    assert ran.text == file.read_text(encoding="utf-8")


def test_the_second_run_is_told_to_wait(everything: list[str], tmp_path: Path) -> None:
    file = tmp_path / "weekly.html"
    import threading

    codes: list[int] = []
    with holding(file):
        other = threading.Thread(target=lambda: codes.append(spawn_code(everything, file)))
        other.start()
        other.join()
    assert codes == [5]
    assert not file.exists()


@pytest.mark.parametrize("name", ["report.html", "report.md", "report.xlsx", "winback.csv"])
def test_a_folder_is_held_file_by_file(name: str, tmp_path: Path) -> None:
    with holding(tmp_path / name):
        ran = spawned("report", SHOP / "orders.csv", "-o", f"{tmp_path}/")
    assert (ran.code, "rows read" in ran.err) == (5, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lost", ["segments.csv", "report.md"])
def test_refused_rows_are_not_written_over_an_output(lost: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    ran = userops(
        "report", SHOP / "orders.csv", "--rejects", tmp_path / "link" / lost, "-o", f"{folder}/"
    )
    assert ran.code == 2
    assert f"{lost} would be written twice" in ran.err
    assert list(folder.iterdir()) == []


def test_an_output_and_the_refused_rows_in_one_file(tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    ran = userops("segment", SHOP / "orders.csv", "--rejects", file, "-o", file)
    assert (ran.code, file.exists()) == (2, False)
    nowhere = userops("segment", SHOP / "orders.csv", "--rejects", os.devnull, "-o", os.devnull)
    assert nowhere.code == 0


def spawn_code(everything: list[str], file: Path) -> int:
    return spawned(*everything, "-o", file).code


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "weekly.html"
    file.write_text("old", encoding="utf-8")
    own = tmp_path / "own"
    own.mkdir()
    (own / "report.html.j2").write_text("{{ nothing }}", encoding="utf-8")
    assert userops("report", SHOP / "orders.csv", "--template", own, "-o", file).code == 2
    assert file.read_text(encoding="utf-8") == "old"


def test_one_line_of_summary_unless_quiet(tmp_path: Path) -> None:
    file = tmp_path / "weekly.html"
    ran = userops("report", SHOP / "orders.csv", "-o", file)
    last = ran.err.strip().splitlines()[-1]
    assert last.startswith(f"report: {file}: Net revenue of 2025-12-22 – 12-28 was")
    assert ran.out == b""
    assert userops("report", SHOP / "orders.csv", "-q", "-o", file).err == ""


def test_the_summary_says_something_without_a_headline(tmp_path: Path) -> None:
    ran = userops("report", SHOP / "orders.csv", "--sections", "run", "-f", "md")
    assert ran.err.endswith("report: data to 2025-12-31, 8,126 of 8,746 rows of orders counted.\n")
    nothing = tmp_path / "orders.csv"
    nothing.write_text("order_id,user_id,order_time,amount\n", encoding="utf-8")
    ran = userops("report", nothing, "-f", "md", "--lang", "zh")
    assert ran.err.endswith("报告：数据中没有订单。\n")


def test_on_a_terminal_how_to_write_it_as_a_page_is_said(tmp_path: Path) -> None:
    line = ("report", SHOP / "orders.csv", "--sections", "headline")
    for how, said in (((), True), (("-q",), False), (("-o", "weekly.html"), False)):
        code, sent = on_terminal(*line, *how, cwd=tmp_path)
        assert (code, b"-o report.html writes it as a page" in sent) == (0, said)
    assert "report.html" not in userops(*line).err


def test_empty_names_of_sections_are_passed_over() -> None:
    ran = userops("report", SHOP / "orders.csv", "--sections", "headline,, changes,", "-f", "md")
    assert re.findall("^## (.*)", ran.text, re.MULTILINE) == [
        "Headline",
        "What changed, and among whom",
    ]


def test_email_is_for_html() -> None:
    arguments = ("report", SHOP / "orders.csv", "--sections", "goals", "--email", "-f")
    assert "note: --email has no effect here: it's for HTML" in userops(*arguments, "md").err
    assert "--email" not in userops(*arguments, "html").err


def test_the_help_has_the_formats_of_reports() -> None:
    text = userops("report", "--help").text
    assert "<html|md|xlsx>" in text
    assert "parquet" not in text
    assert "--show" not in text
    assert "parquet" in userops("segment", "--help").text


def test_no_clock_and_no_random(page: str) -> None:
    assert not re.search(r"\d\d:\d\d:\d\d", page)
    assert len(re.findall(r"[0-9a-f]{64}", page)) == 4  # one hash an input


def test_the_workbook_reads_back(made: Path) -> None:
    book = fastexcel.read_excel(made / "report.xlsx")
    assert book.sheet_names[0] == "The week in user operations"
    tiers = book.load_sheet("Segments and tiers - Tiers").to_polars()
    assert tiers["Users"].sum() == 2314
    due = (
        book.load_sheet("Running out - Due").to_polars()
        if "Running out - Due" in book.sheet_names
        else None
    )
    assert due is None or due.height
    with ZipFile(made / "report.xlsx") as parts:
        names = parts.namelist()
        charts = [name for name in names if name.startswith("xl/charts/chart")]
        assert len(charts) >= 8
        scales = [
            name
            for name in names
            if name.startswith("xl/worksheets/sheet") and b"<colorScale>" in parts.read(name)
        ]
        assert scales
        panes = sum(
            b'state="frozen"' in parts.read(name) for name in names if "worksheets/sheet" in name
        )
        assert panes == len(book.sheet_names) - 1


def test_months_are_numbers_beside_what_is_not_yet(made: Path) -> None:
    book = fastexcel.read_excel(made / "report.xlsx")
    name = next(one for one in book.sheet_names if one.endswith("Channels"))
    at = book.load_sheet(name).to_polars().columns.index("Payback by revenue (months)")
    with ZipFile(made / "report.xlsx") as parts:
        sheet = parts.read(f"xl/worksheets/sheet{book.sheet_names.index(name) + 1}.xml").decode()
    cells = re.findall(rf'<c r="{chr(65 + at)}[2-9]"[^>]*?(t="[^"]*")?>(.*?)</c>', sheet)
    numbers = [value for kind, value in cells if not kind]
    assert len(numbers) == 5
    assert [("not yet" in value) for kind, value in cells if kind] == [True]


def test_sheets_are_as_wide_as_a_page(made: Path) -> None:
    with ZipFile(made / "report.xlsx") as parts:
        sheets = [parts.read(one) for one in parts.namelist() if "worksheets/sheet" in one]
    assert all(b'fitToHeight="0"' in sheet for sheet in sheets if b"<pageSetup" in sheet)
    wide = sum(b'orientation="landscape"' in sheet for sheet in sheets)
    assert wide == len(fastexcel.read_excel(made / "report.xlsx").sheet_names) - 1


def test_only_what_was_read_is_an_input(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"\xff\xfe\x00")
    said = userops(
        "report", SHOP / "orders.csv", "--users", SHOP / "users.csv", "--sections", "data,run",
        "--events", broken, "-f", "md",
    ).text  # fmt: skip
    assert "| orders.csv | orders |" in said
    assert "| users.csv | users |" in said
    assert "| broken.csv |" not in said
    assert "Named, but not read, for no section here needs it: broken.csv." in said


def test_chinese_sheets(everything: list[str], tmp_path: Path) -> None:
    file = tmp_path / "周报.xlsx"
    assert userops(*everything, "--lang", "zh", "-o", file).code == 0
    names = fastexcel.read_excel(file).sheet_names
    assert names[0] == "用户运营周报"
    assert "分群与层级 - 层级" in names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "weekly.csv"], "the ending of weekly.csv names no format of reports"),
        (["-o", "weekly.docx"], "end it in one of .html .htm .md .markdown .xlsx"),
        (["--show", "tiers"], "--sections NAMES, of week, headline"),
        (["--sections", ""], "--sections names none"),
        (["--sections", " , "], "--sections names none"),
        (["--sections", "headlines"], "did you mean headline?"),
        (["-f", "csv"], "unknown format of reports: csv"),
        (["--lists"], "--lists needs a place"),
        (["--as-of", "soon"], "is not a day"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    ran = userops("report", SHOP / "orders.csv", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_the_month_against_the_year_before() -> None:
    ran = userops(
        "report", SHOP / "orders.csv", "--period", "month", "--against", "year", "-f", "md"
    )
    assert ran.text.startswith("# The month in user operations · 2025-12\n")
    assert "against 2024-12" in ran.text
