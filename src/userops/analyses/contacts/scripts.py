"""What to say on the phone, in two languages, with the facts filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

import polars as pl

from userops.analyses.contacts.params import ContactRule
from userops.core.errors import UsageError

# Facts that a script can name, beside the columns of users that conditions can ask.
FACTS = (
    "days_since_order", "orders", "first_order", "last_order", "category", "bought_on", "due_date",
    "coupon", "expires", "points", "level", "next_level", "missing",
)  # fmt: skip

# By the reason, and where a fact may be missing by the reason without it: English, Chinese.
_OURS: dict[str, tuple[str, str]] = {
    "new": (
        "Thank you for your first order on {first_order}. Did everything arrive well? I can help with first use, and show what others take next.",
        "感谢您 {first_order} 的首次下单，东西都收到了吗？使用上有问题可以问我，也可以看看大家接着买什么。",
    ),
    "new without first_order": (
        "Welcome! May I help you find something to start with?",
        "欢迎加入！需要我帮您挑一款先试试吗？",
    ),
    "replenish": (
        "Your {category} of {bought_on} should last until about {due_date}. Shall I put the same aside for you?",
        "您 {bought_on} 买的{category}大约能用到 {due_date}，需要我按上次的给您备好吗？",
    ),
    "replenish without category": (
        "What you bought on {bought_on} should last until about {due_date}. Shall I put the same aside for you?",
        "您 {bought_on} 买的东西大约能用到 {due_date}，需要我按上次的给您备好吗？",
    ),
    "coupon": (
        "You have a coupon {coupon} that is still unused; it is good until {expires}. Shall I help you use it?",
        "您有一张{coupon}还没用，{expires} 前有效，需要我帮您用上吗？",
    ),
    "coupon without expires": (
        "You have a coupon {coupon} that is still unused. Shall I help you use it?",
        "您有一张{coupon}还没用，需要我帮您用上吗？",
    ),
    "coupon without coupon": (
        "You have a coupon that is still unused. Shall I help you use it?",
        "您有一张优惠券还没用，需要我帮您用上吗？",
    ),
    "winback": (
        "It's been {days_since_order} days since your last order on {last_order}. Was anything not right? Here is what's new since then.",
        "距您 {last_order} 上次下单已有 {days_since_order} 天了，是有什么不满意吗？这段时间上了一些新品。",
    ),
    "churn": (
        "We haven't seen you since {last_order}. Is there anything that I can do better for you?",
        "自 {last_order} 以来一直没见您来，有什么我可以为您做得更好的吗？",
    ),
    "churn without last_order": (
        "Is there anything that I can do better for you?",
        "有什么我可以为您做得更好的吗？",
    ),
    "birthday": (
        "Happy birthday! There is a small present waiting for you.",
        "生日快乐！我们为您准备了一份小礼物。",
    ),
    "level": (
        "You are {missing} short of level {next_level}. Shall I show you what would get you there?",
        "您再有 {missing} 就能升到{next_level}，需要我帮您看看怎么凑吗？",
    ),
    "level without next_level": (
        "Your level {level} ends on {expires}; {missing} more will keep it. Shall I show you what would do?",
        "您的{level}将于 {expires} 到期，再有 {missing} 就能保级，需要我帮您看看怎么凑吗？",
    ),
    "points": (
        "{points} of your points expire on {expires}. Shall I show you what you can get for them?",
        "您有 {points} 积分将于 {expires} 过期，需要我帮您看看能换什么吗？",
    ),
}  # fmt: skip
_PLAIN = (
    "How are you getting on with what you bought? Is there anything you need?",
    "您买的东西用得怎么样？还需要什么吗？",
)
_WITHOUT = " without "


def scripts(frame: pl.DataFrame, rules: Sequence[ContactRule], *, chinese: bool) -> pl.Series:
    """The script of each row, by its `reason` and facts.

    Raises:
        UsageError: a script of the settings names a fact that there isn't.
    """
    own = {rule.name: rule.script for rule in rules if rule.script}
    texts = [
        pl.when(pl.col("reason") == reason).then(_of_reason(reason, own, frame, chinese=chinese))
        for reason in frame["reason"].unique().sort()
    ]
    if not texts:
        return pl.Series("script", [], dtype=pl.String)
    return frame.select(pl.coalesce(texts).alias("script"))["script"]


def _of_reason(
    reason: str, own: Mapping[str, str], frame: pl.DataFrame, *, chinese: bool
) -> pl.Expr:
    if reason in own:
        return _filled(own[reason], frame, reason)
    plain = _OURS.get(reason, _PLAIN)[chinese]
    variants = {
        key.partition(_WITHOUT)[2]: text[chinese]
        for key, text in _OURS.items()
        if key.startswith(f"{reason}{_WITHOUT}")
    }
    if not variants:
        return _filled(plain, frame, reason)
    without = [
        pl.when(pl.col(fact).is_null()).then(_filled(text, frame, reason))
        for fact, text in reversed(variants.items())
    ]
    return pl.coalesce(*without, _filled(plain, frame, reason))


def _filled(template: str, frame: pl.DataFrame, reason: str) -> pl.Expr:
    """A template with its facts, as text; blank where they aren't known."""
    pieces, columns = [], []
    for text, name, _, _ in Formatter().parse(template):
        pieces.append(text)
        if name is not None:
            if name not in frame.columns:
                known = [one for one in (*FACTS, *frame.columns) if one in frame.columns]
                raise UsageError.unknown(
                    f"fact in the script of {reason}", name, dict.fromkeys(known)
                )
            columns.append(pl.col(name).cast(pl.String).fill_null(""))
            pieces.append("{}")
    return pl.format("".join(pieces), *columns) if columns else pl.lit("".join(pieces))
