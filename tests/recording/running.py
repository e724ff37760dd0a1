"""Runs what is to be recorded: units in folders of their own, a few workers at a time."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .compare import matches
from .shelf import Case, Result, neutral

ROOT = Path(__file__).parents[2]
_WORKER = Path(__file__).with_name("worker.py")
_SECONDS = 300  # after which a run hangs
# What a store holds is the program's own business, and has times of files in it.
_UNSEEN = frozenset({".userops"})
Cases = Generator[Case, Result | None, None]
Stamps = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Unit:
    """Cases that share a folder. `cases` makes the files in it, then gives the cases in turn.

    Each case is answered with its result, or None where it isn't wanted.
    """

    name: str
    cases: Callable[[Path], Cases]


def surroundings(package: Path, scratch: Path) -> dict[str, str]:
    """The variables of all runs: the same on every machine."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        **{name: os.environ[name] for name in ("JAVA_HOME", "SYSTEMROOT") if name in os.environ},
        "PYTHONPATH": str(package),
        "TMPDIR": str(scratch),
        "HOME": str(scratch),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
        "LINES": "40",
        "TERM": "dumb",
        "POLARS_MAX_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }


class Worker:
    """A process that runs command lines; begun anew where one ends or hangs it."""

    def __init__(self, package: Path, scratch: Path) -> None:
        self._package, self._scratch = package, scratch
        self._environment = surroundings(package, scratch)
        self._process: subprocess.Popen[bytes] | None = None

    def _begin(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(_WORKER)],
            env=self._environment,
            cwd=self._scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
        )
        told = json.loads(_line(process, _SECONDS) or b"{}")
        source = Path(told.get("source", "/nowhere"))
        if not source.is_relative_to(self._package):
            process.kill()
            raise RuntimeError(f"userops comes from {source}, not from {self._package}")
        return process

    def end(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(BrokenPipeError), process:
                process.kill()

    def run(self, case: Case, folder: Path) -> Result:
        """Run a case in a folder."""
        places = {name: self._scratch / f"standard-{name}" for name in ("out", "err")}
        if case.fresh:
            code = self._alone(case, folder, places)
        else:
            code = self._asked(case, folder, places)
        out, err = (neutral(path.read_bytes(), self._scratch) for path in places.values())
        return Result(code, out, err.decode(errors="backslashreplace"))

    def _asked(self, case: Case, folder: Path, places: Mapping[str, Path]) -> int | str:
        self._process = process = self._process or self._begin()
        task = {
            "folder": str(folder),
            "arguments": list(case.arguments),
            "environment": dict(case.environment),
            "stdin": str(folder / case.stdin) if case.stdin else "",
            **{name: str(path) for name, path in places.items()},
        }
        assert process.stdin
        process.stdin.write(json.dumps(task).encode() + b"\n")
        process.stdin.flush()
        answer = _line(process, _SECONDS)
        if not answer:
            self.end()
            return "died, or hung"
        return json.loads(answer)["code"]

    def _alone(self, case: Case, folder: Path, places: Mapping[str, Path]) -> int | str:
        given = folder / case.stdin if case.stdin else Path(os.devnull)
        with (
            given.open("rb") as stdin,
            places["out"].open("wb") as out,
            places["err"].open("wb") as err,
        ):
            try:
                done = subprocess.run(
                    [sys.executable, *case.arguments],
                    env={**self._environment, **case.environment},
                    cwd=folder, stdin=stdin, stdout=out, stderr=err, check=False, timeout=_SECONDS,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return "hung"
        return done.returncode


def _line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The next answer; nothing where the process ended or takes too long."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return process.stdout.readline() if ready else b""


def stamps(folder: Path) -> Stamps:
    """Every file below a folder, and what tells that it was written."""
    found: Stamps = {}
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - _UNSEEN)
        for name in files:
            path = Path(place, name)
            state = path.stat()
            found[path.relative_to(folder).as_posix()] = (state.st_mtime_ns, state.st_size)
    return found


def written(folder: Path, before: Stamps, scratch: Path, *, kept: bool) -> dict[str, bytes]:
    """What was written since; it goes, and folders left empty with it, unless it's kept."""
    after = stamps(folder)
    changed = [name for name, stamp in after.items() if before.get(name) != stamp]
    found = {name: neutral((folder / name).read_bytes(), scratch) for name in changed}
    if not kept:
        for name in changed:
            (folder / name).unlink()
            for above in (folder / name).parents:
                if above in (folder, folder / "out"):
                    break
                with suppress(OSError):
                    above.rmdir()
    return found


def play(
    unit: Unit, worker: Worker, scratch: Path, only: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The records of a unit's cases."""
    folder = scratch / "unit"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "out").mkdir(parents=True)
    cases, result, seen = unit.cases(folder), None, set[str]()
    while True:
        try:
            case = cases.send(result)
        except StopIteration:
            return
        name = f"{unit.name}/{case.name}"
        if name in seen:
            raise RuntimeError(f"{name} stands twice")
        seen.add(name)
        if only and not matches(name, only):
            result = None
            continue
        before = stamps(folder)
        result = worker.run(case, folder)
        files = written(folder, before, scratch, kept=case.kept)
        result = Result(result.code, result.out, result.err, files)
        yield result.record(name)


@contextmanager
def workplace() -> Iterator[Path]:
    """A temporary folder for a bundle of units."""
    with tempfile.TemporaryDirectory(prefix="userops-recording-") as place:
        yield Path(place).resolve()


def bundle(units: Sequence[Unit], package: Path, only: Sequence[str]) -> list[dict[str, Any]]:
    """The records of some units, by one worker begun for them.

    So what a run might find of those before it in the same process is the same each time.
    """
    with workplace() as scratch:
        worker = Worker(package, scratch)
        try:
            asked = [unit for unit in units if may_match(unit, only)]
            return [record for unit in asked for record in play(unit, worker, scratch, only)]
        finally:
            worker.end()


def may_match(unit: Unit, only: Sequence[str]) -> bool:
    """Whether a unit may have cases of some patterns, by what stands before their first wildcard."""
    heads = [re.split(r"[*?[]", pattern, maxsplit=1)[0] for pattern in only]
    place = f"{unit.name}/"
    return not only or any(place.startswith(head) or head.startswith(place) for head in heads)


def run(
    bundles: Sequence[Sequence[Unit]], package: Path, only: Sequence[str], jobs: int
) -> Iterator[list[dict[str, Any]]]:
    """The records of all bundles, each as it's done."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda units: bundle(units, package, only), bundles)
