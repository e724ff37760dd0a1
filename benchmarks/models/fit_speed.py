"""Fit and score a made-up shop, beside lifetimes.

    python benchmarks/models/fit_speed.py [--users 5000000] [--lifetimes PYTHON]

PYTHON is the interpreter of an environment with `pip install lifetimes==0.11.3`; without it
only ours runs. Every row is a process of its own, its imports counted in `seconds`; reading
the arrays is not. lifetimes scales times by itself, so it is given weeks, as it likes best.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOAD = """
import json, sys, time
began = time.perf_counter()
{imports}
imported = time.perf_counter() - began
shop = np.load({path!r})
x, t_x, T = shop["x"], shop["t_x"] / {unit}, shop["T"] / {unit}
began = time.perf_counter()
{fit}
fitted = time.perf_counter() - began
began = time.perf_counter()
{score}
scored = time.perf_counter() - began
print(json.dumps([imported + fitted, scored, list(map(float, estimates)), float(total)]))
"""

OURS = {
    "imports": f"sys.path.insert(0, {str(ROOT / 'src')!r})\nimport numpy as np\n"
    "from userops.models.catalogue import MODELS",
    "fit": "fit = MODELS[{model!r}].fit(x, t_x, T)\nassert fit.converged\n"
    "estimates = fit.estimates",
    "score": "total = MODELS[{model!r}].expected_purchases("
    "estimates, x, t_x, T, 364 / {unit}).sum()",
}
THEIRS = {
    "imports": "import warnings; warnings.simplefilter('ignore')\n"
    "import numpy as np\nimport lifetimes",
    "fit": "fit = getattr(lifetimes, {fitter!r})().fit(x, t_x, T)\nestimates = fit.params_",
    "score": "total = np.sum("
    "fit.conditional_expected_number_of_purchases_up_to_time(364 / {unit}, x, t_x, T))",
}
FITTERS = {
    "bg-nbd": "BetaGeoFitter",
    "mbg-nbd": "ModifiedBetaGeoFitter",
    "pareto-nbd": "ParetoNBDFitter",
}


def run(python: str, parts: dict[str, str], path: str, unit: int, model: str) -> list:
    parts = {
        name: text.format(model=model, fitter=FITTERS[model], unit=unit)
        for name, text in parts.items()
    }
    code = LOAD.format(path=path, unit=unit, **parts)
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def in_days(model: str, estimates: list[float], unit: int) -> list[float]:
    scale = (1, unit, 1, unit) if model == "pareto-nbd" else (1, unit, 1, 1)
    return [e * s for e, s in zip(estimates, scale, strict=True)]


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--users", type=int, default=5_000_000)
    asked.add_argument("--lifetimes", metavar="PYTHON")
    asked.add_argument("--models", nargs="+", default=["bg-nbd"], choices=FITTERS)
    options = asked.parse_args()

    import numpy as np

    sys.path.insert(0, str(ROOT / "tests" / "models"))
    sys.path.insert(0, str(ROOT / "src"))
    from shops import shop

    from userops.stats.models.catalogue import MODELS

    # Three quarters of a year, users acquired over its first quarter; CDNOW's parameters.
    T = np.random.default_rng(1).integers(189, 274, options.users).astype(float)
    x, t_x = shop("bg-nbd", (0.243, 30.9, 0.793, 2.426), T, 2, days=True)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "shop.npz")
        np.savez(path, x=x, t_x=t_x, T=T)
        print("model       tool       unit  fit s  score s  log-likelihood   expected  parameters")
        for model in options.models:
            jobs = [("userops", sys.executable, OURS, 7), ("userops", sys.executable, OURS, 1)]
            if options.lifetimes:
                jobs.append(("lifetimes", options.lifetimes, THEIRS, 7))
            for tool, python, parts, unit in jobs:
                seconds, scored, estimates, total = run(python, parts, path, unit, model)
                # Of both tools' estimates by one function; densities are per day.
                value = MODELS[model].log_likelihood(in_days(model, estimates, unit), x, t_x, T)
                shown = " ".join(f"{e:.5g}" for e in estimates)
                name = "week" if unit == 7 else "day"
                print(
                    f"{model:11s} {tool:10s} {name:5s} {seconds:6.2f} {scored:7.2f} "
                    f"{value:16.3f} {total:10.0f}  {shown}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
