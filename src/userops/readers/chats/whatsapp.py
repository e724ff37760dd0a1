"""WhatsApp's exported text, in the forms that phones of many places give it.

`[2019-04-16 02:09] Name: text`, `06.08.2016, 13:23 - Name: text`, `3/17/23, 9:00 AM - Name: text`: the times are
read in `whatsapp_times`. Lines without a name are the system's, and so are such under a name as say who came or
went. A line without a time goes on with the one before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from userops.core.errors import InputError
from userops.readers.chats import whatsapp_times as times

Row = dict[str, str | None]
_NAMED = re.compile(r"^(?P<name>[^:]{1,80}?):(?:\s(?P<text>.*))?$", re.DOTALL)
_SYSTEM = re.compile(
    r"end-to-end encrypted|^.{1,80}? (?:added|removed|left|joined (?:using|via|from|this|the)"
    r"|was added|was removed|created (?:this )?group|changed (?:the|this)|changed their phone number)\b"
)
# What the system says where an export has lost its marks, and stands under a name.
_ENCRYPTED = re.compile(r"^Messages(?: \w+){1,8} end-to-end encrypted\b")
_UNCLOSED = re.compile(r'["“„«「][^"”“»」]*$')
_DELETED = re.compile(
    r"^(?:This message was deleted|You deleted this message|Diese Nachricht wurde gelöscht|Du hast diese Nachricht gelöscht"
    r"|Se eliminó este mensaje|Eliminaste este mensaje|Ce message a été supprimé|Mensagem apagada|Esta mensagem foi apagada"
    r"|Questo messaggio è stato eliminato|Dit bericht is verwijderd|Tämä viesti poistettiin|此訊息已刪除|此消息已删除|已刪除此訊息)\.?$"
)
_ADDED = re.compile(r"^(?P<who>.+?) added (?P<whom>.+?)\.?$")
_REMOVED = re.compile(r"^(?P<who>.+?) removed (?P<whom>.+?)\.?$")
_LEFT = re.compile(r"^(?P<whom>.+?) left\.?$")
_JOINED = re.compile(r"^(?P<whom>.+?) joined (?:using|via|from|this|the) .+$")
_WAS = re.compile(r"^(?P<whom>.+?) was (?P<what>added|removed)\.?$")
_CREATED = re.compile(r"^(?P<whom>.+?) created (?:this )?group\b")
_PADDING = f"{times.MARKS} \u00a0\u202f"
_LEAST = 2  # lines of the first that must be of this form
_PAIR = 2
_LONGEST = 120  # characters before what's said
_FEW = 0.01  # of all lines: so many of another form may stand within messages
# What phones put before a group's name in that of a file.
_FILE = re.compile(
    r"^(?:WhatsApp Chat with |WhatsApp Chat - |WhatsApp[- ]Chat mit |Chat de WhatsApp con |Conversa do WhatsApp com "
    r"|Discussion WhatsApp avec |Chat WhatsApp con |WhatsApp-chat met )"
)
_AGAIN = re.compile(r" \(\d+\)$")  # what browsers put behind the name of a second copy
_UNNAMED = "_chat"  # what every phone of one maker calls its exports


def may_be(head: str) -> bool:
    """Whether a text that begins so may be a chat of WhatsApp's."""
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    found = [one[0] for line in lines if (one := times.parts(line))]
    if not lines or times.parts(lines[0]) is None:
        return False
    return found.count(found[0]) >= min(_LEAST, len(lines))


def rows_of(text: str, dataset: str, name: str, date_format: str = "") -> list[Row] | None:
    """Rows of messages or of memberships; None where it's no chat of WhatsApp's.

    A format of dates settles which part is the day, where they don't tell themselves.

    Raises:
        InputError: its times can't be read.
    """
    if not may_be(text[: 1 << 16]):
        return None
    lines = _lines(text, name)
    group, speaks = _group(name, lines)
    written = times.written([one for one, _ in lines], name, date_format)
    told = [(when, *_message(said, speaks)) for when, (_, said) in zip(written, lines, strict=True)]
    _check_group(name, group, {who for _, who, _, _ in told if who})
    if dataset == "messages":
        return [
            {"group": group, "time": time, "user_id": who, "name": who, "kind": kind, "text": said}
            for time, who, kind, said in told
        ]
    return [
        {"group": group, "time": time, "user_id": whom, "action": action}
        for time, _, kind, said in told
        if kind == "system"
        for whom, action in _steps(said)
    ]


def _lines(text: str, name: str) -> list[tuple[times.Stamp, str]]:
    """When each message is of, and what stands behind that, with the lines that go on with it.

    Raises:
        InputError: a time can't be read, or messages are of another form than the first.
    """
    found: list[tuple[times.Stamp, list[str]]] = []
    form, others = "", list[tuple[int, str]]()
    for number, line in enumerate(text.splitlines(), start=1):
        parts = times.parts(line)
        form = form or (parts[0] if parts else "")
        stamp = times.stamp_of(parts[1]) if parts else None
        if parts is None or parts[0] != form:
            # What was copied from a chat has its clock first.
            if parts and (stamp.dated_first if stamp else times.is_dated_first(parts[0])):
                others.append((number, _name(parts[2])))
            if found:
                found[-1][1].append(line)
            continue
        if stamp is None:
            raise InputError(
                f"{name}: line {number:,}: a time of a form that isn't known: {parts[1]!r}",
                mend="set the phone's language to English, and export the chat again",
            )
        found.append((stamp, [parts[2]]))
    _check_one_form(name, [said[0] for _, said in found], others)
    return [(stamp, "\n".join(said)) for stamp, said in found]


def _check_one_form(name: str, messages: Sequence[str], others: Sequence[tuple[int, str]]) -> None:
    """That lines whose time has another form are no messages, but parts of some: nobody known wrote them.

    Raises:
        InputError: they may be.
    """
    named = [(line, who) for line, who in others if who]
    known = {_name(said) for said in messages} if named else set()
    if len(named) > _FEW * len(messages) or any(who in known for _, who in named):
        raise InputError(
            f"{name}: line {named[0][0]:,}: a time of another form than the first",
            mend="exports of several phones in one file? put each into a file of its own",
        )


def _name(rest: str) -> str:
    """Under whose name a message stands; empty for none."""
    named = _NAMED.match(rest.strip(_PADDING))
    return named["name"].strip(_PADDING + "~") if named else ""


def _group(name: str, lines: Sequence[tuple[times.Stamp, str]]) -> tuple[str, str]:
    """What the group is called, and under which name the system speaks, if it does.

    The group is called by its file, or, where that says nothing, as who speaks first if that's the system.
    """
    stem, first = Path(name).stem, _name(lines[0][1])
    said = _text(lines[0][1])
    is_system = _is_marked(first, lines) and not _is_told(said, first) and said[:1] != "<"
    if stem == _UNNAMED:
        stem = first if is_system else Path(name).resolve().parent.name or stem
    group = _FILE.sub("", stem)
    return group, first if is_system else group if _is_marked(group, lines) else ""


def _is_marked(who: str, lines: Sequence[tuple[times.Stamp, str]]) -> bool:
    """Whether all that stands under a name is marked, as the system's lines are."""
    begins = f"{who}:"
    said = [said for _, said in lines if begins in said[:_LONGEST] and _name(said) == who]
    return bool(who and said) and all(_marked(one) for one in said)


def _text(rest: str) -> str:
    """What stands behind a name."""
    return rest.partition(":")[2].strip(_PADDING)


def _marked(rest: str) -> bool:
    """Whether what stands behind a name has a mark before it."""
    return rest.partition(":")[2].lstrip(" ").startswith(tuple(times.MARKS))


def _check_group(name: str, group: str, writers: Collection[str]) -> None:
    """That it isn't a chat of two, which is called as one of them.

    Raises:
        InputError: it is.
    """
    who = group if group in writers else _AGAIN.sub("", group)
    if who in writers and len(writers) <= _PAIR:
        raise InputError(
            f"{name}: a one-to-one chat with {who}, and only groups count",
            mend="export the messages of groups",
        )


def _message(rest: str, speaks: str) -> tuple[str | None, str, str]:
    """Name, kind and text of a message; the system `speaks` under a name of its own, if it has one."""
    bare = rest.strip(_PADDING)
    named = _NAMED.match(bare)
    if named is None or _SYSTEM.search(named["name"]) or _UNCLOSED.search(named["name"]):
        return None, "system", bare
    name, said = named["name"].strip(_PADDING + "~"), named["text"] or ""
    is_marked = said[:1] in times.MARKS and bool(said)
    said = said.strip(_PADDING)
    # Under the group's name, or marked and told of somebody, it's the system that speaks.
    if name == speaks or (is_marked and _is_told(said, name)) or _ENCRYPTED.match(said):
        return None, "system", said
    return name, "recalled" if _DELETED.match(said) else "text", said


def _is_told(said: str, name: str) -> bool:
    """Whether a text tells of somebody: in English, or, in any language, of whom it stands under."""
    return bool(_SYSTEM.search(said)) or said.lstrip("~" + _PADDING).startswith(name)


def _steps(said: str) -> Iterator[tuple[str, str]]:
    """A member and an action for each whom a line of the system tells of."""
    for pattern, action in ((_JOINED, "join"), (_CREATED, "create"), (_LEFT, "leave")):
        if found := pattern.match(said):
            yield found["whom"].strip(_PADDING + "~"), action
            return
    if found := _WAS.match(said):
        yield found["whom"].strip(_PADDING + "~"), "join" if found["what"] == "added" else "remove"
        return
    for pattern, action in ((_ADDED, "join"), (_REMOVED, "remove")):
        if found := pattern.match(said):
            for whom in re.split(r",\s+(?:and\s+)?|\s+and\s+", found["whom"]):
                yield whom.strip(_PADDING + "~"), action
            return
