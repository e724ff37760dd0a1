"""Parameters of `userops report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class ReportParams(Params, table="report"):
    """What a report is about, and how it's given out."""

    period: Annotated[Literal["week", "month"], Param("what the report is about", "报告的周期")] = (
        "week"
    )
    against: Annotated[
        Literal["previous", "year"],
        Param(
            "compare with the period before, or a year before",
            "与什么相比：上一期，或去年同期",
        ),
    ] = "previous"
    sections: Annotated[
        str | None,
        Param(
            "only these sections: headline,changes,goals,...",
            "只要这些部分，以逗号分隔：headline,changes,goals,...",
            metavar="NAMES",
            unset="all",
        ),
    ] = None
    template: Annotated[
        str | None,
        Param(
            "folder of your own templates; each file replaces ours",
            "自己的模板，逐个文件替换",
            metavar="DIR",
            taken="file",
        ),
    ] = None
    title: Annotated[str | None, Param("the title", "标题")] = None
    lists: Annotated[
        bool,
        Param(
            "write the lists beside it, as CSV: this week's, segments, winback, replenishment",
            "把名单以 CSV 写在旁边：本周、分群、召回、补货",
            names=("--lists",),
        ),
    ] = False
    since_last: Annotated[
        bool,
        Param(
            "say what changed since the last report here: definitions, settings, late refunds, restated periods",
            "说明自上次报告以来的变化：口径、设置、迟到的退款、被更正的周期",
            names=("--since-last",),
        ),
    ] = False
    email: Annotated[
        bool,
        Param(
            "HTML for e-mail: tables, no charts, inline styles",
            "邮件用 HTML：只有表格，样式内联",
            names=("--email",),
        ),
    ] = False
    pii: Annotated[
        Literal["mask", "hash", "raw"] | None,
        Param(
            "user ids, phones, e-mails: mask, hash (key in USEROPS_PII_KEY), raw",
            "用户编号、手机号、邮箱：遮盖、哈希（密钥在 USEROPS_PII_KEY）、原样",
            unset="mask in the report, raw in lists",
        ),
    ] = None
