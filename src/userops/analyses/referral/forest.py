"""Who stands below whom, and who invited one another in a circle: over whole numbers, all users at once.

Everyone has at most one inviter. After as many jumps as there are users, doubled each time, whoever
isn't beyond a root stands on a circle; so neither depth nor circles take a step a user.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Ints = np.ndarray[Any, np.dtype[np.int64]]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """Users by number.

    Attributes:
        parent: each one's inviter after circles were cut, NOBODY for none.
        circle: the least number on the circle that a user stood on, NOBODY for none.
        root: whoever stands above all, oneself at the top.
        level: invitations from there.
        below: users below, at any level.
    """

    parent: Ints
    circle: Ints
    root: Ints
    level: Ints
    below: Ints


def forest(parent: Ints, when: Ints) -> Forest:
    """Inviters as trees.

    Args:
        parent: each user's inviter, NOBODY for none; nobody is their own.
        when: when each was invited. Of a circle the last invitation is cut, which closed it; all
            that are equally late.
    """
    circle = circles(parent)
    on = circle != NOBODY
    last = np.full(len(parent), np.iinfo(np.int64).min)
    np.maximum.at(last, circle[on], when[on])
    cut = np.zeros(len(parent), bool)
    cut[on] = when[on] == last[circle[on]]
    kept = np.where(cut, NOBODY, parent)
    root, level = _roots(kept)
    return Forest(kept, circle, root, level, _below(kept, level))


def circles(parent: Ints) -> Ints:
    """The least number on the circle that each user stands on; NOBODY for most.

    >>> circles(np.array([1, 2, 0, 0, -1])).tolist()
    [0, 0, 0, -1, -1]
    """
    count = len(parent)
    beyond = count  # where the roots' inviters would be, and their inviters
    up = np.append(np.where(parent == NOBODY, beyond, parent), beyond)
    jumps = max(count, 1).bit_length()
    end = up
    for _ in range(jumps):
        end = end[end]
    on = np.zeros(count + 1, bool)
    on[end] = True
    on[beyond] = False
    members = np.flatnonzero(on)
    place = np.zeros(count + 1, np.int64)
    place[members] = np.arange(len(members))
    following, least = place[up[members]], members.copy()
    for _ in range(jumps):
        least = np.minimum(least, least[following])
        following = following[following]
    circle = np.full(count, NOBODY, np.int64)
    circle[members] = least
    return circle


def _roots(parent: Ints) -> tuple[Ints, Ints]:
    """The top of each one's tree, and how many invitations it is away."""
    above = np.where(parent == NOBODY, np.arange(len(parent)), parent)
    level = (parent != NOBODY).astype(np.int64)
    while not np.array_equal(further := above[above], above):
        level += level[above]
        above = further
    return above, level


def _below(parent: Ints, level: Ints) -> Ints:
    """How many users stand below each: the lowest are added to theirs first."""
    below = [0] * len(parent)
    inviters = parent.tolist()
    invited = np.flatnonzero(parent != NOBODY)
    for user in invited[np.argsort(-level[invited], kind="stable")].tolist():
        below[inviters[user]] += below[user] + 1
    return np.array(below, np.int64)
