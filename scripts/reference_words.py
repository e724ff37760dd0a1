"""What the pages of the reference say themselves, in English and Chinese."""

from __future__ import annotations

from userops.language import words
from userops.language.sentences import in_chinese
from userops.language.words import Lang

_SAID: dict[str, tuple[str, str]] = {
    "intro": (
        "Written by `make reference` from the declarations in the source: don't edit these pages.\n\n"
        "Every parameter is an option of its command, a keyword of its Python function, and where a setting is "
        "named a key of that table in `userops.toml`. `userops explain WORD` shows the same definitions on the "
        "command line.",
        "由 `make reference` 根据源码中的声明生成，请勿手工修改。\n\n"
        "每个参数都是命令的选项、Python 函数的关键字；注明设置项的，也可写在 `userops.toml` 的相应表中。"
        "命令行里用 `userops explain 词语 --lang zh` 查看同样的定义。",
    ),
    "Reference": ("Reference", "参考手册"),
    "command": ("command", "命令"),
    "what it does": ("what it does", "作用"),
    "options": ("Options of all commands", "通用选项"),
    "about options": (
        "These mean the same on every command that has them.",
        "下列选项在各个命令中含义相同。",
    ),
    "settings": ("Settings (userops.toml)", "设置（userops.toml）"),
    "about settings": (
        "`userops init` writes this file with a comment on each key. An option on the command line goes before "
        "a setting; paths start from the file's own folder; an unknown key is an error.",
        "`userops init` 会写出带注释的设置文件。命令行选项优先于设置；路径从设置文件所在文件夹算起；"
        "写错的键会报错。",
    ),
    "about [exports]": (
        "Which files hold what: lists of files, globs or folders. With them, commands need no arguments.",
        "哪些文件是什么数据：文件、通配符或文件夹的列表。写好之后，命令不用再带参数。",
    ),
    "about [reading]": (
        "How exports are read; each key is the option of that name (see the options of all commands): `source`, "
        "`encoding`, `date_format`, `decimal`, `tz`, `max_rejects`, `totals`, `amount`, `refunds`, `refunds_by`, "
        "`order_id`, `nobody`, `header`, `lines`, `channel`.",
        "如何读取导出；各键即同名的通用选项：`source`、`encoding`、`date_format`、`decimal`、`tz`、"
        "`max_rejects`、`totals`、`amount`、`refunds`、`refunds_by`、`order_id`、`nobody`、`header`、"
        "`lines`、`channel`。",
    ),
    "about [columns]": (
        'Which column is which field, as `--map` says it: `user_id = "Member"`.',
        '哪一列是哪个字段，同 `--map`：`user_id = "会员号"`。',
    ),
    "about [status]": (
        'What an order status means, as `--status` says it: `"delivered" = "valid"`; also `void`, `refunded`.',
        '订单状态的含义，同 `--status`：`"已签收" = "valid"`；另有 `void`（无效）、`refunded`（已退款）。',
    ),
    "about [currency]": (
        "`code` is the currency that tables are in; `rates` what others are worth in it: `rates = { USD = 7.1 }`.",
        "`code` 为表格所用的货币；`rates` 为其他货币的汇率：`rates = { USD = 7.1 }`。",
    ),
    "top level": ("Top level", "顶层"),
    "exports": ("Exports and their columns", "导出数据及其列"),
    "about exports": (
        "What an export of each kind can hold. A column is found by its header (the names are examples; case, "
        "blanks and punctuation don't matter), and its values must support the name. `--map FIELD=COLUMN` says it "
        "otherwise.",
        "每种导出可以有哪些列。列按表头识别（下列名称为示例，不区分大小写、空格与标点），且其中的值必须与名称相符；"
        "可用 `--map 字段=列名` 指定。",
    ),
    "definitions": ("Definitions", "名词定义"),
    "about definitions": (
        "Every word that tables and reports use, by the command that shows it. `userops explain WORD` also says "
        "where it's used and who defined it so.",
        "表格与报告中的每个词，按命令排列。`userops explain 词语 --lang zh` 还会说明用在哪里、出处是什么。",
    ),
    "not a command": (
        "Not a command of its own: the report shows it, and `userops.kpis(...)` in Python.",
        "不是单独的命令：见报告，或 Python 的 `userops.kpis(...)`。",
    ),
    "about": ("About", "数据"),
    "in the report": ("Sections of the report", "报告中的章节"),
    "from Python": ("From Python", "Python"),
    ":": (": ", "："),
    ", ": (", ", "、"),
    "other exports": ("Other exports it can read", "可一并读取的其他导出"),
    "own options": ("Options of its own", "本命令的选项"),
    "option": ("option", "选项"),
    "setting": ("setting", "设置"),
    "default": ("default", "默认"),
    "values": ("values", "可选值"),
    "what it is": ("what it is", "说明"),
    "tables": ("Tables", "表格"),
    "about tables": (
        "The first is the default; `--show NAME` shows another, `--show all` all of them where the format can hold "
        "several. A column stands in a table where the data allows it.",
        "第一张为默认；`--show 名称` 显示其他表，格式允许多表时 `--show all` 显示全部。数据不足的列会省略。",
    ),
    "other words": ("Other words", "其他名词"),
    "column": ("column", "列"),
    "label": ("label", "显示名"),
    "unit": ("unit", "单位"),
    "what it means": ("what it means", "含义"),
    "word": ("word", "名词"),
    "key": ("key", "键"),
    "field": ("field", "字段"),
    "needed": ("needed", "必需"),
    "known by": ("known by", "可识别的列名"),
    "yes": ("yes", "是"),
    "Reading": ("Reading", "读取"),
    "Output": ("Output", "输出"),
    "later rows": (
        "Rows whose {time} is after `--as-of` don't count yet.",
        "{time} 晚于 `--as-of` 的行不计入。",
    ),
    "every column": ("every column", "所有列"),
    "first by": ("the first by {by} counts", "以 {by} 最早的一行为准"),
    "last by": ("the last by {by} counts", "以 {by} 最晚的一行为准"),
    "first row": ("the first row counts", "以第一行为准"),
    "last row": ("the last row counts", "以最后一行为准"),
    "same rows": (
        "Rows that agree in {key} are one: {which}; the others are left out as “{reason}”.",
        "{key} 相同的行视为同一行：{which}；其余不计入（“{reason}”）。",
    ),
    "same rows across": (
        "Rows of several exports that agree in {key} are one: {which}; the others are left out as “{reason}”.",
        "多个导出中 {key} 相同的行视为同一行：{which}；其余不计入（“{reason}”）。",
    ),
    # Groups of words beside the analyses.
    "privacy": ("privacy", "隐私"),
}


def said(text: str, lang: Lang) -> str:
    """A sentence or word of the pages; in Chinese also what the program itself says so."""
    known = _SAID.get(text)
    if known:
        return known[lang == "zh"]
    known_word = words.phrase(text, lang)
    return in_chinese(text) if lang == "zh" and known_word == text else known_word
