"""The language that this run speaks: as asked for, else as settled, else as the system's is.

`--lang` goes before `lang` in userops.toml, and that before the system (`LANGUAGE`, `LC_ALL`, `LC_MESSAGES`,
`LANG`, as gettext reads them). It's settled before anything is parsed, so that help pages and mistakes
on the command line are in it, too. Machine formats go by what was asked or settled alone: a file that
programs read is the same on every machine.

Only the command line settles it; a program that imports `userops` has English unless it says otherwise.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Literal

Lang = Literal["en", "zh"]

_SETTINGS = "userops.toml"
# Asked for by the command line or the settings; the system's.
_settled: dict[Literal["asked", "system"], Lang | None] = {}


def settle(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> None:
    """Settle the language by a command line, the settings that it names, and the environment."""
    option = _known(_option(arguments, "--lang"))
    _settled["asked"] = option or _of_settings(_option(arguments, "--config"))
    _settled["system"] = of_environment(environment)


def asked() -> Lang | None:
    """The language that somebody asked for or settled; None where nobody did."""
    return _settled.get("asked")


def spoken() -> Lang:
    """The language that people are spoken to in."""
    return _settled.get("asked") or _settled.get("system") or "en"


def of_environment(environment: Mapping[str, str]) -> Lang:
    """The language of the system's messages; English where it's none of ours.

    As gettext has it: the first that's set of `LC_ALL`, `LC_MESSAGES` and `LANG` is the locale, and
    `LANGUAGE`, a list, goes before it unless the locale is `C`.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "C")
    if re.split(r"[.@]", locale)[0] in ("C", "POSIX"):
        return "en"
    listed = environment.get("LANGUAGE", "").split(":")
    return next((lang for name in (*listed, locale) if (lang := _known(name[:2].lower()))), "en")


def _known(name: str | None) -> Lang | None:
    return "zh" if name == "zh" else "en" if name == "en" else None


def _option(arguments: Sequence[str], option: str) -> str | None:
    """What an option gives, as the last has it: help and mistakes come before anything is parsed."""
    value = None
    for argument, following in zip_longest(arguments, arguments[1:]):
        if argument == "--":
            break
        if argument == option:
            value = following
        elif argument.startswith(f"{option}="):
            value = argument.partition("=")[2]
    return value


def _of_settings(path: str | None) -> Lang | None:
    """The language of a settings file; what's wrong in it is said when it's loaded."""
    try:
        text = Path(path or _SETTINGS).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        return None
    # The key stands above all tables; TOML's parser takes longer than the rest of `--help`.
    head = re.split(r"^\s*\[", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = re.search(r"""^\s*lang\s*=\s*(["'])(\w+)\1""", head, re.MULTILINE)
    return _known(found[2]) if found else None
