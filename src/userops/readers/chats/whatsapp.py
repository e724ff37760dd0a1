"""WhatsApp's exported text, in the forms that phones of several places give it.

`[2019-04-16 02:09] Name: text`, `06.08.2016, 13:23 - Name: text`, `3/17/23, 9:00 AM - Name: text`; halves of the
day also as `p. m.` or 下午. Whether
the day or the month comes first is settled where times are read. Lines without a name are the system's,
and so are such under a name as say who came or went. A line without a time goes on with the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Row = dict[str, str | None]
_MARKS = "\u200e\u200f\ufeff\u202a\u202c"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_TIME = rf"(?:[上下]午)?{_CLOCK}(?:\s?[AaPp]\.?\s?[Mm]\.?)?"
_HALF = re.compile(rf"(?P<zh>[上下]午)?(?P<clock>{_CLOCK})\s?(?P<half>[AaPp]\.?\s?[Mm]\.?)?$")
_DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
_LINE = re.compile(
    rf"^[{_MARKS}]*(?:\[(?P<a>{_DATE},?\s{_TIME})\]\s|(?P<b>{_DATE},?\s{_TIME})\s-\s)(?P<rest>.*)$"
)
_NAMED = re.compile(r"^(?P<name>[^:]{1,80}?):\s(?P<text>.*)$", re.DOTALL)
_SYSTEM = re.compile(
    r"end-to-end encrypted|^.{1,80}? (?:added|removed|left|joined using this group's invite link"
    r"|was added|was removed|created (?:this )?group|changed (?:the|this)|changed their phone number)\b"
)
_ADDED = re.compile(r"^(?P<who>.+?) added (?P<whom>.+?)\.?$")
_REMOVED = re.compile(r"^(?P<who>.+?) removed (?P<whom>.+?)\.?$")
_LEFT = re.compile(r"^(?P<whom>.+?) left\.?$")
_JOINED = re.compile(r"^(?P<whom>.+?) joined using this group's invite link\.?$")
_WAS = re.compile(r"^(?P<whom>.+?) was (?P<what>added|removed)\.?$")
_CREATED = re.compile(r"^(?P<whom>.+?) created (?:this )?group\b")
_LEAST = 2  # lines of the first that must be of this form


def may_be(head: str) -> bool:
    """Whether a text that begins so may be a chat of WhatsApp's."""
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    return bool(lines) and bool(_LINE.match(lines[0])) and sum(bool(_LINE.match(line)) for line in lines) >= min(_LEAST, len(lines))  # fmt: skip


def rows_of(text: str, dataset: str, stem: str) -> list[Row] | None:
    """Rows of messages or of memberships; None where it's no chat of WhatsApp's."""
    if not may_be(text[: 1 << 16]):
        return None
    told = [*_told(text, stem)]
    if dataset == "messages":
        return [
            {"group": stem, "time": time, "user_id": name, "name": name, "kind": kind, "text": said}
            for time, name, kind, said in told
        ]
    return [
        {"group": stem, "time": time, "user_id": whom, "action": action}
        for time, _, kind, said in told
        if kind == "system"
        for whom, action in _steps(said)
    ]


def _told(text: str, stem: str) -> Iterator[tuple[str, str | None, str, str]]:
    """Time, name, kind and text of each message, with the lines that go on with it."""
    open_one: tuple[str, str] | None = None
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            if open_one is not None:
                open_one = open_one[0], f"{open_one[1]}\n{line}"
            continue
        if open_one is not None:
            yield _message(*open_one, stem)
        open_one = _plain(found["a"] or found["b"]), found["rest"]
    if open_one is not None:
        yield _message(*open_one, stem)


def _plain(time: str) -> str:
    """A time as other exports write it."""
    spaced = re.sub(r"[\u202f\u00a0]", " ", time)
    return _HALF.sub(_clock, re.sub(r"^(\d{4}\D\d{1,2}\D\d{1,2}),", r"\1", spaced))


def _clock(found: re.Match[str]) -> str:
    """A time of the day, its half as AM or PM, if it names one."""
    zh, half = found["zh"], found["half"]
    if not zh and not half:
        return found["clock"]
    is_late = zh == "下午" or (half or "")[:1] in ("p", "P")
    return f"{found['clock']} {'PM' if is_late else 'AM'}"


def _message(time: str, rest: str, stem: str) -> tuple[str, str | None, str, str]:
    bare = rest.strip(_MARKS + " ")
    named = _NAMED.match(bare)
    if named is None or _SYSTEM.search(named["name"]):
        return time, None, "system", bare
    name, said = named["name"].strip(_MARKS + " ~"), named["text"]
    is_marked = said[:1] in _MARKS and bool(said)
    said = said.strip(_MARKS + " ")
    # Under the group's name, or marked and told of somebody, it's the system that speaks.
    if name == stem or (is_marked and _SYSTEM.search(said)) or "end-to-end encrypted" in said:
        return time, None, "system", said
    return time, name, "text", said


def _steps(said: str) -> Iterator[tuple[str, str]]:
    """A member and an action for each whom a line of the system tells of."""
    for pattern, action in ((_JOINED, "join"), (_CREATED, "create"), (_LEFT, "leave")):
        if found := pattern.match(said):
            yield found["whom"].strip(_MARKS + " ~"), action
            return
    if found := _WAS.match(said):
        yield found["whom"].strip(_MARKS + " ~"), "join" if found["what"] == "added" else "remove"
        return
    for pattern, action in ((_ADDED, "join"), (_REMOVED, "remove")):
        if found := pattern.match(said):
            for whom in re.split(r",\s+|\s+and\s+", found["whom"]):
                yield whom.strip(_MARKS + " ~"), action
            return
