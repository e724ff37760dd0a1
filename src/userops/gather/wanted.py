"""What the command's own options ask for, joined with the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from userops.commands.run import Run
from userops.core.periods import Period
from userops.report.analyses import Asked
from userops.report.privacy import Mode
from userops.settings import params

LISTED = frozenset({"segments", "replenishment"})  # sections whose lists are written beside


@dataclass(frozen=True, slots=True)
class Wanted:
    """Exports beside the orders, what the report is about, and how it's given out."""

    events: list[str] | None = None
    users: list[str] | None = None
    costs: list[str] | None = None
    period: Period = Period.WEEK
    year: bool = False
    sections: str | None = None
    template: str | None = None
    title: str | None = None
    lists: bool = False
    email: bool = False
    pii: Mode | None = None

    @property
    def names(self) -> list[str] | None:
        """The sections asked for."""
        return [name.strip() for name in self.sections.split(",")] if self.sections else None

    def shows(self, *sections: str) -> bool:
        """Whether any of some sections is asked for; all are, by default."""
        return not self.names or not set(sections).isdisjoint(self.names)

    def needs(self, *sections: str) -> bool:
        """Whether the tables of any of some sections are: for it, or for the lists beside it."""
        of_lists = self.lists and not LISTED.isdisjoint(sections)
        return of_lists or self.shows(*sections)

    @property
    def beside(self) -> Mapping[str, Sequence[str] | None]:
        """What options name of each dataset beside the orders."""
        return {"events": self.events, "users": self.users, "costs": self.costs}


def asked(this: Run, wanted: Wanted) -> Asked:
    """How each analysis is done."""
    settings = this.settings
    return Asked(
        period=wanted.period,
        rfm=settings.rfm,
        rules=settings.rule_table(settings.rfm.segments),
        fixed=settings.fixed_cuts,
        lifecycle=settings.lifecycle,
        cohorts=params(settings.cohorts, period=wanted.period.value, measure="retention"),
        repurchase=settings.repurchase,
        goals=settings.goals,
        playbook=settings.playbook,
        week_start=settings.week_start,
    )
