"""Notes: what readers should know beside the numbers, in both languages.

An analysis writes a note where it finds its reason. Standard error and machine formats
take it as the English text that it is; what people read takes it through `words.phrase`.
"""

from __future__ import annotations

from datetime import date
from typing import Self


class Note(str):
    """A text in English that carries itself in Chinese, `zh`."""

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, english: str, chinese: str) -> Self:
        """The same in both languages."""
        made = super().__new__(cls, english)
        made.zh = chinese
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """What a copy is made from."""
        return type(self), (str(self), self.zh)


def counted(count: int, thing: str, things: str | None = None) -> str:
    """So many things, as English has it: 1 user, 2,000 users, 3 entries."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


# Lengths of time as facts of Chinese notes.
ZH_PERIODS = {"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}


def begins(exports: str, chinese: str, first: date, period: str, *, whole: bool) -> Note:
    """Nobody knows who was there before the export begins, nor all of its first period."""
    return Note(
        f"the {exports} begin on {first}: who was there before counts as new, too"
        + ("" if whole else f"; the first {period} is not whole"),
        f"{chinese}从 {first} 开始：更早的老用户也计为新增"
        + ("" if whole else f"；第一{ZH_PERIODS[period]}不完整"),
    )


def cut_short(period: str) -> Note:
    """The period of as_of isn't over."""
    return Note(
        f"the last {period} is not whole: as_of cuts it short",
        f"最后一{ZH_PERIODS[period]}尚不完整：截止日落在其中",
    )
