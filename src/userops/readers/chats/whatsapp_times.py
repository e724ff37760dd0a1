"""When a line of WhatsApp's was written: the dates and clocks that phones of many places give it.

`[17/03/2023, 21:05:07] `, `3/17/23, 9:05 PM - `, `17.3.2023 klo 21.05 - `, `2023. 3. 17. 오후 9:05 - `: in digits of
any script, with halves of the day in many languages, and years of the Buddhist calendar. All lines of an export
have one form, that of its first: what has another is a part of a message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from userops.core.errors import InputError

MARKS = "\u200b\u200e\u200f\u061c\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LONGEST = 60  # characters of a time
_STOP = re.compile(rf"[{MARKS}]*\s[-–][{MARKS}]*\s")
_GLUE = r"(?:T|(?:\s?г\.)?\s?[,،、]\s?|(?:\s?г\.)?\s)(?:(?:klo|kl\.?|um|à|a las|a les|alle|at|às|om|la|lúc|в)\s)?"
_DATE = r"(?P<a>\d{1,4})(?P<mark>\s?[-/.]\s?|[年년]\s?)(?P<b>\d{1,2})(?:\s?[-/.]\s?|[月월]\s?)(?P<c>\d{1,4})(?P<end>[日일.]?)"
_HALF = r"[^\W\d_][^\d:/,]{0,14}?"
_CLOCK = (
    rf"(?:(?P<before>{_HALF})\s?)?(?P<H>\d{{1,2}})(?:[:.]|\s?h\s?|[時时시]\s?)(?P<M>\d{{2}})[分분]?(?:[:.](?P<S>\d{{2}}))?"
    rf"(?:\s?(?:ч\.|Uhr|น\.))?(?:\s?(?P<after>{_HALF}))?"
)
_DATE_FIRST = re.compile(rf"^{_DATE}{_GLUE}{_CLOCK}$")
_CLOCK_FIRST = re.compile(rf"^{_CLOCK}[,،]?\s{_DATE}$")
_WORD = re.compile(r"[^\W\d_](?:[^\d:/,\-]*[^\W\d_])?\.?")
_DATE_BEFORE = re.compile(r"^0 ?[-/.a] ?0 ?[-/.a] ?0\D{1,16}0(?:[:.]| ?a ?)0")
_CLOCK_BEFORE = re.compile(r"^\D{0,12}0[:.]0\D{1,16}0[-/.]0[-/.]0")
_MORNING = (
    *("am", "上午", "凌晨", "清晨", "早上", "午前", "오전", "ص", "قظ", "πμ", "पूर्वाह्न", "मपू", "öö", "pg", "sa", "vm", "fm"),
    *("eparadites", "de", "проб", "முற்பகல்", "ಪೂರ್ವಾಹ್ನ", "ਪੂਦੁ", "ก่อนเที่ยง"),
)  # fmt: skip
_AFTERNOON = (
    *("pm", "下午", "傍晚", "晚上", "中午", "午後", "오후", "م", "بظ", "μμ", "अपराह्न", "मउ", "ös", "ptg", "ch", "nm", "em"),
    *("epasdites", "du", "слоб", "பிற்பகல்", "ಅಪರಾಹ್ನ", "ਬਾਦੁ", "หลังเที่ยง"),
)  # fmt: skip
# At twelve it's night by the word, and noon by the clock.
_EVENING = ("晚上", "傍晚")
_DIGITS = {ord(one): "0" for one in "123456789"}  # a few forms for all times
_FIRST_YEAR = 2009  # there was no WhatsApp before
_FEW_DAYS = 3  # so many may be years
_BUDDHIST = 543  # years ahead


@dataclass(frozen=True, slots=True)
class Stamp:
    """The numbers of a date in their order, the marks between and behind them, and the time of the day."""

    numbers: tuple[str, str, str]
    mark: str
    end: str
    clock: str  # HH:MM:SS
    dated_first: (
        bool  # the date stands before the time, as it doesn't in what was copied from a chat
    )


def parts(line: str) -> tuple[str, str, str] | None:
    """How the time that a line begins with is formed, that time, and the rest; None where there's no such."""
    bare = line.lstrip(MARKS)
    if bare[:1] == "[":
        at = bare.find("]", 0, _LONGEST)
        if at < 0 or bare[at + 1 : at + 2] not in ("", " "):
            return None
        head, rest = bare[1:at], bare[at + 2 :]
    elif bare[:1].isdecimal() and (stop := _STOP.search(bare[:_LONGEST])):
        head, rest = bare[: stop.start()], bare[stop.end() :]
    else:
        return None
    form = _form(head.translate(_DIGITS))
    return (f"{bare[:1] == '['} {form}", head, rest) if form else None


@lru_cache(1 << 12)
def _form(head: str) -> str:
    """A time with all numbers and words alike; empty for what is none."""
    form = re.sub(r"\d+", "0", _WORD.sub("a", _plain(head)))
    return form if _DATE_BEFORE.match(form) or _CLOCK_BEFORE.match(form) else ""


def _plain(head: str) -> str:
    """With digits of ASCII and plain spaces, and without marks of direction."""
    if not head.isascii():
        kept = (
            one for one in unicodedata.normalize("NFKC", head) if unicodedata.category(one) != "Cf"
        )
        head = "".join(one if one.isascii() else str(unicodedata.decimal(one, one)) for one in kept)
    return " ".join(head.split())


def is_dated_first(form: str) -> bool:
    """Whether the date stands before the clock in a time of a form."""
    return _DATE_BEFORE.match(form.partition(" ")[2]) is not None


@lru_cache(1 << 12)
def stamp_of(head: str) -> Stamp | None:
    """What a time says; None where a word in it isn't known."""
    plain = _plain(head)
    found = _DATE_FIRST.match(plain) or _CLOCK_FIRST.match(plain)
    if found is None:
        return None
    hour, minute = int(found["H"]), int(found["M"])
    for word in filter(None, (found["before"], found["after"])):
        known = re.sub(r"[\s.]", "", word).casefold()
        is_late = known in _AFTERNOON
        if (not is_late and known not in _MORNING) or (known in _EVENING and hour == 12):
            return None
        hour = hour if hour > 12 else hour % 12 + 12 * is_late
    if hour > 23 or minute > 59:
        return None
    clock = f"{hour:02}:{minute:02}:{found['S'] or '00'}"
    return Stamp(
        (found["a"], found["b"], found["c"]),
        found["mark"].strip(),
        found["end"],
        clock,
        found.start("a") == 0,
    )


def written(stamps: Sequence[Stamp], name: str, date_format: str = "") -> list[str]:
    """Times as other exports write them: with the year first, or, where nothing tells the day from the month, last.

    Args:
        stamps: of all lines.
        name: the file's.
        date_format: settles which part is the day, of dates with its mark that don't tell themselves.

    Raises:
        InputError: they're of a calendar that isn't read.
    """
    columns = [[int(one.numbers[at]) for one in stamps] for at in range(3)]
    mark = stamps[0].mark
    order = _order(date_format, mark)
    year_at = _year_at(stamps, columns, order)
    if year_at is None:
        return [f"{mark.join(one.numbers)} {one.clock}" for one in stamps]
    years = [_year(number, name) for number in columns[year_at]]
    first, second = columns[1 if year_at == 0 else 0], columns[2 if year_at == 0 else 1]
    days_first = False if year_at == 0 else _days_first(first, second, mark, order)
    if days_first is None:
        dates = (mark.join(map(str, one)) for one in zip(first, second, years, strict=True))
    else:
        months, days = (second, first) if days_first else (first, second)
        dates = (f"{y}-{m:02}-{d:02}" for y, m, d in zip(years, months, days, strict=True))
    return [f"{day} {one.clock}" for day, one in zip(dates, stamps, strict=True)]


def _order(date_format: str, mark: str) -> str:
    """`dmy`, `mdy` or `ymd`, as a format has them with a mark between; empty where it hasn't."""
    found = re.search(rf"%[-_0]?([dmyY]){re.escape(mark)}%[-_0]?([dmyY]){re.escape(mark)}%[-_0]?([dmyY])", date_format)  # fmt: skip
    return "".join(found.groups()).lower() if found else ""


def _days_first(first: Sequence[int], second: Sequence[int], mark: str, order: str) -> bool | None:
    """Whether days stand before months, of dates whose year is last; None where that's not told, or both.

    With dots or dashes between them they do in all places.
    """
    day_first, month_first = max(first) > 12, max(second) > 12
    if day_first or month_first:
        return day_first if day_first != month_first else None
    return order[0] == "d" if order else (True if mark != "/" else None)


def _year_at(stamps: Sequence[Stamp], columns: Sequence[Sequence[int]], order: str) -> int | None:
    """Which number of dates is the year, the first or the last; None where nothing tells.

    Of years of two digits: none is of before WhatsApp, and no day or month is too large for one. Where that
    leaves both, an `order` that's told settles it; else with dots they're last, unless a dot is behind the
    day, too; and days change more often.
    """
    for at in (0, 2):
        if any(len(one.numbers[at]) > 2 for one in stamps):
            return at
    first, second, last = columns
    may_be = [
        at
        for at, years, days, months in ((0, first, last, second), (2, last, first, ()))
        if min(years) >= _FIRST_YEAR % 100 and max(days) <= 31 and max(months, default=1) <= 12
    ]
    if len(may_be) != 1 and order:
        return 0 if order[0] == "y" else 2
    if stamps[0].mark == "." and not stamps[0].end:
        return 2
    if len(may_be) > 1:  # a chat goes on in the order of time
        may_be = [
            at
            for at in may_be
            if any(_goes_on(columns, at, month) for month in ((1,) if at == 0 else (1, 0)))
        ]
    if len(may_be) < 2:
        return may_be[0] if may_be else None
    kinds = {at: len(set(columns[at])) for at in may_be}
    least = min(kinds, key=kinds.__getitem__)
    return least if kinds[2 - least] > max(_FEW_DAYS, 2 * kinds[least]) else None


def _goes_on(columns: Sequence[Sequence[int]], year: int, month: int) -> bool:
    """Whether dates never go back, by which number is the year and which the month."""
    day = 3 - year - month
    return all(a <= b for a, b in pairwise(zip(columns[year], columns[month], columns[day], strict=True)))  # fmt: skip


def _year(number: int, name: str) -> int:
    """A year as it's called where most calendars are made.

    Raises:
        InputError: it's of a calendar that isn't read.
    """
    year = number
    if number < 100:
        # 52 is 2552 of the Buddhist calendar, which is 2009.
        year = 2000 + number if number < (_FIRST_YEAR + _BUDDHIST) % 100 else 2500 + number
    year -= _BUDDHIST if year > 2400 else 0
    if year < _FIRST_YEAR:
        raise InputError(
            f"{name}: a chat of the year {number}, before there was WhatsApp: are its dates of another calendar?",
            mend="set the phone to the Gregorian calendar, and export the chat again",
        )
    return year
