"""How strong an unseen reason would have to be: VanderWeele and Ding (2017)."""

from __future__ import annotations

import math


def e_value(ratio: float) -> float:
    """The least risk ratio of an unseen reason that would explain a risk ratio (above 0) away.

    With the group and with the outcome alike; 1 where there's nothing to explain.

    >>> round(e_value(3.9), 2)
    7.26
    """
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))
