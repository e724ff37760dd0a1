from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import fastexcel
import pytest

from render.nasty import RESULT
from userops.core.errors import UsageError
from userops.render import emit as emitting
from userops.render.emit import choose_format, choose_tables, emit

ROOT = Path(__file__).parents[2]
CODE = "from render.nasty import RESULT; from userops.render.emit import emit; emit(RESULT, {})"


def command(arguments: str) -> list[str]:
    return [sys.executable, "-c", CODE.format(arguments)]


def environment(**more: str) -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    return {**os.environ, "PYTHONPATH": paths, **more}


def run(arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command(arguments), env=environment(), capture_output=True, check=False)


def test_format_goes_by_option_then_ending_then_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emitting.files, "is_terminal", lambda: False)
    assert choose_format("json", "x.csv") == "json"
    assert choose_format(None, "x.XLSX") == "xlsx"
    assert choose_format(None, "x.ndjson") == "jsonl"
    assert choose_format(None, None) == "csv"
    with pytest.raises(UsageError, match="names no format"):
        choose_format(None, "x.doc")
    with pytest.raises(UsageError, match="did you mean json"):
        choose_format("jsonn", None)


def test_tables_go_by_show_and_format() -> None:
    names = [table.name for table in choose_tables(RESULT, None, "csv")]
    assert names == ["users"]
    assert choose_tables(RESULT, None, "xlsx") == RESULT.tables
    assert choose_tables(RESULT, None, "md") == RESULT.tables[:1]
    assert choose_tables(RESULT, "all", "json") == RESULT.tables
    assert choose_tables(RESULT, "summary", "xlsx") == RESULT.tables[1:]
    with pytest.raises(UsageError, match="did you mean summary"):
        choose_tables(RESULT, "sumary", "csv")
    for fmt in ("csv", "tsv", "jsonl", "parquet"):
        with pytest.raises(UsageError, match="json, md, html, xlsx"):
            choose_tables(RESULT, "all", fmt)


@pytest.mark.parametrize("fmt", ["csv", "tsv"])
def test_files_start_with_a_bom_and_pipes_do_not(tmp_path: Path, fmt: str) -> None:
    path = tmp_path / f"users.{fmt}"
    notes: list[str] = []
    emit(RESULT, output=path, note=notes.append)
    piped = run(f"fmt={fmt!r}")
    assert path.read_bytes() == b"\xef\xbb\xbf" + piped.stdout
    assert piped.returncode == 0
    assert notes == ["4 cells that a spreadsheet would run got a leading ' (--raw leaves them)"]
    assert piped.stderr.decode() == notes[0] + "\n"


def test_raw_leaves_cells(tmp_path: Path) -> None:
    notes: list[str] = []
    emit(RESULT, output=tmp_path / "u.csv", raw=True, note=notes.append)
    assert "\n=cmd|" in (tmp_path / "u.csv").read_text()
    assert notes == []


def test_all_tables_of_a_file(tmp_path: Path) -> None:
    emit(RESULT, output=tmp_path / "u.xlsx", note=lambda _: None)
    assert fastexcel.read_excel(tmp_path / "u.xlsx").sheet_names == ["About", "Users", "Summary"]
    emit(RESULT, output=tmp_path / "u.json", show="all", note=lambda _: None)
    assert list(json.loads((tmp_path / "u.json").read_text())["tables"]) == ["users", "summary"]
    emit(RESULT, output=tmp_path / "u.json")
    assert isinstance(json.loads((tmp_path / "u.json").read_text()), list)


def test_notes_of_a_table_are_said_where_the_format_has_no_place() -> None:
    assert b"a note with" in run("show='summary'").stderr
    assert run("show='summary', fmt='md'").stderr == b""


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_names_of_standard_output(name: str) -> None:
    assert run(f"output={name!r}").stdout == run("").stdout


def test_a_terminal_gets_a_drawing_in_colour_unless_told_not_to() -> None:
    def seen(**more: str) -> bytes:
        leader, follower = pty.openpty()
        more = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", **more}
        process = subprocess.Popen(command(""), stdout=follower, env=environment(**more))
        os.close(follower)
        pieces = []
        try:
            while piece := os.read(leader, 65536):
                pieces.append(piece)
        except OSError:  # the other end closed
            pass
        os.close(leader)
        assert process.wait() == 0
        return b"".join(pieces)

    drawn = seen()
    assert "█".encode() in drawn
    assert b"\x1b[1m" in drawn
    assert b"\x1b" not in seen(NO_COLOR="1")
    assert b"\x1b" not in seen(TERM="dumb")


def test_a_workbook_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emitting.files, "is_terminal", lambda: True)
    with pytest.raises(UsageError, match="not for a terminal"):
        emit(RESULT, fmt="xlsx")


def test_choosing_needs_no_polars() -> None:
    code = "import sys, userops.render.emit; sys.exit('polars' in sys.modules or 'rich' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)
