"""Wrong commands, options and choices: what people call things elsewhere, and what is called so here.

Told in the two lines of every other error: what is wrong, and what to write.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from userops.core.errors import UsageError
from userops.core.shell import quoted

# What commands are called elsewhere.
_COMMANDS = {
    name: command
    for command, names in {
        "segment": "rfm segments segmentation tiers score scores scoring champions clusters 分群 分层",
        "lifecycle": "churn churned stages stage 生命周期 流失",
        "cohorts": "cohort retention retain 留存 同期群",
        "repurchase": "reorder replenish replenishment rebuy repeat 复购",
        "ltv": "clv cltv cac value lifetime payback 用户价值",
        "activity": "active dau mau wau stickiness sessions engagement 活跃",
        "funnel": "funnels path steps 漏斗 转化",
        "channels": "channel attribution roas ads marketing acquisition 渠道 归因",
        "referral": "referrals invite invites invitation leaders viral 裂变 拉新",
        "community": "groups group chats wecom 社群 社区",
        "goals": "goal target targets okr forecast pace 目标",
        "screen": "vip highvalue pareto koc top core 高价值",
        "split": "holdout randomise randomize sample 分组",
        "campaigns": "campaign abtest ab experiment experiments lift coupons 活动 实验",
        "members": "member levels level membership growth 会员 等级",
        "points": "point loyalty 积分",
        "portrait": "profile profiles persona tags tag demographics 画像 标签",
        "contacts": "contact calls call winback outreach crm 触达 名单",
        "business": "profit margin pnl 经营",
        "report": "reports weekly dashboard kpi kpis summary 报告 周报",
        "check": "validate lint inspect verify quality 检查",
        "explain": "define definition docs what 解释",
        "init": "setup config new",
        "demo": "sample example",
        "prepare": "cache store",
    }.items()
    for name in names.split()
}
# What choices of options are called elsewhere.
_CHOICES = {
    "excel": "xlsx", "xls": "xlsx", "spreadsheet": "xlsx", "markdown": "md", "text": "table",
    "txt": "table", "pretty": "table", "ndjson": "jsonl", "pq": "parquet", "web": "html",
    "cn": "zh", "zh-cn": "zh", "zh_cn": "zh", "chinese": "zh", "中文": "zh", "english": "en",
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "d": "day", "w": "week", "m": "month", "gmv": "revenue", "sales": "revenue", "money": "revenue",
}  # fmt: skip
_CHOICE = re.compile(
    r"Invalid value for (.+?): (?:Value error, )?'(.*)' is not one of (.+?)\.?$", re.S
)
_OPTION = re.compile(r"No such option: (\S+?)\.?(?: .*)?$", re.S)
_NO_NUMBER = re.compile(r"Invalid value for '(.+?)'.*: Input should be a valid (integer|number)\b")
_NO_VALUE = re.compile(r"Option '(.+)' requires an argument\.")
_NO_ARGUMENT = re.compile(r"Missing argument '(.+)'\.")
# What is asked for otherwise.
_VERSION = ("version", "ver")


def unknown_command(name: str, commands: Collection[str]) -> UsageError:
    """That no command is called so, and which one is likely meant."""
    if name not in commands and (Path(name).suffix or Path(name).exists()):
        return UsageError(f"{name} is no command", mend=f"userops segment {quoted(name)}")
    near = _COMMANDS.get(name.casefold()) or next(
        iter(get_close_matches(name.casefold(), [*commands, *_COMMANDS], 1, cutoff=0.7)), None
    )
    meant = _COMMANDS.get(near, near) if near else None
    if name == "help":
        return UsageError("no command is called help", mend="userops --help")
    if name in _VERSION:
        return UsageError(f"no command is called {name}", mend="userops --version")
    return UsageError(
        f"no command is called {name}",
        mend=f"userops {meant}" if meant else "userops --help lists them",
    )


def as_error(message: str, command: str, options: Collection[str]) -> UsageError:
    """What Typer found wrong, as an error of ours.

    Args:
        message: Typer's own sentence.
        command: what was called, `userops cohorts`.
        options: the command's options.
    """
    if match := _CHOICE.match(message):
        option, value, listed = match.groups()
        choices = [choice.strip(" '") for choice in listed.split(",")]
        option = option.replace("'", "").partition(" / ")[0]
        known = _CHOICES.get(value.casefold())
        near = [known] if known in choices else get_close_matches(value, choices, 1, cutoff=0.5)
        hint = f"{option} {near[0]}; " if near else ""
        return UsageError(
            f"{option} can't be {value}", mend=f"{hint}there are: {', '.join(choices)}"
        )
    if match := _OPTION.match(message):
        name = match[1]
        near = get_close_matches(name, options, 1, cutoff=0.6)
        return UsageError(
            f"{command} has no option {name}",
            mend=f"{near[0]}; {command} --help lists them" if near else f"{command} --help",
        )
    if match := _NO_NUMBER.match(message):
        option, kind = match.groups()
        problem = (
            f"{option} takes a whole number" if kind == "integer" else f"{option} takes a number"
        )
        return UsageError(problem, mend=f"{command} --help")
    if match := _NO_VALUE.match(message):
        return UsageError(f"{match[1]} stands without a value", mend=f"{match[1]} VALUE")
    if match := _NO_ARGUMENT.match(message):
        return UsageError(f"no {match[1]} given", mend=f"{command} {match[1]}")
    return UsageError(message, mend=f"{command} --help")
