"""RFM scores beside what people would use instead, as whole processes.

    python -m venv benchmarks/.venv
    benchmarks/.venv/bin/pip install -r benchmarks/others/requirements.txt
    python benchmarks/others/run.py 10_000_000

Their tables aren't ours (openretailscience counts other things, pandas has no segments), so
only time and memory are compared. Writes results/others-10m.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from measuring import Cost, apart, asked, compiled, in_turn, machine, make, measure, tell  # noqa: E402

PYTHON = HERE.parent / ".venv" / "bin" / "python"
USEROPS = (sys.executable, "-m", "userops")
OURS, PREPARED = "userops segment", "userops segment, prepared"
PACKAGES = ("openretailscience", "ibis-framework", "duckdb", "pandas", "polars")


def versions() -> str:
    asked = f"from importlib.metadata import version; print(*[f'{{p}} {{version(p)}}' for p in {PACKAGES!r}], sep=', ')"
    return subprocess.run(
        [PYTHON, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> None:
    given = asked(__doc__, PYTHON)
    compiled()
    source = str(apart(make, given.orders, "parquet"))
    with tempfile.TemporaryDirectory(dir=HERE.parent / "data") as folder:
        target = f"{folder}/out.parquet"
        others = {
            "the floor: four columns read": ["floor.py", source],
            "pandas, by hand": ["rfm_with_pandas.py", source, target],
            **{
                f"openretailscience on {engine}": [
                    "rfm_with_openretailscience.py",
                    source,
                    target,
                    engine,
                ]
                for engine in ("duckdb", "pandas")
            },
        }
        ours = [*USEROPS, "segment", source, "--quiet", "-o", target]
        preparing = measure([*USEROPS, "prepare", source, "--quiet"], Path(folder))
        runs = {
            OURS: [*ours, "--no-store"],
            PREPARED: ours,
            **{
                name: [str(PYTHON), str(HERE / script), *rest]
                for name, (script, *rest) in others.items()
            },
        }
        costs = in_turn(runs, given.rounds, Path(folder))
    middle = {name: Cost.middle(of) for name, of in costs.items()}
    lines = [
        "# RFM scores beside other tools",
        "",
        f"{date.today()}. {machine()}. Peers: {versions()}.",
        "",
        f"{given.orders:,} orders in Parquet, whole processes, medians of {given.rounds} in turn.",
        "",
        "| | seconds | CPU seconds | peak MB | ours in terms of it | ours, prepared |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} "
            f"| {middle[OURS].wall / cost.wall:.3f} | {middle[PREPARED].wall / cost.wall:.3f} |"
            for name, cost in middle.items()
        ),
        "",
        f"`userops prepare` before it, once: {preparing.wall:.1f} s.",
    ]
    tell("others", given.orders, lines)


if __name__ == "__main__":
    main()
