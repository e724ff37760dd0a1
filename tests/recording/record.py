"""Record what every command writes and says; or compare two recordings.

python -m tests.recording.record OUT_DIR [--shops N] [--jobs 2] [--package src]
python -m tests.recording.record --compare BEFORE AFTER [--allow FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

from . import shelf, units
from .compare import compare, patterns
from .running import ROOT, run


def record(
    folder: Path,
    *,
    shops: int = 100,
    jobs: int = 2,
    package: Path = ROOT / "src",
    only: Sequence[str] = (),
) -> int:
    """Record everything, or the cases of some patterns, into a folder; how many cases."""
    began, records = time.monotonic(), []
    package = package.resolve()
    bundles = units.bundles(shops)
    for done, found in enumerate(run(bundles, package, only, jobs), 1):
        records += found
        if not only and done % 10 == 0:
            print(f"{done} of {len(bundles)} parts, {time.monotonic() - began:,.0f} s", flush=True)
    path = shelf.put(folder, records)
    about = {
        **units.versions(package),
        "cases": len(records),
        "seconds": round(time.monotonic() - began),
    }
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(f"{path}: {len(records):,} cases in {time.monotonic() - began:,.0f} s")
    return len(records)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("folder", type=Path, nargs="?", help="where the recording goes")
    parser.add_argument("--shops", type=int, default=100, help="how many seeded shops")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes at a time")
    parser.add_argument("--package", type=Path, default=ROOT / "src", help="the sources to record")
    parser.add_argument(
        "--only", action="append", default=[], help="cases of a pattern; repeatable"
    )
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--allow", type=Path, help="patterns of cases that may differ, one a line")
    parser.add_argument("--lines", type=int, default=30, help="lines of each difference shown")
    given = parser.parse_args()
    if given.compare:
        before, after = given.compare
        return int(compare(before, after, patterns(given.allow), given.only, given.lines) > 0)
    if given.folder is None:
        parser.error("a folder, or --compare")
    record(given.folder, shops=given.shops, jobs=given.jobs, package=given.package, only=given.only)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
