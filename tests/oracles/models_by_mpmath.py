"""Write models_by_mpmath.json: the papers' 2F1 forms at 60 digits, where doubles would overflow.

Run once:  python -m pip install mpmath && python models_by_mpmath.py

- pareto: ln of s alpha^r beta^s times the papers' A_0 without its second term, whose 2F1 has
  one form for alpha >= beta and one for alpha <= beta (Fader & Hardie 2005, eqs. 19, 20).
- mean: E[X(t)] of BG/NBD (Fader, Hardie & Lee 2005, eq. 9).
"""

import json
import random
from pathlib import Path

import mpmath as mp

mp.mp.dps = 60


def pareto(r, alpha, s, beta, x, t):
    r, alpha, s, beta, t = map(mp.mpf, (r, alpha, s, beta, t))
    k, n = r + x, r + s + x
    if alpha >= beta:
        front = mp.hyp2f1(n, s + 1, n + 1, (alpha - beta) / (alpha + t)) / (alpha + t) ** n
    else:
        front = mp.hyp2f1(n, k, n + 1, (beta - alpha) / (beta + t)) / (beta + t) ** n
    return float(mp.log(s / n * alpha**r * beta**s * front))


def mean(k, alpha, a, b, t):
    k, alpha, a, b, t = map(mp.mpf, (k, alpha, a, b, t))
    if a == 1:
        a += mp.mpf(10) ** -25
    inside = (alpha / (alpha + t)) ** k * mp.hyp2f1(k, b, a + b - 1, t / (alpha + t))
    return float((a + b - 1) / (a - 1) * (1 - inside))


def main():
    rng = random.Random(1987)

    def any_of(low, high):
        return float(f"{10 ** rng.uniform(low, high):.4g}")

    rows = []
    for i in range(120):
        r, s, alpha, x = any_of(-2, 2), any_of(-2, 2), any_of(-1, 4), int(any_of(0, 2.8)) - 1
        beta = float(f"{alpha * any_of(-3, 3):.4g}")
        t = 0.0 if i % 4 == 0 else any_of(0, 3.5)
        theta = [r, alpha, s, beta]
        rows.append(
            {"of": "pareto", "parameters": theta, "x": x, "t": t, "value": pareto(*theta, x, t)}
        )
    for i in range(120):
        x = int(any_of(0, 2.8)) - 1
        k, b = float(f"{x + any_of(-1.5, 1):.6g}"), float(f"{x + any_of(-1.5, 1):.6g}")
        alpha, a = any_of(0, 4), 1.0 if i % 6 == 0 else any_of(-1.3, 1.3)
        t = float(f"{alpha * any_of(-2, 3):.4g}")
        theta = [k, alpha, a, b]
        rows.append({"of": "mean", "parameters": theta, "t": t, "value": mean(*theta, t)})
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
