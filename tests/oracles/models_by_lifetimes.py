"""Write models_by_lifetimes.json: the formulas of lifetimes 0.11.3 on random inputs.

Run once, in an environment of its own:

    python -m pip install lifetimes==0.11.3 && python -W ignore models_by_lifetimes.py

Only inputs on which its 2F1s stay finite are kept: it has no log-space form of them.
"""

import json
from pathlib import Path

import lifetimes
import numpy as np

FITTERS = {
    "bg-nbd": (lifetimes.BetaGeoFitter, ("r", "alpha", "a", "b")),
    "mbg-nbd": (lifetimes.ModifiedBetaGeoFitter, ("r", "alpha", "a", "b")),
    "pareto-nbd": (lifetimes.ParetoNBDFitter, ("r", "alpha", "s", "beta")),
}


def row(model, rng):
    fitter, names = FITTERS[model]
    parameters = [
        float(f"{v:.4g}") for v in 10 ** rng.uniform([-0.7, 0, -0.6, -0.3], [0.7, 2, 0.8, 1])
    ]
    if model == "pareto-nbd":
        parameters[3] = float(f"{10 ** rng.uniform(0, 2):.4g}")
    x = int(rng.integers(0, 20))
    T = float(np.round(10 ** rng.uniform(0.5, 2.5), 2))
    t_x = 0.0 if x == 0 else float(np.round(T * rng.random(), 2))
    t = float(np.round(10 ** rng.uniform(0.5, 2), 2))
    fitted = fitter()
    fitted.params_ = dict(zip(names, parameters, strict=True))
    one = np.array([float(x)]), np.array([t_x]), np.array([T])
    if model == "pareto-nbd":
        log_l = float(fitter._conditional_log_likelihood(parameters, *one)[0])
    else:
        log_l = -float(fitter._negative_log_likelihood(np.log(parameters), *one, np.ones(1), 0.0))
    alive = float(np.ravel(fitted.conditional_probability_alive(*one))[0])
    expected = float(
        np.ravel(fitted.conditional_expected_number_of_purchases_up_to_time(t, *one))[0]
    )
    new = float(np.ravel(fitted.expected_number_of_purchases_up_to_time(t))[0])
    return {
        "model": model,
        "parameters": parameters,
        "x": x,
        "t_x": t_x,
        "T": T,
        "t": t,
        "log_likelihood": log_l,
        "p_alive": alive,
        "expected": expected,
        "expected_of_new": new,
    }


def main():
    rng = np.random.default_rng(7)
    rows = []
    for model in FITTERS:
        kept = 0
        while kept < 40:
            made = row(model, rng)
            if all(np.isfinite(v) for v in made.values() if isinstance(v, float)):
                rows.append(made)
                kept += 1
    lines = ",\n".join(json.dumps(made) for made in rows)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
