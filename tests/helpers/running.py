"""Run the program: in this process for speed, or as a process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from userops import rfm
from userops.cli import main
from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.core.rule_tables import TABLES
from userops.core.table import Table
from userops.customers.params import RfmParams
from userops.ledger.customers import CUSTOMERS
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_data"
# As users have it, with threads for all cores.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "POLARS_MAX_THREADS"}
ENVIRONMENT |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it said where."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def json(self) -> object:
        return json.loads(self.out)


def userops(*arguments: object, stdin: bytes = b"") -> Ran:
    """Run in this process, with pipes for the standard streams."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    given, handler = sys.stdin, signal.getsignal(signal.SIGTERM)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdin = given
        signal.signal(signal.SIGTERM, handler)
    out.flush()
    return Ran(code, out.buffer.getvalue(), err.getvalue())


def process(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
    """Start a process of its own."""
    command = [sys.executable, "-m", "userops", *map(str, arguments)]
    return subprocess.Popen(command, env=ENVIRONMENT, **more)


def spawned(*arguments: object, **more: object) -> Ran:
    """Run as a process of its own, to its end."""
    command = [sys.executable, "-m", "userops", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, timeout=60, check=False, **{"env": ENVIRONMENT, **more}
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def customers(
    exports: Sequence[str], as_of: date | None = None, how: ReadOptions | None = None
) -> tuple[object, Facts]:
    """The ledger's customers of some exports."""
    with workspace() as folder:
        orders = Orders.open(exports, how or ReadOptions(), folder)
        (frame,), facts = orders.reduce([CUSTOMERS], to_day(as_of) if as_of else None)
    return frame, facts


def tables(
    exports: Sequence[str],
    as_of: date | None = None,
    cuts: rfm.Cuts | None = None,
    **params: object,
) -> dict[str, Table]:
    """The tables of `segment`, by name, without the command line."""
    frame, facts = customers(exports, as_of)
    told = RfmParams(**params)
    found = rfm.segment(
        frame,
        facts.window,
        told,
        rules=TABLES.get(told.segments),
        cuts=cuts,
        currency=facts.currency,
    )
    return {table.name: table for table in found}
