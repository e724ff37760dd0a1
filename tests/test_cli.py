"""The command line as a user meets it: processes, exit codes, streams."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.running import userops as in_this_process
from userops import __version__
from userops.cli import app

ROOT = Path(__file__).parents[1]
ORDERS = str(ROOT / "sample_data" / "cdnow" / "sample.csv")
PROGRAM = [sys.executable, "-m", "userops"]
COLOUR = re.compile(r"\x1b\[[\d;]*m")
HEAVY = ("polars", "numpy", "pyarrow", "xlsxwriter", "jinja2", "rich")
COMMANDS = sorted(
    command.name or command.callback.__name__  # type: ignore[union-attr]
    for command in app.registered_commands
)


def environment(**more: str) -> dict[str, str]:
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONWARNINGS")
    }
    return {**plain, "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1", "TERM": "xterm", **more}


def userops(
    *arguments: str, cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**more),
        check=False,
        cwd=cwd,
    )


def shell(script: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, sys.executable, ORDERS],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(**more),
        check=False,
    )


def on_a_terminal(*arguments: str, **more: str) -> str:
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], stdout=theirs, stderr=theirs, env=environment(**more)
    )
    os.close(theirs)
    sent = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        sent += part
    process.wait()
    os.close(ours)
    return sent.decode()


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_is_light_and_names_the_program(command: str | None) -> None:
    asked = [command, "--help"] if command else ["--help"]
    code = (
        "import sys\n"
        "from userops.cli import main\n"
        f"try: main({asked!r})\n"
        "except SystemExit as stop: code = stop.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    assert done.stdout.startswith("Usage: userops " + (command or "[OPTIONS]"))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_leads_with_examples(command: str) -> None:
    page = in_this_process(command, "--help").text
    assert f"Examples:\n  userops {command}" in page
    assert page.index("Examples:") < page.index("Options:")


def test_help_lists_every_command() -> None:
    page = userops("--help").stdout
    assert all(f"\n  {command} " in page for command in COMMANDS)


def test_help_costs_at_most_twice_what_typer_does() -> None:
    def cost(*arguments: str) -> float:
        """CPU seconds of a whole process: other tests may run beside it."""
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment()
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return used.ru_utime + used.ru_stime

    pairs = [(cost("-m", "userops", "--help"), cost("-c", "import typer")) for _ in range(9)]
    helping, importing = (min(costs) for costs in zip(*pairs, strict=True))
    assert helping <= 2 * importing


def test_version() -> None:
    assert userops("--version").stdout == f"userops {__version__}\n"


def test_module_and_script_are_called_the_same() -> None:
    assert userops().stderr.startswith("Usage: userops ")
    assert "python -m" not in userops("segment", "--nonsense").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["segmnt"], "try: userops segment"),
        (["rfm", ORDERS], "try: userops segment"),
        (["retention", ORDERS], "try: userops cohorts"),
        ([ORDERS], f"try: userops segment {ORDERS}"),
        (["segment", ORDERS, "--format", "excel"], "try: --format xlsx"),
        (["cohorts", ORDERS, "--period", "monthly"], "try: --period month"),
        (["cohorts", ORDERS, "--by", "chanel"], "did you mean channel?"),
        (["segment", ORDERS, "--map", "date=order_date"], "did you mean order_time?"),
        (["segment", ORDERS, "--asof", "2024-01-01"], "--as-of"),
        (["segment", ORDERS, "--format", "docx"], "docx"),
        (["segment", ORDERS, "--show", "sumary"], "did you mean summary?"),
        (["segment", ORDERS, "--bins", "many"], "error: --bins takes a whole number"),
        (["segment", ORDERS, "--bins"], "error: --bins stands without a value"),
        (["goals", ORDERS, "--goal", "revenue"], "try: --goal revenue=VALUE"),
        (["demo"], "try: userops demo DIR"),
        (["campaigns", ORDERS], "try: --assignments FILE"),
        (["channels", ORDERS], "try: --map channel=COLUMN, or --users FILE"),
        (["ltv", ORDERS, "--by", "channel"], "try: --map channel=COLUMN, or --users FILE"),
        (["version"], "try: userops --version"),
        (["segment", ORDERS, "--bins", "1"], "bins"),
        (["segment", ORDERS, "--segments", "gird"], "grid"),
        (["segment", ORDERS, "--as-of", "someday"], "YYYY-MM-DD"),
        (["segment", ORDERS, "--map", "user_id"], "--map"),
        (["segment", ORDERS, "--tz", "Mars"], "Asia/Shanghai"),
        (["segment"], "userops COMMAND orders.csv"),
        (["explain", "recency_dys"], "did you mean recency_days"),
        ([], "Usage:"),
    ],
)
def test_wrong_usage_is_2_and_says_what_to_do(arguments: list[str], said: str, here: Path) -> None:
    done = in_this_process(*arguments)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_process_that_is_used_wrongly_ends_so() -> None:
    done = userops("segment", ORDERS, "--bins", "many")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--bins" in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "nothing.csv"),
        ("name,colour\na,b\n", "--map"),
        ("user_id,date,amount\n1,03/04/2024,5\n2,05/06/2024,5\n", "--date-format"),
        ("user_id,date,amount,status\n1,2024-03-04,5,frobbed\n", "--status"),
    ],
    ids=["no file", "no columns", "ambiguous dates", "unknown status"],
)
def test_input_that_cannot_be_used_is_3(text: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "nothing.csv"
    if text is not None:
        file.write_text(text)
    done = in_this_process("segment", file)
    assert (done.code, done.out) == (3, b"")
    assert said in done.err
    assert "Traceback" not in done.err


def test_addresses_are_not_files() -> None:
    done = in_this_process("segment", "https://example.org/orders.csv")
    assert done.code == 3
    assert "fetch it first" in done.err


def test_too_many_rejects_is_4_and_writes_nothing_but_the_rejects(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("user_id,date,amount\n1,2024-03-04,5\n,2024-03-04,5\n3,2024-13-04,5\n")
    out, rejects = tmp_path / "out.csv", tmp_path / "rejects.csv"
    done = userops("segment", str(file), "-o", str(out), "--rejects", str(rejects))
    assert done.returncode == 4
    assert not out.exists()
    assert rejects.read_text(encoding="utf-8-sig").count("\n") == 3
    assert userops("segment", str(file), "--max-rejects", "2").returncode == 0


def test_a_fault_of_ours_is_1(tmp_path: Path) -> None:
    code = (
        "import userops.language.explain, userops.cli\n"
        "def broken(name, lang): raise RuntimeError('oh')\n"
        "userops.language.explain.explain = broken\n"
        "userops.cli.main(['explain'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=False
    )
    assert done.returncode == 1
    assert "a fault in userops: RuntimeError: oh" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("which", ["bash", "zsh", "fish"])
def test_shells_can_complete(which: str) -> None:
    done = userops("--show-completion", which, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.returncode == 0
    assert "_USEROPS_COMPLETE" in done.stdout


def test_completion_finds_commands_and_options() -> None:
    def completed(line: str) -> list[str]:
        words = line.split(" ")
        done = userops(
            _USEROPS_COMPLETE="complete_bash",
            COMP_WORDS=line,
            COMP_CWORD=str(len(words) - 1),
        )
        return done.stdout.split()

    assert completed("userops seg") == ["segment"]
    assert "--as-of" in completed("userops segment --as")
    assert completed("userops ltv --show ba") == ["backtest"]
    assert completed("userops cohorts --show ba") == []
    assert {"frequency", "frequency_effect"} <= set(completed("userops explain freq"))
    assert "净消费额" in completed("userops explain 净消")
    assert completed("userops segment --map user_i") == ["user_id="]
    assert completed("userops segment --source youz") == [
        "youzan",
        "youzancoupons",
        "youzancustomers",
    ]
    found = completed("userops report --sections headline,chan")
    assert sorted(found) == ["headline,changes", "headline,channels"]
    assert completed("userops segment --lang z") == ["zh"]


def test_a_pipe_that_closes_ends_quietly() -> None:
    done = shell('"$0" -m userops segment "$1" | head -3')
    assert done.returncode == 0
    assert done.stdout.count("\n") == 3
    assert all(line.startswith("note: ") for line in done.stderr.splitlines())


def test_help_into_a_closed_pipe_ends_quietly() -> None:
    done = shell('"$0" -m userops segment --help | head -1')
    assert done.returncode == 0
    assert not done.stderr


def test_pipes_get_utf8_whatever_the_locale() -> None:
    code = "import sys; sys.argv = ['userops', 'explain', '净消费额', '--lang', 'zh']; import userops.__main__ as m; m.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**environment(), "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"},
        check=True,
    )
    assert done.stdout.decode("utf-8").startswith("monetary · 净消费额")


def test_a_system_without_locks_of_unix_and_bounds_does(tmp_path: Path) -> None:
    """As on Windows: no fcntl, no resource."""
    code = (
        "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None; "
        "from userops.cli import main; main(sys.argv[1:])"
    )
    output = tmp_path / "tiers.csv"
    done = subprocess.run(
        [sys.executable, "-c", code, "segment", ORDERS, "-o", str(output), "-q"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert output.stat().st_size > 1000
    assert [path.name for path in tmp_path.iterdir()] == ["tiers.csv"]


def test_quiet_says_nothing() -> None:
    assert userops("segment", ORDERS, "-q").stderr == ""


def test_standard_output_is_data_alone() -> None:
    done = userops("segment", ORDERS, "--show", "cuts")
    assert done.stdout.splitlines()[0] == "metric,score,lower,upper,users"
    assert all(line.startswith("note: ") for line in done.stderr.splitlines())


def test_colour_is_for_terminals_without_no_color() -> None:
    table = ("segment", ORDERS, "--show", "summary", "--quiet")
    for asked in (table, ("--help",)):
        assert COLOUR.search(on_a_terminal(*asked))
        assert not COLOUR.search(on_a_terminal(*asked, NO_COLOR="1"))
        assert not COLOUR.search(on_a_terminal(*asked, TERM="dumb"))
    assert not COLOUR.search(userops(*table, "--format", "table").stdout)
    assert not COLOUR.search(userops("--help").stdout)


def test_all_sections_of_a_report_are_completed() -> None:
    from userops.commands.completion import sections
    from userops.report.sections import SECTIONS

    assert set(sections()) == set(SECTIONS)
