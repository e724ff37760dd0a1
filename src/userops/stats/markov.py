"""Chains of states that end in success or in nothing: what each state is worth to success.

A state's removal effect is 1 - P(success without the state) / P(success), where a path that would come
to the state ends in nothing instead. Exact: from the fundamental matrix of the absorbing chain.

Source: Kemeny and Snell, Finite Markov Chains (1960), ch. 3; Anderl, Becker, von Wangenheim and
Schumann (2016), the removal effect.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]


def removal_effects(counts: Floats) -> tuple[Floats, Floats]:
    """The probability of success, and each state's removal effect (0 where there's no success).

    Args:
        counts: of the steps from the start and each state (rows) to each state, to success and to
            nothing (columns); before these two axes there may be others, of chains of their own.

    >>> g, m = [0, 1, 2, 1], [0, 0, 2, 0]  # to g, to m, sold, lost
    >>> success, effects = removal_effects(np.array([[4, 1, 0, 0], g, m], float))
    >>> round(float(success), 9), effects.round(9).tolist()
    (0.8, [0.75, 0.5])
    """
    states = counts.shape[-1] - 2
    steps = counts.sum(axis=-1, keepdims=True)
    chances = np.divide(counts, steps, out=np.zeros_like(counts), where=steps > 0)
    start, moves = chances[..., 0, :], chances[..., 1:, :]
    # Kemeny & Snell, theorem 3.2.4: how often each state is passed, from each state on.
    passes = np.linalg.inv(np.eye(states) - moves[..., :states])
    succeeds = (passes @ moves[..., states, None])[..., 0]
    passed = (start[..., None, :states] @ passes)[..., 0, :]
    reached = passed / np.diagonal(passes, axis1=-2, axis2=-1)
    success = start[..., states] + (start[..., :states] * succeeds).sum(axis=-1)
    # Who succeeds by way of a state reaches it, and succeeds from there on.
    by_way = reached * succeeds
    whole = success[..., None]
    return success, np.divide(by_way, whole, out=np.zeros_like(by_way), where=whole > 0)
