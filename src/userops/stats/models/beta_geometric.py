"""Beta-geometric purchase models: what a user, alive now or new, will do.

A user of BG/NBD or MBG/NBD known to be alive at T is as good as a new user of BG/NBD with
(r+x, alpha+T, a, b+x+first), where `first` is 0 for BG/NBD, 1 for MBG/NBD; a new user of
MBG/NBD survives the first purchase with probability b/(a+b), and is then one with
(r, alpha, a, b+1). So the two functions at the end, of new users of BG/NBD, say it all.
"""

# ruff: noqa: N803

from __future__ import annotations

from typing import ClassVar

import numpy as np

from userops.stats.models import beta_likelihood, chebyshev
from userops.stats.models.beta_quadrature import beta_rule
from userops.stats.models.histories import Histories
from userops.stats.models.negative_binomial import negative_binomial
from userops.stats.models.newton import Maximum, at_border, maximise
from userops.stats.models.purchase import PurchaseModel
from userops.stats.models.special import Floats, Integers, logistic

# Users in the sample from which the full search starts.
_SAMPLE = 20_000
# a and b of users of whom none in a million million leaves: the NBD.
_NO_DROPOUT = {2: 1.0, 3: 1e12}
# Rows that predictions take at a time, small enough for the processor's cache.
_BLOCK = 1024


class BetaGeometric(PurchaseModel):
    """Gamma-Poisson purchases, beta-geometric dropout; `first` chances to leave at time 0."""

    names = ("r", "alpha", "a", "b")
    first: ClassVar[int]

    def _maximum(self, data: Histories) -> Maximum:
        start = np.log([1.0, float(np.average(data.T, weights=data.weight)) + 1e-9, 1.0, 2.0])
        sample = data.sample(_SAMPLE)
        if sample is not data:
            start = maximise(beta_likelihood.objective(sample, self.first), start).point
        objective = beta_likelihood.objective(data, self.first)
        return at_border(objective, maximise(objective, start), _NO_DROPOUT)

    def _log_likelihoods(self, parameters: Floats, x: Integers, t_x: Floats, T: Floats) -> Floats:
        return beta_likelihood.log_likelihoods(parameters, x, t_x, T, self.first)

    def _p_alive(self, parameters: Floats, x: Integers, t_x: Floats, T: Floats) -> Floats:
        return logistic(-beta_likelihood.log_odds(parameters, x, t_x, T, self.first))

    def _mean_if_alive(
        self, parameters: Floats, x: Floats, T: Floats, times: Floats, weights: Floats
    ) -> Floats:
        r, alpha, a, b = parameters
        return means_of_new(r + x, alpha + T, a, b + x + self.first, times=times, weights=weights)

    def _probabilities_if_alive(
        self, parameters: Floats, x: Floats, T: Floats, t: float, n_max: int
    ) -> Floats:
        r, alpha, a, b = parameters
        return probabilities_of_new(r + x, alpha + T, a, b + x + self.first, t=t, n_max=n_max)


def means_of_new(
    k: Floats, scale: Floats, a: float, b: Floats, *, times: Floats, weights: Floats
) -> Floats:
    """`mean_of_new` of many users: where many differ by their scale alone, by interpolation.

    Between users of the same k and b the mean is a smooth function of log(scale). It can be
    continued into the complex plane, and as far as pi/2 from the real line |1 + p t/scale| is
    at least 1: it stays as small as it is.
    """
    b_index = np.unique(b, return_inverse=True)[1]
    order = np.argsort(b_index, kind="stable")
    ends = np.cumsum(np.bincount(b_index))
    blocks: list[tuple[Integers, Floats | None]] = []  # rows, and how points combine to them
    points: list[tuple[Floats, Floats, Floats]] = []  # k, scale and b to evaluate
    for rows in np.split(order, ends[:-1]):
        log_scale = np.log(scale[rows])
        middle, half = (
            (log_scale.max() + log_scale.min()) / 2.0,
            (log_scale.max() - log_scale.min()) / 2.0,
        )
        count = chebyshev.points_for(np.pi / 2.0 / half) if half > 0.0 else len(rows)
        if count * 2 > len(rows):
            blocks.append((rows, None))
            points.append((k[rows], scale[rows], b[rows]))
            continue
        nodes = chebyshev.points(count)
        blocks.append((rows, chebyshev.through(nodes, (log_scale - middle) / half)))
        ones = np.ones(count)
        points.append((k[rows[0]] * ones, np.exp(middle + half * nodes), b[rows[0]] * ones))
    columns = (np.concatenate(part) for part in zip(*points, strict=True))
    k_all, scale_all, b_all = columns
    means = mean_of_new(k_all, scale_all, a, b_all, times=times, weights=weights)
    total, start = np.empty(len(k)), 0
    for (rows, weights_), (_, point_k, _) in zip(blocks, points, strict=True):
        values = means[start : start + len(point_k)]
        total[rows] = values if weights_ is None else weights_ @ values
        start += len(point_k)
    return total


def mean_of_new(
    k: Floats,
    scale: Floats,
    a: float,
    b: Floats,
    *,
    times: Floats,
    weights: Floats,
) -> Floats:
    """sum_i weights_i E[X(times_i)] for new BG/NBD users with (k, scale, a, b), one per row.

    Fader, Hardie & Lee (2005), eq. 9, is the mean over p ~ Beta(a, b) of
    [1 - (1 + p t/scale)^-k] / p. Quadrature over p takes it as it stands: no 2F1 that could
    overflow, no difference of large terms, and nothing special at a = 1.
    """
    total = np.empty(len(k))
    distinct_b, b_index = np.unique(b, return_inverse=True)
    # Rows with the same b, which are those with the same x, share their nodes.
    bend = np.zeros(len(distinct_b))
    np.maximum.at(bend, b_index, k * float(np.max(times)) / scale)
    nodes, masses = beta_rule(a, distinct_b, bend)
    for block in np.array_split(np.arange(len(k)), len(k) // _BLOCK + 1):
        p = nodes[b_index[block]]
        total_ = np.zeros_like(p)
        for time, weight in zip(times, weights, strict=True):
            log_growth = np.log1p(p * (time / scale[block])[:, None])
            total_ -= weight * np.expm1(-k[block, None] * log_growth)
        total[block] = np.einsum("ij,ij->i", total_ / p, masses[b_index[block]])
    return total


def probabilities_of_new(
    k: Floats, scale: Floats, a: float, b: Floats, *, t: float, n_max: int
) -> Floats:
    """P(X(t) = n), n = 0 .. n_max, of new BG/NBD users; shape (rows, n_max + 1).

    Fader, Hardie & Lee (2005), eq. 8. Absolute accuracy about 1e-15.
    """
    n = np.arange(n_max + 1)
    bought = negative_binomial(k, scale, t, n_max)
    # B(a, b+n)/B(a, b), and B(a+1, b+n-1)/B(a, b) = the same times a/(b+n-1) for n > 0.
    stays = np.exp(-np.cumsum(np.log1p(a / (b[:, None] + n[:-1])), axis=1))
    stays = np.concatenate([np.ones((len(k), 1)), stays], axis=1)
    leaves = stays[:, 1:] * a / (b[:, None] + n[:-1])
    beyond = np.clip(1.0 - np.cumsum(bought, axis=1)[:, :-1], 0.0, 1.0)
    probability = stays * bought
    probability[:, 1:] += leaves * beyond
    return probability
