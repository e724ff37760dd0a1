"""Notes: sentences with facts in them, English where they're used as text, known in Chinese.

What reading assumed and what an analysis has to say beside its tables is a `Note`: a sentence
with blanks, and what fills them. It is a string, so standard error and machine formats have it
in English; where people read Chinese, `words.phrase` fills the Chinese sentence instead.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date
from typing import Any, Self


class Word(str):
    """A fact that is a word of the vocabulary: a measure, a reason, the name of a period."""

    __slots__ = ()


class Note(str):
    """A sentence of ours, its blanks filled with facts.

    Blanks are those of `str.format`, and counts: `{count:user has|users have}`. Facts that are
    Notes, Words or tuples of such go into the reader's language too.
    """

    sentence: str
    facts: dict[str, Any]

    def __new__(cls, sentence: str, /, **facts: Any) -> Self:
        """Fills the blanks of a sentence."""
        shown = {name: _listed(fact, ", ") for name, fact in facts.items()}
        made = super().__new__(cls, _FILLING.vformat(sentence, (), shown))
        made.sentence, made.facts = sentence, facts
        return made

    @classmethod
    def again(cls, sentence: str, facts: dict[str, Any]) -> Self:
        """A note that was made before, from its parts."""
        return cls(sentence, **facts)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What a copy is made from."""
        return (self.sentence,), self.facts

    def but(self, change: Callable[[str], str]) -> Note:
        """The same with every fact that is a text, and no word of ours, changed."""

        def changed(fact: Any) -> Any:
            if isinstance(fact, tuple):
                return tuple(map(changed, fact))
            if isinstance(fact, Note):
                return fact.but(change)
            return change(fact) if isinstance(fact, str) and not isinstance(fact, Word) else fact

        facts = {name: changed(fact) for name, fact in self.facts.items()}
        return type(self)(self.sentence, **facts)

    def chinese(self, word: Callable[[str], str]) -> str:
        """The same in Chinese; in English where there's none. `word` translates a Word."""

        def told(fact: Any) -> Any:
            if isinstance(fact, tuple):
                return _listed(tuple(map(told, fact)), "、")
            if isinstance(fact, Note):
                return fact.chinese(word)
            return word(fact) if isinstance(fact, Word) else fact

        sentence = CHINESE.get(self.sentence, self.sentence)
        facts = {name: told(fact) for name, fact in self.facts.items()}
        return _FILLING.vformat(sentence, (), facts)


class _Filling(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        thing, several, things = format_spec.partition("|")
        return (
            counted(value, thing, things) if several else super().format_field(value, format_spec)
        )


_FILLING = _Filling()


def fill(sentence: str, /, **facts: Any) -> str:
    """A sentence with its blanks filled: those of `str.format`, and counts."""
    return _FILLING.vformat(sentence, (), facts)


def counted(count: int, thing: str, things: str | None = None) -> str:
    """So many things, as English has it: 1 user, 2,000 users, 3 entries."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def begins(exports: str, first: date, period: str, *, whole: bool) -> Note:
    """Nobody knows who was there before the export begins, nor all of its first period."""
    known = Note(
        "the {exports} begin on {first}: who was there before counts as new, too",
        exports=Word(exports),
        first=first,
    )
    if whole:
        return known
    return Note(
        "{known}; the first {period} is not whole",
        known=known,
        period=Word(period),
    )


def cut_short(period: str) -> Note:
    """The period of as_of isn't over."""
    return Note("the last {period} is not whole: as_of cuts it short", period=Word(period))


def _listed(fact: Any, comma: str) -> Any:
    return comma.join(map(str, fact)) if isinstance(fact, tuple) else fact


# Sentence: the same in Chinese, with the same blanks.
CHINESE: dict[str, str] = {
    "ages up to {age}; userops cohorts has all of them": "期龄只到 {age}；userops cohorts 有全部期龄",
    "{count:user has|users have} no time of registration: left out": "{count:,} 位用户没有注册时间，未列入",
    "{count:user|users} of the events not in the users export: left out": (
        "{count:,} 位有事件的用户不在用户导出中，未列入"
    ),
    "the {exports} begin on {first}: who was there before counts as new, too": (
        "{exports}从 {first} 开始：更早的老用户也计为新增"
    ),
    "{known}; the first {period} is not whole": "{known}；第一{period}不完整",
    "before {day} there are no events: cells of periods that begin earlier are empty, "
    "and not in the row all": "{day} 之前没有事件：更早开始的期所在的格留空，不计入“全部”行",
    "costs of zero or less, so no CAC: {channels}": "花费为零或负、没有 CAC 的渠道：{channels}",
    # Files.
    "{file}: read as {codec}, {why}; --encoding says otherwise": (
        "{file}：按 {codec} 编码读取（{why}）；可用 --encoding 指定"
    ),
    "as told": "按指定",
    "for {place} isn't UTF-8": "因为{place}不是 UTF-8",
    "for {place} isn't UTF-8, and charset-normalizer says so": (
        "因为{place}不是 UTF-8，由 charset-normalizer 判断"
    ),
    "byte {at:,} (0x{byte:02x})": "第 {at:,} 字节（0x{byte:02x}）",
    "by its first bytes": "依据开头的字节",
    "{file}: the header is on line {line}; lines before it were passed over": (
        "{file}：表头在第 {line} 行，之前的行已跳过"
    ),
    "{file}: named {ending}, but holds {format}; read as that": (
        "{file}：扩展名为 {ending}，内容却是 {format}，按后者读取"
    ),
    "{file}: read the sheet {sheet!r}, one of {count}": (
        "{file}：读取工作表“{sheet}”，共 {count} 张"
    ),
    "{file}: {maker}, {why}; --source says otherwise": (
        "{file}：识别为 {maker}（{why}）；可用 --source 指定"
    ),
    "for it has {columns}": "因为有列 {columns}",
    # Columns.
    "{file}: {taken}": "{file}：{taken}",
    "{field} from {column!r}{blank}{other}": "{field} 取自“{column}”{blank}{other}",
    "{before}, else {column!r}": "{before}，为空时取“{column}”",
    " (not {columns})": "（未用 {columns}）",
    "{file}: user_id from {column!r}, for {other!r} is {what}": (
        "{file}：user_id 取自“{column}”，因为“{other}”{what}"
    ),
    "masked": "已脱敏",
    "empty": "为空",
    # Values.
    "{file}: {column!r}": "{file}：“{column}”",
    "{here}: {rows:time is a count|times are counts} since 1970, {clock}": "{here}：{rows:,} 个时间是自 1970 年起的计数，{clock}",
    "on the clock of {zone}": "按 {zone} 的时间",
    "in UTC; --tz gives the shop's clock": "按 UTC；可用 --tz 指定店铺时区",
    "{here}: {rows:time is a spreadsheet's day number|times are a spreadsheet's day numbers}": "{here}：{rows:,} 个时间是电子表格的日期序号",
    "{here}: {rows:time falls|times fall} where the clock was put forward; taken as written": (
        "{here}：{rows:,} 个时间落在拨快时钟的那一小时，照原样读取"
    ),
    "{here}: {rows:amount was|amounts were} rounded to the currency's smallest unit, half to even": (
        "{here}：{rows:,} 个金额舍入到币种的最小单位（四舍六入五成双）"
    ),
    "{here}: {rows:negative amount was taken as a refund|negative amounts were taken as refunds}": "{here}：{rows:,} 个负金额按退款处理",
    "{here}: {rows:amount|amounts} of {large:,} or more: is that so?": "{here}：{rows:,} 个金额达到 {large:,} 或以上，请核对",
    "{here}: {rows:time has|times have} an offset, {clock}: {kinds}": "{here}：{rows:,} 个时间带有时区偏移，{clock}：{kinds}",
    "taken as written; --tz puts them on one clock": "照原样读取；可用 --tz 统一到一个时区",
    "{rows:row has a date|rows have dates} before 1990, the first {first}: is that so?": (
        "{rows:,} 行的日期早于 1990 年，最早为 {first}，请核对"
    ),
    "{rows:row has a date|rows have dates} from {day} on, more than a year after all others; an earlier --as-of leaves that out": (
        "{rows:,} 行的日期在 {day} 之后，比其他行晚一年以上；用更早的 --as-of 可排除"
    ),
    # Orders.
    "line items: an amount is {what}; --totals says otherwise": (
        "明细行：金额是{what}；可用 --totals 指定"
    ),
    "the order's total, repeated": "重复写出的订单总额",
    "the line's own": "该行自己的金额",
    "{count:order differs|orders differ} between exports; the later export's content counts": (
        "{count:,} 笔订单在各导出中内容不同，以后一份导出为准"
    ),
    "{count:refund without its order was netted from its user's|refunds without their order were netted from their user's} spend": (
        "{count:,} 笔找不到原订单的退款，已冲减其用户的消费"
    ),
    # Events, users, costs.
    "{count:anonymous id was linked to a user|anonymous ids were linked to users}": "{count:,} 个匿名 ID 已关联到用户",
    "{count:anonymous id is linked to nobody: it counts|anonymous ids are linked to nobody: each counts} as a user of its own": (
        "{count:,} 个匿名 ID 没有关联到用户，各按一个用户计"
    ),
    "the costs export holds no rows": "成本导出没有数据行",
    "costs: all periods are the first of a month, taken as whole months": (
        "成本：所有日期都是每月一日，按整月计"
    ),
    "costs cover {first} to {last}, where there are no orders: no CAC": (
        "成本覆盖 {first} 至 {last}，其间没有订单，无法计算获客成本"
    ),
    "{count:row|rows} of costs outside the orders' days": "{count:,} 行成本不在订单的日期范围内",
    "costs for channels that no user has: {channels}": "有成本但没有用户的渠道：{channels}",
    "users of channels without cost: {channels}": "有用户但没有成本数据的渠道：{channels}",
    "{count:user|users} without a channel": "{count:,} 位用户没有渠道",
    # RFM and lifecycle.
    "no user scores {scores} on {metric}: ties, or too few users": (
        "{metric} 没有得 {scores} 分的用户：取值相同，或用户太少"
    ),
    "days until slump and churn, by orders so far: {limits}": (
        "按已有订单数，距衰退和流失的天数：{limits}"
    ),
    "{orders}: {slump:g} and {churn:g}": "{orders} 单：{slump:g} 与 {churn:g}",
    "too few gaps to learn from after {orders} orders: fixed limits there": (
        "{orders} 单之后的间隔太少，沿用固定界限"
    ),
    "from {first} to {last}": "{first} 至 {last}",
    # Periods.
    "the last {period} is not whole: as_of cuts it short": "最后一{period}尚不完整：截止日落在其中",
    "the last period isn't whole yet": "最后一期尚不完整",
    "{as_of} cuts its {period} short: the cells that fall into it are not whole, and not in the row all": (
        "{as_of} 落在一{period}之内：该{period}的格子尚不完整，不计入“全部”行"
    ),
    "{as_of} cuts its month short: ages that fall into it are not whole, and not in all": (
        "{as_of} 落在一月之内：该月的数值尚不完整，不计入“全部”"
    ),
    "counted is who came in the period or later (returning = on-or-after)": (
        "计入的是当期或之后来过的用户（returning = on-or-after）"
    ),
    # Repurchase.
    "a purchase is a day with an order: several on one day are one (--grain day)": (
        "一次购买指有订单的一天：同日多单算一次（--grain day）"
    ),
    "a purchase is an order: several on one day are several (--grain order)": (
        "一次购买指一笔订单：同日多单分别计（--grain order）"
    ),
    "the last row, without a number, is all purchases together": "最后一行没有序号，为全部购买合计",
    "due within {days:day|days} of as_of, or overdue; a purchase is a day with an order": (
        "截止日后 {days} 天内到期，或已逾期；一次购买指有订单的一天"
    ),
    "{count:,} silent for more than {times:g} expected intervals: left out": (
        "沉默超过 {times:g} 个预期间隔的 {count:,} 项未列入"
    ),
    "{count:purchase|purchases} without a category: left out": "没有品类的 {count:,} 次购买未列入",
    # LTV.
    "net revenue": "净收入",
    "net revenue x margin {margin:g}": "净收入 × 毛利率 {margin:g}",
    "ltv_predicted: {what} to {as_of} and the {days:day|days} after, by {model} and Gamma-Gamma, discounted at {rate} a year; ltv_low, ltv_high: its {level} interval, of the parameters' error alone": (
        "预测 LTV：截至 {as_of} 及其后 {days:,} 天的{what}，由 {model} 与 Gamma-Gamma 模型预测，"
        "年折现率 {rate}；上下限为 {level} 区间，只含参数误差"
    ),
    "cac: cost / new users of {first} to {last}; ltv_cac: {what} per user to {as_of} / cac": (
        "获客成本：{first} 至 {last} 的花费 / 新用户数；LTV/CAC：截至 {as_of} 的人均{what} / 获客成本"
    ),
    "{measures}: of {what}": "{measures}：按{what}计算",
    "{of}, as if all of it were earned: --margin, or margin in [ltv], says what part is": (
        "{of}，视同全部为利润；用 --margin 或 [ltv] 的 margin 给出毛利率"
    ),
    "months without a row of costs count as nothing spent: {months}{more}": (
        "没有成本数据的月份按零花费计：{months}{more}"
    ),
    " and {count:,} more": "，另有 {count:,} 处",
    "not yet ({months:month|months} seen)": "尚未回本（已观察 {months} 个月）",
    "not paid back yet: {late}": "尚未回本：{late}",
    "{name} ({months:month|months} seen)": "{name}（已观察 {months} 个月）",
    "no channel": "无渠道",
    "no backtest: {why}": "没有回测：{why}",
    "{watched:day|days} of orders: too few for a backtest, which needs {needed:,} to fit, and some to compare with": (
        "订单只有 {watched:,} 天，不足以回测：拟合需要 {needed:,} 天，另需一段时间作比较"
    ),
    "no prediction: {why}": "未作预测：{why}",
    "too little for a prediction: {lacking}": "数据太少（{lacking}）",
    "{count:buyer|buyers} of {needed:,}": "购买用户 {count:,} 位，不足 {needed:,} 位",
    "{count:day|days} of {needed:,}": "{count:,} 天，不足 {needed:,} 天",
    "no buyer with 3 or more purchase days": "没有购买日达到 3 天的用户",
    "the {model} model doesn't converge on these orders": "{model} 模型在这些订单上不收敛",
    "{count:repeat buyer|repeat buyers} paid nothing for it, net: not in the spend model's fit": (
        "{count:,} 位复购用户复购净额为零，不参与消费额模型的拟合"
    ),
    "too few paid repeat purchases for a spend model: no values in money": (
        "付费复购太少，无法拟合消费额模型：没有金额预测"
    ),
    "the spend model doesn't converge (spend hardly differs between users, or not as Gamma-Gamma has it): no values in money": (
        "消费额模型不收敛（用户之间消费额几乎没有差别，或差别不符合 Gamma-Gamma）：没有金额预测"
    ),
    "spend varies so much that it has no mean: no values in money": (
        "消费额差别过大，均值不存在：没有金额预测"
    ),
    "spend depends on frequency (Spearman {rho:.2f}), and Gamma-Gamma takes it not to: values of frequent buyers are too {bent}, of others the reverse": (
        "消费额与频次相关（Spearman {rho:.2f}），而 Gamma-Gamma 假定无关："
        "高频用户的预测值偏{bent}，其他用户相反"
    ),
    "low": "低",
    "high": "高",
    "the horizon of {horizon:day|days} is longer than the {watched:day|days} that the shop has been watched: nothing has shown yet what happens so late": (
        "预测期 {horizon:,} 天长于店铺已有的 {watched:,} 天数据：那么久之后的情况还没有数据可依"
    ),
    "{model} fitted to {day}, compared with the {days:day|days} after": (
        "{model} 拟合至 {day}，与其后 {days:,} 天比较"
    ),
    "{what} predicted {ours:+.1%} off in total; naive {naive:+.1%}": (
        "{what}总量的预测误差 {ours:+.1%}；朴素公式 {naive:+.1%}"
    ),
    "clv_low, clv_high hold with {level} what the user will bring: the user's own luck, the fitted parameters taken as known": (
        "未来价值的上下限以 {level} 的概率包含该用户将带来的价值：只含用户自身的随机性，拟合参数视为已知"
    ),
    "{model} in {unit}s, from purchase days": "{model}，以{unit}为单位，按购买日计",
    # Activity and the golden path.
    "{measure} needs {days:day|days} of events, not {reach:,}": (
        "{measure} 需要 {days} 天的事件，目前只有 {reach} 天"
    ),
    "the events have dates without a time: each counts at the start of its day, a second one of the day not as a later one; no hours to or from them": (
        "事件只有日期没有时间：按当天开始计，同日第二次不算更晚的一次；不计算其前后用时"
    ),
    "the orders have dates without a time: each counts at the end of its day, a second one of the day not as a later one; no hours to or from them": (
        "订单只有日期没有时间：按当天结束计，同日第二单不算复购；不计算其前后用时"
    ),
    "registrations have dates without a time: each counts at the start of its day; no hours from them": (
        "注册只有日期没有时间：按当天开始计；不计算其后用时"
    ),
    "--convert {step}: not a later step of the path": "--convert {step}：不是路径上靠后的步骤",
    "there are: {steps}": "可选：{steps}",
    "{count:entrant|entrants} came before the exports of other steps begin: left out": (
        "{count:,} 位进入者早于其他步骤的导出，未列入"
    ),
    "{count:entrant|entrants} of the last {days:day|days} without a whole window yet: set apart": (
        "最近 {days} 天的 {count:,} 位进入者观察期未满，另计"
    ),
    "nothing to tell groups by: --by COLUMN with --users FILE, or a channel in the events": (
        "没有可分组的列：用 --by 列名 加 --users 文件，或事件中的渠道列"
    ),
    "converted by {step}, the last step": "以最后一步 {step} 为转化",
    "a step stands twice on the path": "路径上有重复的步骤",
    'give it another name, and say in [funnel.sources] what it is: again = "view"': (
        '请换个名字，并在 [funnel.sources] 中写明对应的事件：again = "view"'
    ),
    "no event named {step}": "没有名为 {step} 的事件",
    '--steps with events there are: {events}; or [funnel.sources] {step} = "EVENT"': (
        '--steps 请用已有的事件：{events}；或写 [funnel.sources] {step} = "事件名"'
    ),
    "{step} is of the {kind}, and none are given": "{step} 来自 {kind}，但没有提供",
    "--{kind} FILE": "--{kind} 文件",
    "{problem}; {mend}": "{problem}；{mend}",
    "{step} is {events}": "{step} 即 {events}",
    "{step} comes from the {kind}": "{step} 来自{kind}",
    "not found, left out of the path: {steps}": "没有找到、未列入路径的步骤：{steps}",
    # Goals and the report.
    "{metric}: no whole {period} of the year before to grow from": (
        "{metric}：去年没有完整的同期{period}可作基数"
    ),
    "the first {shown:,} of {rows:,} rows; --lists writes all": (
        "仅前 {shown:,} 行，共 {rows:,} 行；--lists 写出全部"
    ),
}
