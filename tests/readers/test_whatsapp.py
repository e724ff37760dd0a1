"""Chats of WhatsApp's as phones of many places export them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from userops.core.errors import InputError, Undecided
from userops.datasets import DATASETS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

NARROW, BLANK, RIGHT = "\u202f", "\u00a0", "\u200f"
ARABIC, PERSIAN, HINDI = (
    str.maketrans("0123456789", digits) for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९")
)
TIMES = [
    *(datetime(2023, 3, day, hour, minute) for day, hour, minute in ((17, 21, 5), (18, 0, 10), (18, 9, 3))),
    *(datetime(2023, 3, day, hour, minute) for day, hour, minute in ((18, 12, 30), (19, 15, 31), (20, 23, 59))),
]  # fmt: skip
_PERIODS = {0: "凌晨", 9: "上午", 12: "中午", 15: "下午", 21: "晚上", 23: "晚上"}
Form = Callable[[datetime], str]


def h(t: datetime) -> int:
    return (t.hour - 1) % 12 + 1


def half(t: datetime, morning: str = "AM", afternoon: str = "PM") -> str:
    return morning if t.hour < 12 else afternoon


FORMS: dict[str, Form] = {
    "en-US": lambda t: f"{t.month}/{t.day}/{t:%y}, {h(t)}:{t:%M}{NARROW}{half(t)} - ",
    "en-US iPhone": lambda t: f"[{t.month}/{t.day}/{t:%y}, {h(t)}:{t:%M:%S}{NARROW}{half(t)}] ",
    "en-GB": lambda t: f"{t:%d/%m/%Y, %H:%M} - ",
    "en-IN": lambda t: f"{t:%d/%m/%y}, {h(t)}:{t:%M}{NARROW}{half(t, 'am', 'pm')} - ",
    "en-CA": lambda t: f"{t:%Y-%m-%d}, {h(t)}:{t:%M}{BLANK}{half(t, 'a.m.', 'p.m.')} - ",
    "en-ZA": lambda t: f"{t:%Y/%m/%d, %H:%M} - ",
    "de": lambda t: f"{t:%d.%m.%y, %H:%M} - ",
    "de iPhone, by halves": lambda t: f"[{t:%d.%m.%y}, {h(t)}:{t:%M:%S}{NARROW}{half(t)}] ",
    "fr": lambda t: f"{t:%d/%m/%Y à %H:%M} - ",
    "fr-CA": lambda t: f"{t:%Y-%m-%d %H} h {t:%M} - ",
    "es": lambda t: f"{t.day}/{t.month}/{t:%y}, {t.hour}:{t:%M} - ",
    "es-MX": lambda t: f"{t.day}/{t.month}/{t:%Y}, {h(t)}:{t:%M}{NARROW}{half(t, f'a.{BLANK}m.', f'p.{BLANK}m.')} - ",
    "pt-BR": lambda t: f"{t:%d/%m/%Y %H:%M} - ",
    "nl": lambda t: f"{t:%d-%m-%Y %H:%M} - ",
    "sv iPhone": lambda t: f"[{t:%Y-%m-%d} kl. {t:%H:%M:%S}] ",
    "da": lambda t: f"{t:%d.%m.%Y %H.%M} - ",
    "da iPhone": lambda t: f"[{t:%d.%m.%Y} kl. {t:%H.%M.%S}] ",
    "fi": lambda t: f"{t.day}.{t.month}.{t:%Y} klo {t:%H.%M} - ",
    "fi iPhone": lambda t: f"[{t.day}.{t.month}.{t:%Y} klo {t:%H.%M.%S}] ",
    "cs": lambda t: f"{t.day}. {t.month}. {t:%Y} {t.hour}:{t:%M} - ",
    "sl": lambda t: f"{t:%d}. {t:%m}. {t:%y} {t:%H:%M} - ",
    "hr": lambda t: f"{t:%d}. {t:%m}. {t:%Y}. {t:%H:%M} - ",
    "hu": lambda t: f"{t:%Y. %m. %d.} {t.hour}:{t:%M} - ",
    "bg": lambda t: f"{t.day}.{t:%m.%y} г., {t:%H:%M} ч. - ",
    "tr, by halves": lambda t: f"{t:%d.%m.%Y} {half(t, 'ÖÖ', 'ÖS')} {h(t)}:{t:%M} - ",
    "el": lambda t: f"{t.day}/{t.month}/{t:%y}, {h(t)}:{t:%M} {half(t, 'π.μ.', 'μ.μ.')} - ",
    "he iPhone": lambda t: f"{RIGHT}[{t.day}.{t.month}.{t:%Y}, {t:%H:%M:%S}] ",
    "ar": lambda t: f"{t.day}{RIGHT}/{t.month}{RIGHT}/{t:%Y}، {h(t)}:{t:%M} {half(t, 'ص', 'م')} - ".translate(ARABIC),
    "fa, in our calendar": lambda t: f"{t:%Y/%m/%d،}{RIGHT} {t:%H:%M} - ".translate(PERSIAN),
    "hi": lambda t: f"{t.day}/{t.month}/{t:%y}, {h(t)}:{t:%M} {half(t, 'पूर्वाह्न', 'अपराह्न')} - ".translate(HINDI),
    "th": lambda t: f"{t.day}/{t.month}/{t.year + 543} {t:%H:%M} - ",
    "th, short": lambda t: f"{t.day}/{t.month}/{t.year - 1957} {t:%H:%M} - ",
    "id": lambda t: f"{t:%d/%m/%y %H.%M} - ",
    "ms": lambda t: f"{t:%d/%m/%Y}, {h(t)}:{t:%M} {half(t, 'PG', 'PTG')} - ",
    "vi": lambda t: f"{t:%H:%M, %d/%m/%Y} - ",
    "zh-CN": lambda t: f"{t.year}/{t.month}/{t.day} {half(t, '上午', '下午')}{h(t)}:{t:%M} - ",
    "zh-TW": lambda t: f"{t.year}/{t.month}/{t.day} {_PERIODS[t.hour]}{h(t)}:{t:%M} - ",
    "zh": lambda t: f"{t.year}年{t.month}月{t.day}日 {t:%H:%M} - ",
    "ja": lambda t: f"{t.year}/{t.month}/{t.day} {half(t, '午前', '午後')}{t.hour % 12}:{t:%M} - ",
    "ko": lambda t: f"{t.year}. {t.month}. {t.day}. {half(t, '오전', '오후')} {h(t)}:{t:%M} - ",
    "ko, short": lambda t: f"{t:%y}. {t.month}. {t.day}. {half(t, '오전', '오후')} {h(t)}:{t:%M} - ",
    "af": lambda t: f"{t:%Y-%m-%d} {h(t)}:{t:%M} {half(t, 'vm.', 'nm.')} - ",
}  # fmt: skip


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def read(
    folder: Path, text: str, name: str = "Mums.txt", dataset: str = "messages", encoding: str = "utf-8", **options: Any
) -> Rows:  # fmt: skip
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding=encoding)
    return Opened.open([str(path)], DATASETS[dataset], ReadOptions(**options), folder).rows()


def people(rows: Rows) -> list[tuple[Any, ...]]:
    return rows.frame.filter(kind="text").select("user_id", "text").rows()


@pytest.mark.parametrize("place", FORMS)
def test_times_of_many_places(folder: Path, place: str) -> None:
    lines = [f"{FORMS[place](t)}{'Ann' if at % 2 else 'Bo'}: at 9:30 {at}\nnext: line\n" for at, t in enumerate(TIMES)]  # fmt: skip
    found = read(folder, "".join(lines)).frame
    assert [t.replace(second=0) for t in found["time"]] == TIMES
    assert found["user_id"].to_list() == ["Bo", "Ann"] * 3
    assert found["text"][0] == "at 9:30 0\nnext: line"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings(folder: Path, encoding: str) -> None:
    text = "2023/3/17 下午9:05 - 安安: 你好\n2023/3/18 凌晨12:07 - 小波: 晚安\n"
    assert people(read(folder, text, encoding=encoding)) == [("安安", "你好"), ("小波", "晚安")]


def test_what_tells_no_day_is_asked(folder: Path) -> None:
    text = "3/4/23, 9:00 AM - Ann: a\n4/4/23, 12:00 AM - Bo: b\n5/4/23, 12:00 PM - Bo: c\n"
    with pytest.raises(Undecided, match="which is the day") as asked:
        read(folder, text)
    assert "%m/%d/%Y %H:%M:%S" in str(asked.value)
    # A format settles the order, also as the file itself writes dates.
    for form in ("%m/%d/%y, %I:%M %p", "%m/%d/%Y %H:%M:%S"):
        found = read(folder, text, date_format=form).frame["time"].to_list()
        assert found == [datetime(2023, 3, 4, 9), datetime(2023, 4, 4), datetime(2023, 5, 4, 12)]
    # With dots days come first everywhere; a format for other files doesn't matter then.
    dotted = read(folder, "3.4.23, 09:00 - Ann: a\n4.4.23, 10:00 - Bo: b\n", date_format="%m/%d/%Y")
    assert dotted.frame["time"][0] == datetime(2023, 4, 3, 9)
    with pytest.raises(InputError, match="the day first and dates with the month first"):
        read(folder, "13/4/23, 09:00 - Ann: a\n4/14/23, 10:00 - Bo: b\n")
    refused = read(folder, "30/2/2023, 09:00 - Ann: a\n14/4/2023, 10:00 - Bo: b\n")
    assert refused.facts.tally.refused == {"not a date": 1}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # By the word it's night, by the clock noon.
        ("2023/3/17 下午9:05 - 安: 好\n2023/3/18 晚上12:07 - 波: ?\n", "line 2: a time of a form that isn't known"),
        ("17/3/2023, 9:05 xyz - Ann: a\n17/3/2023, 9:06 xyz - Bo: b\n", "line 1: a time of a form that isn't known"),
        ("1401/12/26, 21:05 - Ann: a\n1401/12/27, 21:06 - Bo: b\n", "of the year 1401"),
        ("17/03/2023, 21:05 - Ann: a\n17/03/2023, 21:05 - Bo: b\n[18/03/2023, 21:05:00] Ann: b\n", "line 3: a time of another form"),
    ],
)  # fmt: skip
def test_what_cant_be_told_stops(folder: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read(folder, text)


def test_lines_within_messages_are_no_messages(folder: Path) -> None:
    text = (
        "17/03/2023, 21:05 - Ann: see\n[21:05, 16/03/2023] Bo: copied\n18/03/2023 18:30 - 20:00 training\n"
        "17/03/2023, 21:06 - Bo:\n17/03/2023, 21:07 - Bo: This message was deleted\n17/03/2023, 21:08 - Cy: ok\n"
        "17/03/2023, 21:08 - Cy: ok\n17/03/2023, 21:09 - Ann changed the subject from “A: x” to “B”\n"
    )
    found = read(folder, text)
    assert found.frame.select("user_id", "kind").rows() == [
        ("Ann", "text"), ("Bo", "text"), ("Bo", "recalled"), ("Cy", "text"), ("Cy", "text"), (None, "system"),
    ]  # fmt: skip
    assert found.facts.tally.left_out == {}


def test_two_exports_that_overlap(folder: Path) -> None:
    lines = [f"17/03/2023, 21:0{minute} - Ann: ok\n" for minute in (5, 5, 6, 7)]
    paths = []
    for name, part in (("a", lines[:3]), ("b", lines)):
        (folder / name).mkdir()
        paths.append(folder / name / "Mums.txt")
        paths[-1].write_text("".join(part), "utf-8")
    found = Opened.open([*map(str, paths)], DATASETS["messages"], ReadOptions(), folder).rows()
    assert (len(found.frame), found.facts.tally.left_out) == (4, {"the same message again": 3})


GERMAN = (
    "[17.03.23, 21:05:07] Mütter: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.\n"
    "[17.03.23, 21:05:08] ~\u202fAnn: \u200e~\u202fAnn hat Bo hinzugefügt\n"
    "[17.03.23, 21:06:00] ~\u202fAnn: hallo\n\u200e[17.03.23, 21:07:00] Bo: \u200eBild weggelassen\n"
)


def test_the_systems_lines_in_another_language(folder: Path) -> None:
    found = read(folder, GERMAN, "any/_chat.txt")
    assert people(found) == [("Ann", "hallo"), ("Bo", "Bild weggelassen")]
    assert found.frame["group"].unique().to_list() == ["Mütter"]
    without = read(folder, GERMAN.split("\n", 1)[1], "Mamas/_chat.txt")
    assert people(without) == people(found)
    assert without.frame["group"].unique().to_list() == ["Mamas"]
    with pytest.raises(InputError, match="tells of no joins or leaves"):
        read(folder, GERMAN, "any/_chat.txt", "memberships")


@pytest.mark.parametrize("chat", ["_chat.txt", "WhatsApp Chat - Mums.txt"])
def test_a_zip_with_pictures(folder: Path, chat: str) -> None:
    path = folder / "WhatsApp Chat - Mums.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(chat, GERMAN)
        packed.writestr("00000002-PHOTO.jpg", b"\xff\xd8")
    found = Opened.open([str(path)], DATASETS["messages"], ReadOptions(), folder).rows()
    assert found.frame.select(pl.col("group", "user_id").drop_nulls().n_unique()).row(0) == (1, 2)


def test_who_came_and_went(folder: Path) -> None:
    lines = (
        "Ann created group “Mums”", "Ann added Bo, Cy, and Di", "Ed joined using a group link.", "You removed Cy",
        "Di left", "Flo was added",
    )  # fmt: skip
    text = "".join(f"3/17/23, 9:0{at}\u202fAM - {line}\n" for at, line in enumerate(lines))
    found = read(folder, text, "WhatsApp Chat with Mums.txt", "memberships").frame
    assert found.select("user_id", "action").rows() == [
        ("Ann", "create"), ("Bo", "join"), ("Cy", "join"), ("Di", "join"), ("Ed", "join"), ("Cy", "remove"),
        ("Di", "leave"), ("Flo", "join"),
    ]  # fmt: skip


def test_a_chat_of_two_is_told(folder: Path) -> None:
    text = "17/03/2023, 21:05 - Ann: hello\n17/03/2023, 21:06 - Me: hi\n"
    with pytest.raises(InputError, match="a one-to-one chat with Ann"):
        read(folder, text, "WhatsApp Chat with Ann.txt")


@pytest.mark.parametrize(
    "name", ["WhatsApp Chat - Ann/_chat.txt", "WhatsApp Chat with Ann (1).txt"]
)
def test_a_chat_of_two_is_told_by_its_folder_and_as_a_second_copy(folder: Path, name: str) -> None:
    text = "[17/03/2023, 21:05:00] Ann: hello\n[17/03/2023, 21:06:00] Me: hi\n"
    with pytest.raises(InputError, match="a one-to-one chat with Ann"):
        read(folder, text, name)


def test_who_talks_of_encryption_has_said_something(folder: Path) -> None:
    text = (
        "17/03/2023, 21:05 - Mums: Messages and calls are end-to-end encrypted. Tap to learn more.\n"
        "17/03/2023, 21:06 - Ann: Is this chat end-to-end encrypted?\n"
    )
    assert people(read(folder, text)) == [("Ann", "Is this chat end-to-end encrypted?")]


def test_a_format_of_dates_settles_where_the_year_is(folder: Path) -> None:
    # By what changes more often the year is first, but somebody knows better; numbers know best.
    days = ((5, 15), (6, 16), (7, 17), (8, 18))
    text = "".join(f"10/{a}/{b}, 09:00 - Ann: a\n" for a, b in days)
    for date_format, right in (
        ("", [datetime(2010, a, b, 9) for a, b in days]),
        ("%m/%d/%y", [datetime(2000 + b, 10, a, 9) for a, b in days]),
        ("%d/%m/%y", [datetime(2000 + b, a, 10, 9) for a, b in days]),
    ):
        found = read(folder, text, date_format=date_format or None)
        assert found.frame["time"].to_list() == right
    certain = read(
        folder, "10/17/15, 09:00 - Ann: a\n10/18/15, 09:00 - Bo: b\n", date_format="%y/%m/%d"
    )
    assert certain.frame["time"].to_list() == [datetime(2015, 10, day, 9) for day in (17, 18)]


def test_a_clock_that_changed_to_unknown_halves_is_no_part_of_a_message(folder: Path) -> None:
    text = "17/03/2023, 21:05 - Ann: a\n17/03/2023, 21:06 - Bo: b\n18/03/2023, 9:05 zz - Ann: c\n"
    with pytest.raises(InputError, match="line 3: a time of another form than the first"):
        read(folder, text)


def test_years_of_two_digits_that_look_like_days(folder: Path) -> None:
    # Once a month, always on the 15th: no reading with the year first goes on in time.
    days = [(2021 + at // 12, at % 12 + 1) for at in range(36)]
    text = "".join(f"15/{month:02}/{year % 100}, 09:00 - Ann: {month}\n" for year, month in days)
    found = read(folder, text).frame["time"].to_list()
    assert found == [datetime(year, month, 15, 9) for year, month in days]
    for few in ("15/01/21, 09:00 - Ann: a\n15/01/22, 09:00 - Bo: b\n15/01/23, 09:00 - Bo: b\n",):
        with pytest.raises(Undecided, match="whether the day or the year comes first"):
            read(folder, few)
