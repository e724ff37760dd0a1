"""Every word a reader meets, in English and Chinese.

Code and machine formats use keys: snake_case column and table names, English words of
the vocabulary. What people read (terminal, Markdown, HTML, workbook) goes through
`column`, `title` and `phrase`. A key without an entry is shown as it is, so a
user's own segment names and playbook lines need none.
"""

from __future__ import annotations

from typing import Literal

Lang = Literal["en", "zh"]

# Column: English, Chinese.
COLUMNS: dict[str, tuple[str, str]] = {
    "user_id": ("User", "用户"),
    "first_order": ("First order", "首单日期"),
    "last_order": ("Last order", "末单日期"),
    "recency_days": ("Recency (days)", "距上次下单（天）"),
    "frequency": ("Orders", "订单数"),
    "monetary": ("Net spend", "净消费额"),
    "r_score": ("R", "R 分"),
    "f_score": ("F", "F 分"),
    "m_score": ("M", "M 分"),
    "rfm_score": ("RFM", "RFM 得分"),
    "segment": ("Segment", "分群"),
    "tier": ("Tier", "层级"),
    "action": ("Action", "建议动作"),
    "users": ("Users", "用户数"),
    "users_share": ("Share of users", "用户占比"),
    "orders": ("Orders", "订单数"),
    "revenue": ("Net revenue", "净收入"),
    "revenue_share": ("Share of revenue", "收入占比"),
    "mean_recency_days": ("Mean recency (days)", "平均距上次下单（天）"),
    "mean_frequency": ("Mean orders", "人均订单数"),
    "mean_monetary": ("Mean net spend", "人均净消费"),
    "metric": ("Metric", "指标"),
    "score": ("Score", "分值"),
    "lower": ("Above", "大于"),
    "upper": ("Up to", "至多"),
}

# Table: English, Chinese.
TITLES: dict[str, tuple[str, str]] = {
    "users": ("Users", "用户"),
    "summary": ("Summary", "概览"),
    "tiers": ("Tiers", "层级"),
    "cuts": ("Cut points", "切分点"),
}

# English phrase (a word of the vocabulary, a playbook line): Chinese.
PHRASES: dict[str, str] = {
    # Drawn by render.
    "yes": "是",
    "no": "否",
    "no rows": "没有数据",
    "{rows} more rows: write them with -o FILE, or pipe": (
        "还有 {rows} 行：用 -o 文件 写出，或接管道"
    ),
    "too narrow for: {columns}": "宽度不够，未显示：{columns}",
}


def column(name: str, lang: Lang) -> str:
    """The label of a column."""
    known = COLUMNS.get(name)
    if known:
        return known[lang == "zh"]
    return name.replace("_", " ").capitalize() if lang == "en" else name


def title(name: str, lang: Lang) -> str:
    """The title of a table."""
    known = TITLES.get(name)
    return known[lang == "zh"] if known else name.replace("_", " ").capitalize()


def phrase(text: str, lang: Lang) -> str:
    """A word or a sentence of ours, in the reader's language."""
    return PHRASES.get(text, text) if lang == "zh" else text
