"""IRC logs as irssi, WeeChat and ZNC (energymech) write them by default.

    irssi    `--- Log opened Tue Jan 16 15:12:02 2024`, `15:12 < ann> text`, `15:13 -!- bo [u@h] has joined #c`
    WeeChat  `2024-01-16 15:12:02<tab>ann<tab>text`, `...<tab>--><tab>bo (u@h) has joined #c`
    ZNC      `[15:12:02] <ann> text`, `[15:13:00] *** Joins: bo (u@h)`; the day is in the file's name,
              the channel in that or its folder's

A person is a nick: one who takes another is followed, for as long as the log sees that one. Logs whose
client writes other forms, or names of days in another language, are no such logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from userops.core.errors import InputError

Row = dict[str, str | None]
Line = tuple[str, str]  # when, and what a client wrote
_OPENED = re.compile(
    r"^--- (?:Log opened|Day changed) \w{3} (\w{3}) +(\d{1,2}) (?:[\d:]{8} )?(\d{4})$"
)
_IRSSI = re.compile(r"^(\d\d:\d\d)(?::\d\d)?\s(.*)$")
_WEECHAT = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\t([^\t]*)\t(.*)$")
_ZNC = re.compile(r"^\[(\d\d:\d\d:\d\d)\] (<[^>\s]+> .*|\*\*\* .*|\* .*|-\S+- .*)$")
_DAY = re.compile(r"[._-]?(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_MARKS = ("-->", "<--", "--")
_FORMATTING = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|[\x02\x0f\x11\x16\x1d-\x1f]")
_MODES = "~&@%+ "
_WHO = r"(?P<who>\S+) (?:\[\S*\]|\(\S*\))"
# What lines that nobody wrote say, whichever the client.
_STEPS = (
    ("join", re.compile(rf"^(?:{_WHO} has joined (?P<where>\S+)|Joins: (?P<also>\S+) )")),
    ("leave", re.compile(rf"^(?:{_WHO} has (?:left(?: (?P<where>\S+))?|quit)\b|(?:Parts|Quits): (?P<also>\S+) )")),
    ("remove", re.compile(r"^(?:(?P<who>\S+) was kicked (?:from (?P<where>\S+) )?by |\S+ has kicked (?P<also>\S+))")),
)  # fmt: skip
_RENAMED = re.compile(r"^(?P<who>\S+) is now known as (?P<new>\S+)$")


def may_be(head: str) -> bool:
    """Whether a text that begins so may be such a log."""
    return _client(head) is not None


def _client(head: str) -> str | None:
    lines = [line for line in head.splitlines()[:200] if line.strip()]
    if not lines:
        return None
    if _OPENED.match(lines[0]) and lines[0].startswith("--- Log opened"):
        return "irssi"
    if all(map(_ZNC.match, lines[:-1] or lines)):
        return "ZNC"
    told = [_WEECHAT.match(line) for line in lines[:-1] or lines]
    # A table of time, name and text has none of a client's marks.
    if all(told) and any(one and one[2].strip() in _MARKS for one in told):
        return "WeeChat"
    return None


def rows_of(text: str, dataset: str, name: str) -> list[Row] | None:
    """Rows of messages or of memberships; None where it's no such log.

    Raises:
        InputError: no day is in the name of a log whose lines have none.
    """
    client, stem = _client(text[: 1 << 16]), Path(name).stem
    if client is None:
        return None
    lines = _FORMATTING.sub("", text).splitlines()
    told = {"irssi": _of_irssi, "WeeChat": _of_weechat, "ZNC": _of_znc}[client]
    found = [*_people(told(lines, stem))]
    rooms = {where for *_, where in found if where}
    # A file a day stands in the folder of its channel.
    folder = Path(name).resolve().parent.name
    room = rooms.pop() if len(rooms) == 1 else _DAY.sub("", stem) or folder or stem
    if dataset == "messages":
        return [
            {"group": room, "time": when, "user_id": who, "name": who, "kind": kind, "text": said}
            for when, who, kind, said, _ in found
            if kind == "text"
        ]
    return [
        {"group": room, "time": when, "user_id": who, "action": kind}
        for when, who, kind, _, _ in found
        if kind != "text"
    ]


def _of_irssi(lines: Sequence[str], stem: str) -> Iterator[Line]:
    day = ""
    for line in lines:
        if opened := _OPENED.match(line):
            try:
                day = datetime.strptime(" ".join(opened.groups()), "%b %d %Y").date().isoformat()
            except ValueError:
                raise InputError(
                    f"{stem}: a log whose days have no English names: {line!r}",
                    mend="write it anew with LC_TIME=C, or as a table",
                ) from None
        elif found := _IRSSI.match(line):
            yield f"{day} {found[1]}:00", found[2].replace("-!- ", "*** ", 1).strip()


def _of_weechat(lines: Sequence[str], stem: str) -> Iterator[Line]:
    for line in lines:
        if not (found := _WEECHAT.match(line)):
            continue
        mark, said = found[2].strip(), found[3]
        if mark in _MARKS:
            yield found[1], f"*** {said}"
        elif mark == "*":
            yield found[1], f"* {said}"
        elif mark:
            yield found[1], f"<{mark}> {said}"


def _of_znc(lines: Sequence[str], stem: str) -> Iterator[Line]:
    try:
        found = _DAY.search(stem)
        day = date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        day = None
    if day is None:
        raise InputError(
            f"{stem}: a log whose lines have no day",
            mend="keep the day in its name: 2024-01-16.log",
        )
    for line in lines:
        if told := _ZNC.match(line):
            yield f"{day} {told[1]}", told[2]


def _people(lines: Iterator[Line]) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Time, person, kind (text, join, leave, remove), text and room of what lines tell."""
    known: dict[str, str] = {}  # a nick of now, and the first of who has it
    for when, said in lines:
        if said.startswith("*** "):
            event = said[4:]
            if renamed := _RENAMED.match(event):
                known[renamed["new"]] = known.pop(renamed["who"], renamed["who"])
                continue
            for action, pattern in _STEPS:
                if step := pattern.match(event):
                    nick = (step["who"] or step["also"]).lstrip(_MODES)
                    person = known.get(nick, nick)
                    if action != "join":
                        known.pop(nick, None)
                    yield when, person, action, "", step.groupdict().get("where")
                    break
        elif written := re.match(r"^(?:<\s?(?P<a>[^>]+)>|\* (?P<b>\S+))\s?(?P<text>.*)$", said):
            nick = (written["a"] or written["b"]).lstrip(_MODES)
            yield when, known.get(nick, nick), "text", written["text"], None
