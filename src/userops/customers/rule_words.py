"""Rules that grant points or growth, in words: English, or Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from userops.core.conditions import parsed
from userops.core.conditions.words import in_words as condition_in_words
from userops.customers.granting_rules import ORDER, GrantingRule, PointsRule

Lang = Literal["en", "zh"]

_OF = {
    "en": {"amount": "paid", "seconds": "seconds", "value": "of its value", "count": "in a day"},
    "zh": {"amount": "实付金额", "seconds": "秒数", "value": "数值", "count": "当天次数"},
}
_EACH = {
    "en": {"event": "each time", "day": "once a day", "order": "each order"},
    "zh": {"event": "每次", "day": "每天一次", "order": "每单"},
}
_ROUND = {
    "en": {"month": "month", "quarter": "quarter", "year": "year"},
    "zh": {"month": "月末", "quarter": "季末", "year": "年末"},
}


def in_words(rule: GrantingRule, lang: Lang = "en") -> str:
    """A rule as a person would say it.

    >>> in_words(GrantingRule("browse", 10, over=40, each="day"))
    'browse: 10 once a day, for more than 40 seconds'
    """
    name = rule.name or rule.event
    comma, colon = (", ", ": ") if lang == "en" else ("，", "：")
    called = name if name == rule.event else f"{name} ({rule.event})"
    return f"{called}{colon}{comma.join(_parts(rule, lang))}"


def _parts(rule: GrantingRule, lang: Lang) -> Iterator[str]:
    is_order = rule.event.strip().casefold() == ORDER
    counts = is_order and rule.each == "day" and rule.per is None
    per_of = rule.of or ("amount" if is_order else "value")
    over_of = rule.of or ("count" if counts else "amount" if is_order else "seconds")
    each = _EACH[lang]["order" if is_order and rule.each == "event" else rule.each]
    english = lang == "en"
    if rule.per is not None:
        of = _OF[lang][per_of]
        yield (
            f"{rule.points} for every {rule.per:g} {of}, {each}"
            if english
            else f"{each}，{of}每 {rule.per:g} 给 {rule.points}"
        )
    else:
        yield f"{rule.points} {each}" if english else f"{each}给 {rule.points}"
    if rule.over is not None:
        of = _OF[lang][over_of]
        yield f"for more than {rule.over:g} {of}" if english else f"{of}超过 {rule.over:g} 才给"
    if rule.when:
        said = condition_in_words(parsed(rule.when), lang)
        yield f"where {said}" if english else f"条件：{said}"
    if rule.cap_day is not None:
        yield f"at most {rule.cap_day} a day" if english else f"每天最多 {rule.cap_day}"
    if rule.cap_user is not None:
        yield f"at most {rule.cap_user} a user" if english else f"每人最多 {rule.cap_user}"
    if isinstance(rule, PointsRule) and rule.valid:
        yield f"living {rule.valid}" if english else f"有效期 {rule.valid}"
    if isinstance(rule, PointsRule) and rule.round:
        end = _ROUND[lang][rule.round]
        yield f"to the end of its {end}" if english else f"延到{end}"
