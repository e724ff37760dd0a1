"""What runs leave behind, hold, and write where there's no room."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.test_values import good, write
from helpers.running import ENVIRONMENT, spawned, userops
from helpers.watched import left, watched, within

FORMATS = ("csv", "tsv", "json", "jsonl", "parquet", "xlsx", "html", "md")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place],
            capture_output=True,
            check=False,
        ).returncode
    )
    if not mounted:
        pytest.skip("a disk can't be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def shop(here: Path, count: int = 20_000) -> str:
    rows = [f"o{n},user-{n},2024-{1 + n % 12:02}-{1 + n % 28:02},{n % 97}.5" for n in range(count)]
    return write(here / "o.csv", rows)


def one_message(err: str) -> None:
    lines = [line for line in err.splitlines() if not line.startswith(("note:", "report:"))]
    assert [line.split(":")[0].strip() for line in lines] == ["error", "try"], err


class TestFullDisks:
    @pytest.mark.parametrize("form", FORMATS)
    def test_output(self, tmp_path: Path, small_disk: Path, form: str) -> None:
        name = shop(tmp_path)
        (small_disk / "fill").write_bytes(bytes(290 << 10))
        ran = spawned("segment", name, "-o", small_disk / f"x.{form}", "--show", "users")
        assert ran.code == 3, ran.err
        one_message(ran.err)
        assert f"x.{form} can't be written: No space left" in ran.err
        assert left(small_disk) == ["fill"]

    @pytest.mark.parametrize("form", ["parquet", "xlsx", "csv", "json"])
    def test_standard_output(self, tmp_path: Path, form: str) -> None:
        name = shop(tmp_path)
        with open("/dev/full", "wb") as full:
            ran = subprocess.run([sys.executable, "-m", "userops", "segment", name, "-f", form],
                                 env=ENVIRONMENT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
        assert ran.returncode == 3, ran.stderr
        one_message(ran.stderr)

    @pytest.mark.parametrize("words", ["--help", "explain", "explain Champions", "demo shop"])
    def test_standard_output_of_what_is_printed(self, tmp_path: Path, words: str) -> None:
        environment = {
            name: value for name, value in ENVIRONMENT.items() if name != "PYTHONUNBUFFERED"
        }
        with open("/dev/full", "wb") as full:
            ran = subprocess.run([sys.executable, "-m", "userops", *words.split()], cwd=tmp_path,
                                 env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)  # fmt: skip
        assert ran.returncode == 3, ran.stderr
        one_message(ran.stderr)
        assert "standard output can't be written: No space left" in ran.stderr

    @pytest.mark.parametrize("what", ["xlsx", "gz", "xls", "store", "jsonl", "report"])
    def test_temporary_place(self, tmp_path: Path, small_disk: Path, what: str) -> None:
        name = shop(tmp_path)
        (small_disk / "fill").write_bytes(bytes(220 << 10))
        arguments: list[object] = ["segment", name, "-f", "csv"]
        if what == "xlsx":
            arguments = ["segment", name, "-o", tmp_path / "x.xlsx"]
        elif what == "report":
            arguments = ["report", name, "-o", tmp_path / "x.xlsx"]
        elif what == "gz":
            import gzip

            (tmp_path / "o.csv.gz").write_bytes(gzip.compress((tmp_path / "o.csv").read_bytes()))
            arguments[1] = tmp_path / "o.csv.gz"
        elif what == "xls":
            import polars as pl

            pl.read_csv(name).write_excel(tmp_path / "o.xlsx")
            arguments[1] = tmp_path / "o.xlsx"
        elif what == "jsonl":
            import polars as pl

            pl.read_csv(name).write_ndjson(tmp_path / "o.jsonl")
            arguments[1] = tmp_path / "o.jsonl"
        elif what == "store":
            with open(name, "a") as file:
                file.write("bad,u1,never,5\n")
            arguments = ["prepare", name]
        ran = watched(*arguments, env={"TMPDIR": str(small_disk)}, cwd=tmp_path)
        assert ran.code in (0, 3), ran.err  # what fits is done
        if ran.code:
            one_message(ran.err)
            assert str(small_disk) in ran.err
            assert "damaged" not in ran.err

    def test_a_full_store_place_stays_out_of_repositories(
        self, tmp_path: Path, small_disk: Path
    ) -> None:
        name = shop(small_disk.parent)
        (small_disk / "fill").write_bytes(bytes(300 << 10))
        ran = spawned("prepare", name, cwd=small_disk)
        assert ran.code == 3, ran.err
        one_message(ran.err)
        (small_disk / "fill").unlink()
        spawned("prepare", name, cwd=small_disk)
        assert (small_disk / ".userops/.gitignore").read_text() == "*\n"

    def test_an_empty_gitignore_is_mended(self, here: Path) -> None:
        (here / ".userops").mkdir(mode=0o700)
        (here / ".userops/.gitignore").touch()
        assert userops("prepare", write(here / "o.csv", good())).code == 0
        assert (here / ".userops/.gitignore").read_text() == "*\n"


class TestSmallMemory:
    @pytest.mark.parametrize("command", ["segment", "ltv", "report"])
    @pytest.mark.parametrize("megabytes", [200, 400, 600, 800, 1000])
    def test_address_space(self, tmp_path: Path, command: str, megabytes: int) -> None:
        name = shop(tmp_path, 500)
        ran = watched(command, name, "-o", tmp_path / "x.xlsx", space=megabytes << 20)
        assert ran.code in (0, 3), ran
        if ran.code:
            one_message(ran.err)
            assert "memory" in ran.err


class TestLeft:
    @pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
    @pytest.mark.parametrize("after", [0.9, 1.6, 2.6, 3.6])
    def test_signals_leave_nothing(self, tmp_path: Path, signal_: int, after: float) -> None:
        name = shop(tmp_path, 60_000)
        temporary, out = tmp_path / "tmp", tmp_path / "out"
        temporary.mkdir()
        out.mkdir()
        ran = watched(
            "segment",
            name,
            "-o",
            out / "x.xlsx",
            env={"TMPDIR": str(temporary)},
            end=(after, signal_),
        )
        assert ran.code in (0, 128 + signal_, -signal_), ran
        within(ran, 2.5) if ran.code else None
        assert left(temporary) == []
        assert left(out) in ([], ["x.xlsx"])

    def test_parts_of_killed_runs_go_with_the_next(self, here: Path) -> None:
        name = shop(here, 60_000)
        out = here / "out"
        out.mkdir()
        (out / "x.xlsx").write_text("old")
        (out / "x.xlsx").chmod(0o600)
        for _ in range(30):
            process = subprocess.Popen([sys.executable, "-m", "userops", "segment", name, "-q", "-o", out / "x.xlsx"],
                                       env=ENVIRONMENT)  # fmt: skip
            while process.poll() is None and not list(out.glob("*.part")):
                time.sleep(0.005)
            modes = []
            for part in out.glob("*.part"):
                with contextlib.suppress(FileNotFoundError):
                    modes.append(stat.S_IMODE(part.stat().st_mode))
            process.kill()
            process.wait()
            if list(out.glob("*.part")):
                break
        assert set(modes) == {0o600}
        assert (out / "x.xlsx").read_text() == "old"
        assert userops("segment", name, "-q", "-o", out / "other.csv").code == 0
        assert left(out) == ["other.csv", "x.xlsx"]

    def test_a_part_that_is_written_isnt_swept(self, here: Path) -> None:
        from userops.render.files import deliver

        inner: list[list[str]] = []

        def write_slowly(sink: object) -> tuple[str, ...]:
            deliver(lambda other: (other.write(b"b"), ())[1], str(here / "b"))
            inner.append(left(here))
            sink.write(b"a")  # type: ignore[attr-defined]
            return ()

        deliver(write_slowly, str(here / "a"))
        assert (here / "a").read_text() == "a"
        assert len([one for one in inner[0] if one.endswith(".part")]) == 1
        assert left(here) == ["a", "b"]

    def test_interrupted_imports_say_nothing(self, tmp_path: Path) -> None:
        for after in (0.05, 0.15, 0.3, 0.5):
            ran = watched("segment", "none.csv", cwd=tmp_path, end=(after, signal.SIGINT))
            # Before the program begins, what's said is Python's.
            if "Traceback" in ran.err:
                assert "__main__.py" not in ran.err, (after, ran.err)
            else:
                assert ran.code in (3, 130, -signal.SIGINT), ran


class TestLocks:
    def test_the_lock_goes_with_the_output(self, here: Path) -> None:
        """systemd's PrivateTmp beside cron: two reports on one folder."""
        name = shop(here, 3000)
        (here / "a").mkdir()
        (here / "b").mkdir()
        command = [sys.executable, "-m", "userops", "report", name, "-q", "-o", "reports/"]
        runs = [
            subprocess.Popen(command, cwd=here, env={**ENVIRONMENT, "TMPDIR": str(here / place)},
                             stderr=subprocess.PIPE, text=True)
            for place in "ab"
        ]  # fmt: skip
        said = [run.communicate()[1] for run in runs]
        assert sorted(run.returncode for run in runs) == [0, 5], said
        assert not list(here.rglob("*.lock"))
        assert not list(here.rglob("*.part"))

    def test_a_killed_run_holds_nothing(self, here: Path) -> None:
        code = "import sys\nfrom userops.render.files import holding\nwith holding('x.csv'): print(flush=True); sys.stdin.read()"
        with subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:  # fmt: skip
            assert process.stdout
            process.stdout.readline()
            name = write(here / "o.csv", good())
            assert userops("segment", name, "-o", "x.csv").code == 5
            process.kill()
        assert userops("segment", name, "-o", "x.csv").code == 0
        assert left(here) == ["o.csv", "x.csv"]


class TestCover:
    """Texts of settings and data are text in workbooks and in CSV, whatever they look like."""

    EVIL = ('=HYPERLINK("http://evil/","x")', "http://evil/", "＝1+1", "@SUM(1)", "mailto:a@b.cn")

    def settings(self) -> str:
        import json

        rules = "\n".join(
            f"[[segments.own.rules]]\nname = {json.dumps(text)}\nr = [{score}, {score}]"
            for score, text in enumerate(self.EVIL, start=1)
        )
        return f'[rfm]\nsegments = "own"\n{rules}\n'

    def test_report(self, here: Path) -> None:
        Path("userops.toml").write_text(self.settings(), encoding="utf-8")
        ran = userops("report", write(here / "o.csv", good()), "-o", "r.xlsx")
        assert ran.code == 0, ran.err
        with zipfile.ZipFile("r.xlsx") as book:
            parts = {
                name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")
            }
        sheets = "".join(text for name, text in parts.items() if "worksheets" in name)
        assert "HYPERLINK" in "".join(parts.values())  # it's there, as text
        assert "<f>" not in sheets
        assert "<hyperlink" not in sheets

    def test_csv(self, here: Path) -> None:
        rows = [f"o{n},{sign}u,2024-01-01,5" for n, sign in enumerate("＝＋－＠")]
        ran = userops("segment", write(here / "o.csv", rows), "-f", "csv")
        lines = ran.text.splitlines()[1:]
        assert all(line.startswith("'") for line in lines), lines
