"""Texts of others as people see them: nothing in them acts, reorders or hides."""

from __future__ import annotations

import re

# Controls, what reorders or hides text, and halves of characters. Joiners stay: emoji and Indic
# scripts need them.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def escaped(json: str) -> str:
    r"""JSON in which what a terminal would act on stands as `\u009b`: the same JSON."""
    return json if json.isprintable() else _HIDDEN.sub(_escape, json)


def stripped(text: str) -> str:
    """Lines of text in which what a terminal would act on is replaced."""
    return text if text.isprintable() else _HIDDEN.sub(_replacement, text)


def visible(text: str) -> str:
    """Text on one line in which nothing acts: controls stand as pictures (␊) or as codes."""
    return text if text.isprintable() else _HIDDEN.sub(_picture, text)


def named(path: str) -> str:
    r"""A file's name as text that can be written anywhere: bytes that aren't UTF-8 as `\xb6`."""
    if path.isascii():
        return path
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return whole(path)


def whole(text: str) -> str:
    r"""Text whose halves of surrogate pairs are joined, or stand as `\ud800`, each its own."""
    if text.isascii():
        return text
    pairs = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return pairs.encode("utf-8", "backslashreplace").decode()


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file's name
        return f"\\x{code - 0xDC00:02x}"
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _escape(match: re.Match[str]) -> str:
    return match[0] if match[0] in "\n\t" else f"\\u{ord(match[0]):04x}"


def _replacement(match: re.Match[str]) -> str:
    return match[0] if match[0] in "\n\t" else "\ufffd"
