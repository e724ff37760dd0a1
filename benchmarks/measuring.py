"""Whole processes and what they take: what every benchmark here is made of."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TypeVar

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SOURCE = HERE.parent / "src"
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MB

    @classmethod
    def middle(cls, costs: Sequence[Cost]) -> Cost:
        return cls(*(median(getattr(one, of) for one in costs) for of in ("wall", "cpu", "peak")))


def measure(command: Sequence[str], folder: Path | None = None) -> Cost:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def in_turn(
    runs: Mapping[str, Sequence[str]], rounds: int, folder: Path | None = None
) -> dict[str, list[Cost]]:
    """What each took in each round: in turn, so that what else the machine does falls on each alike.

    A round before brings files into the system's cache, and isn't counted.
    """
    costs: dict[str, list[Cost]] = {who: [] for who in runs}
    for number in range(rounds + 1):
        for who, command in runs.items():
            cost = measure(command, folder)
            if number:
                costs[who].append(cost)
    return costs


def make(rows: int, form: str, of: str = "orders") -> Path:
    import generate
    import generate_assignments
    import generate_chats
    import generate_events
    import generate_points

    if of == "orders":
        return generate.export(rows, form)
    if of == "points":
        return generate_points.export(rows)[0]
    if of == "assignments":
        return generate_assignments.export(rows, form)
    return {"events": generate_events, "chats": generate_chats}[of].export(rows)


def companion(export: Path, what: str) -> Path:
    """An export that was made with another: the orders of a ledger of points, the members of a chat."""
    return export.with_name(f"{export.stem}-{what}.parquet")


def apart(function: Callable[..., T], *given: object) -> T:
    """Call in a process of its own.

    Linux counts what a parent holds when it starts a child to the child's peak: so this
    process must stay smaller than any that it measures.
    """
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, given)


def compiled() -> None:
    """Have our modules compiled, as an installation has them."""
    compileall.compile_dir(SOURCE, quiet=2)


def machine() -> str:
    try:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
    except (ValueError, OSError, AttributeError):
        memory = "memory unknown"
    packages = ", ".join(f"{name} {version(name)}" for name in ("polars", "duckdb", "pyarrow"))
    return (
        f"{os.cpu_count()} cores, {memory}; {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, {packages}"
    )


def asked(document: str, python: Path | None = None) -> argparse.Namespace:
    """How many `orders` and `rounds`; `document` is the script's own, which tells how to make `python`."""
    parser = argparse.ArgumentParser(description=document.splitlines()[0])
    parser.add_argument("orders", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if python is not None and not python.exists():
        raise SystemExit(f"{python} isn't there. {document}")
    return given


def tell(what: str, rows: int, lines: Sequence[str], *, keep: bool = True) -> None:
    """Print what was found, and keep it among the results; trials of less than a million rows aren't kept."""
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if keep and rows >= 1_000_000:
        name = f"{what}-{rows // 1_000_000}m.md"
        (RESULTS / name).write_text(text, encoding="utf-8")
