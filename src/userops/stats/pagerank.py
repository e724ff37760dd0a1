"""PageRank: how much weight a graph's edges give each of its nodes (Brin & Page 1998)."""

from __future__ import annotations

from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[Any]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
_NEAR, _MOST = 1e-14, 10_000


def pagerank(sources: Ints, targets: Ints, nodes: int, alpha: float = 0.85) -> Floats:
    """The rank of each node; ranks sum to 1.

    Whoever has no edge away gives to all alike, and so does everyone with the rest of alpha.

    Args:
        sources: for each edge the node that it leaves, 0 up to `nodes`; an edge that's there twice
            weighs double.
        targets: for each edge the node that it points to.
        nodes: how many there are.
        alpha: the part of a node's rank that goes along its edges; below 1.

    >>> pagerank(np.array([0, 1]), np.array([1, 2]), 3).round(4).tolist()
    [0.1844, 0.3412, 0.4744]
    """
    if not nodes:
        return np.zeros(0)
    order = np.lexsort((targets, sources))  # the same sums whatever the edges' order
    sources, targets = sources[order], targets[order]
    leaving = np.bincount(sources, minlength=nodes)
    part = alpha / np.maximum(leaving, 1)[sources]
    dangling = leaving == 0
    ranks: Floats = np.full(nodes, 1 / nodes)
    for _ in range(_MOST):
        shared = (1 - alpha + alpha * ranks[dangling].sum()) / nodes
        moved: Floats = (
            np.bincount(targets, weights=ranks[sources] * part, minlength=nodes) + shared
        )
        if np.abs(moved - ranks).sum() < _NEAR:
            return moved
        ranks = moved
    return ranks
