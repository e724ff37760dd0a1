"""What users are worth: expected purchases, discounted, times expected spend.

Arrays hold one value per user: x, t_x, T as in `histories`, and m, the mean worth of the x
repeat purchases (ignored where x = 0). Values are in m's unit; multiply by a margin outside.
"""

# ruff: noqa: N803

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from userops.stats.models.fit import Fit
from userops.stats.models.gamma_gamma import expected_spend
from userops.stats.models.histories import distinct_histories
from userops.stats.models.horizon import Horizon
from userops.stats.models.purchase import PurchaseModel
from userops.stats.models.special import Floats, weighted_counts
from userops.stats.models.uncertainty import Prediction, predict


def group_values(
    model: PurchaseModel,
    fit: Fit,
    spend: Fit,
    *,
    x: ArrayLike,
    t_x: ArrayLike,
    T: ArrayLike,
    m: ArrayLike,
    horizon: Horizon,
    group: ArrayLike,
) -> Prediction:
    """Expected worth within the horizon of all users of each group 0, 1, ..., with its error.

    `group` is a whole number per user. The error is the parameters', carried through both
    fits: it says how well the expectation is known, not how the users' purchases will scatter.
    """
    groups_of_rows, counts = np.asarray(group, dtype=np.int64), np.asarray(x)
    distinct, place = distinct_histories(x, t_x, T)

    def totals(purchase_parameters: Floats, spend_parameters: Floats) -> Floats:
        purchases = model.expected_purchases(
            purchase_parameters, distinct.x, distinct.t_x, distinct.T, horizon
        )
        values = purchases[place] * expected_spend(spend_parameters, counts, m)
        return weighted_counts(groups_of_rows, values)

    return predict(totals, fit, spend)
