"""What sections are written from: the analyses' tables, and the circumstances of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from userops.core.dates import Window, to_date
from userops.core.periods import Period
from userops.core.shown import visible
from userops.core.table import Currency, Kind, Table
from userops.core.tally import Tally
from userops.customers.measures import Comparison, Span
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.report.plain_words import plain
from userops.report.wording import SAYINGS, say
from userops.stats import intervals


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read, and the SHA-256 of its bytes."""

    name: str
    dataset: str
    digest: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a report says, before it's said.

    `analysis` is whose words it speaks, of the section that's written: `of` says it.
    `tables` are by their analysis and their own name, as `kpis.users`; an analysis that the data
    doesn't allow has none, and `missing` may say why. `define` gives a term's label and
    text, from the first of some modules that has it.
    """

    lang: Lang
    period: Period
    window: Window
    currency: Currency
    comparison: Comparison | None
    tables: Mapping[str, Table]
    tally: Tally
    # Of other exports that rows were read from, by dataset.
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    since: int | None = None  # the day that movements count from
    missing: Mapping[str, str] = field(default_factory=dict)
    # Lists that `tables` has the first rows of: to be counted, not shown.
    whole: Mapping[str, Table] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    warning: str = ""  # what makes all of it doubtful
    inputs: tuple[Input, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    version: str = ""
    define: Callable[[Sequence[str], str], tuple[str, str] | None] = lambda modules, name: None
    analysis: str = ""
    special: Mapping[int, str] = field(default_factory=dict)  # days with a name, by number
    masked: bool = False  # whether ids can't be read
    beside: Mapping[str, str] = field(default_factory=dict)  # files of lists, by the table
    whole_beside: bool = False  # whether there are such files, with ids that can be read
    # How many users of a list are on the do-not-contact list, by the table; none is on one to call any more.
    left_alone: Mapping[str, int] = field(default_factory=dict)
    since_last: tuple[str, ...] | None = None  # what changed since the last report; None: not asked

    def of(self, analysis: str) -> Material:
        """The same, with words as an analysis means them."""
        return replace(self, analysis=analysis)

    def say(self, key: str, **facts: object) -> str:
        """A sentence in the reader's language."""
        return say(key, self.lang, **facts)

    def has(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in SAYINGS

    def tick(self, day: date) -> str:
        """A period on an axis: its first day, or its month."""
        return f"{day:%m-%d}" if self.period is Period.WEEK else f"{day:%Y-%m}"

    @property
    def nothing(self) -> str:
        """What a section of orders says where there are none."""
        day = self.window.as_of
        return self.say("nothing yet", day=day) if day else self.say("nothing at all")

    @property
    def against_nothing(self) -> str:
        """Why there's nothing to compare with: what was asked for, or any earlier period."""
        year = self.comparison is not None and self.comparison.year
        key = "against no year" if year else "against nothing"
        return self.say(key, period=self.period_name)

    @property
    def no_events(self) -> str:
        """What a section of events says where they were read, and none counts; else nothing."""
        tally, day = self.tallies.get("events"), self.window.as_of
        if tally is None or tally.used:
            return ""
        return self.say("no events yet", day=day) if day else self.say("no events at all")

    @property
    def summary(self) -> str:
        """The report in a line, where its headline doesn't say it."""
        if self.comparison is None:
            return self.nothing
        read, used = self.tally.read, self.tally.used
        return self.say("summary", day=self.window.as_of, read=read, used=used)

    def word(self, text: str) -> str:
        """A word of the vocabulary in the reader's language."""
        return visible(words.phrase(text, self.lang, analysis=self.analysis))

    def note(self, text: str) -> str:
        """What an analysis has to say, in the reader's language and without options and keys."""
        return plain(self.whole_note(text), self.lang, self.analysis)

    def whole_note(self, text: str) -> str:
        """The same as an analyst would be told it."""
        return visible(words.phrase(text, self.lang, analysis=self.analysis))

    def label(self, column: str) -> str:
        """A column's name in the reader's language."""
        return visible(words.column(column, self.lang, analysis=self.analysis))

    @property
    def until(self) -> str:
        """What speaks of everything up to as_of says so."""
        day = self.window.as_of
        return self.say("as of", day=day) if day else ""

    @property
    def period_name(self) -> str:
        """Week or month."""
        return self.say(self.period.value)

    def shown(self, kind: Kind, value: object) -> str:
        """A value as the reader sees it; money of some size without its cents."""
        if kind is Kind.MONEY and isinstance(value, (int, float)):
            return self.money(value)
        return cells.cell_format(kind, self.currency, self.lang, analysis=self.analysis)(value)

    def counts(self, part: int, whole: int) -> str:
        """What a rate is of, and its 95 % interval."""
        low, high = intervals.wilson(part, whole)
        return self.say(
            "counts", part=part, whole=whole, low=f"{low * 100:.1f}", high=f"{high * 100:.1f} %"
        )

    def rate(self, part: int, whole: int) -> str:
        """A rate with its counts and interval; "–" of nothing."""
        if not whole:
            return "–"
        share = f"{part / whole * 100:.1f} %"
        return self.say("rate", share=share, counts=self.counts(part, whole))

    def money(self, value: float, *, sign: bool = False, beside: float = 0) -> str:
        """Money as prose has it: with its currency, without cents from 1,000 on.

        Also where what it stands `beside` is that much, so that both have the same unit.
        """
        major = value / 10**self.currency.places
        large = max(abs(value), abs(beside)) >= 1000 * 10**self.currency.places
        places = 0 if large else self.currency.places
        plus = "−" if major < 0 else "+" if sign and value else ""
        return f"{plus}{visible(self.currency.mark)}{abs(major):,.{places}f}"

    def days(self, span: Span) -> str:
        """A span in words: its first and last day, or its month."""
        first, last = to_date(span.first), to_date(span.last)
        if self.period is Period.MONTH and span.complete:
            return f"{first:%Y-%m}"
        if first == last:
            return str(first)
        return f"{first} – {last}" if first.year != last.year else f"{first} – {last:%m-%d}"
