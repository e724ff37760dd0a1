"""Which candidates are called, and by whom.

Down by priority, a user is taken while his own agent has room, and the team has. That is as good as
the best assignment: an agent's own users fit as long as they are no more than his room, and all
users as long as they are no more than everybody's, so sets that fit are those of a laminar
matroid, in which taking the best that still fits is best (Edmonds 1971). Users without an agent
are dealt out when all are taken: in a snake draft, so that agents' lists are worth about the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from userops.analyses.contacts.eligible import AGENT_FULL, AGENT_OFF, FULL, HOLDOUT


@dataclass(frozen=True, slots=True)
class Candidate:
    """A user who may be called; `agent` is his own, `held` whether he's held back."""

    user_id: str
    agent: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """`agents` of users who are listed; `rules` of those who aren't; `held` who would have been listed."""

    agents: dict[str, str]
    rules: dict[str, str]
    held: tuple[str, ...]


def assign(candidates: Sequence[Candidate], room: Mapping[str, int]) -> Assignment:
    """Assign candidates, the best first, to agents with so much room; 0 is a day off.

    Whoever is held back takes no room; that there was room when his turn came makes him comparable
    with those who are listed. What came of others decides that, not his own lot.
    """
    left, team = dict(room), sum(room.values())
    own: dict[str, str] = {}
    free: list[str] = []
    rules: dict[str, str] = {}
    held: list[str] = []
    for one in candidates:
        agent = one.agent if one.agent in left else None
        if agent is not None and not room[agent]:
            rule = AGENT_OFF
        elif team == 0:
            rule = FULL
        elif agent is not None and not left[agent]:
            rule = AGENT_FULL
        else:
            rule = ""
        if one.held:
            rules[one.user_id] = HOLDOUT
            if not rule:
                held.append(one.user_id)
            continue
        if rule:
            rules[one.user_id] = rule
            continue
        team -= 1
        if agent is None:
            free.append(one.user_id)
        else:
            left[agent] -= 1
            own[one.user_id] = agent
    return Assignment(own | dict(snake(free, left)), rules, tuple(held))


def snake(users: Sequence[str], room: Mapping[str, int]) -> list[tuple[str, str]]:
    """Deal users out to agents with so much room left: 1, 2, 3, 3, 2, 1, 1, 2, ...

    >>> snake(["a", "b", "c", "d"], {"x": 3, "y": 1, "z": 2})
    [('a', 'x'), ('b', 'y'), ('c', 'z'), ('d', 'z')]
    """
    left = dict(room)
    order = sorted(left)
    dealt: list[tuple[str, str]] = []
    waiting = iter(users)
    user = next(waiting, None)
    while user is not None and any(left.values()):
        for agent in order:
            if user is None:
                break
            if left[agent]:
                left[agent] -= 1
                dealt.append((user, agent))
                user = next(waiting, None)
        order.reverse()
    return dealt
