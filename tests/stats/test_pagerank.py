"""PageRank: networkx's figures, and the same by solving the equations exactly."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from userops.stats.pagerank import pagerank

# networkx 3.4, nx.pagerank(G, alpha=0.9, tol=1e-08), its own test's graph.
EDGES = [(1, 2), (1, 3), (3, 1), (3, 2), (3, 5), (4, 5), (4, 6), (5, 4), (5, 6), (6, 4)]
RANKS = [0.03721197, 0.05395735, 0.04150565, 0.37508082, 0.20599833, 0.28624589]


def ranks(edges: list[tuple[int, int]], nodes: int, alpha: float) -> list[float]:
    sources, targets = (np.array([edge[side] for edge in edges], np.int64) for side in (0, 1))
    return pagerank(sources, targets, nodes, alpha).tolist()


def solved(edges: list[tuple[int, int]], nodes: int, alpha: Fraction) -> list[float]:
    """x = alpha (S x + what dangling nodes give) + (1 - alpha) / n, by elimination in fractions."""
    leaving = [sum(source == node for source, _ in edges) for node in range(nodes)]
    rows = [[Fraction(int(i == j)) for j in range(nodes)] for i in range(nodes)]
    for source, target in edges:
        rows[target][source] -= alpha / leaving[source]
    for node in range(nodes):
        if not leaving[node]:
            for i in range(nodes):
                rows[i][node] -= alpha / nodes
    for row in rows:
        row.append((1 - alpha) / nodes)
    for i in range(nodes):
        pivot = next(k for k in range(i, nodes) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for k in range(nodes):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    return [float(row[-1]) for row in rows]


def test_networkx_figures() -> None:
    edges = [(source - 1, target - 1) for source, target in EDGES]
    assert ranks(edges, 6, 0.9) == pytest.approx(RANKS, abs=5e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_equations_hold(seed: int) -> None:
    random = Random(seed)
    nodes = random.randint(2, 9)
    edges = [
        (random.randrange(nodes), random.randrange(nodes)) for _ in range(random.randint(0, 20))
    ]
    found = ranks(edges, nodes, 0.85)
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx(solved(edges, nodes, Fraction(17, 20)), abs=1e-12)
    shuffled = random.sample(edges, len(edges))
    assert ranks(shuffled, nodes, 0.85) == found  # to the bit


def test_nobody_and_no_edge() -> None:
    assert ranks([], 0, 0.85) == []
    assert ranks([], 4, 0.85) == [0.25] * 4
