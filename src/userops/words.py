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
    "count": ("Count", "数量"),
    "unit": ("Of", "单位"),
    "finding": ("Finding", "发现"),
    "example": ("Example", "例子"),
    "effect": ("Effect", "影响"),
    "change": ("What to do", "处理办法"),
    "topic": ("Topic", "主题"),
    "item": ("Item", "项目"),
    "value": ("Value", "内容"),
    "file": ("File", "文件"),
    "line": ("Line", "行号"),
    "column": ("Column", "列"),
    "field": ("Field", "字段"),
    "reason": ("Reason", "原因"),
    "raw": ("Raw text", "原文"),
    "why": ("Why", "依据"),
    "passed_over": ("Passed over", "未选用的列"),
    "filled": ("Filled", "填充率"),
    # Lifecycle.
    "stage": ("Stage", "阶段"),
    "reactivated": ("Reactivated", "是否召回"),
    "slump_after_days": ("Slump after (days)", "衰退界限（天）"),
    "churned_after_days": ("Churned after (days)", "流失界限（天）"),
    "from_stage": ("From", "原阶段"),
    "to_stage": ("To", "现阶段"),
    "share": ("Share", "占比"),
    "period": ("Period", "周期"),
    "active": ("Active", "活跃用户"),
    "new": ("New", "新增"),
    "current": ("Current", "连续活跃"),
    "resurrected": ("Resurrected", "回流"),
    "dormant": ("Dormant", "沉默"),
    "complete": ("Complete", "是否完整"),
    # Cohorts.
    "cohort": ("Cohort", "同期群"),
    "size": ("Size", "人数"),
    "age": ("Age", "第几期"),
    "numerator": ("Counted", "分子"),
    "low": ("Low (95 %)", "下限（95 %）"),
    "high": ("High (95 %)", "上限（95 %）"),
    "channel": ("Channel", "渠道"),
}

# Table: English, Chinese.
TITLES: dict[str, tuple[str, str]] = {
    "users": ("Users", "用户"),
    "summary": ("Summary", "概览"),
    "tiers": ("Tiers", "层级"),
    "cuts": ("Cut points", "切分点"),
    "rejects": ("Refused rows", "被拒的行"),
    "findings": ("Findings", "发现"),
    "columns": ("Columns", "列"),
    "transitions": ("Transitions", "阶段流转"),
    "flow": ("Flow", "用户流量"),
    "matrix": ("Cohorts", "同期群"),
    "long": ("Cohorts, cell by cell", "同期群明细"),
}

# English phrase (a word of the vocabulary, a playbook line): Chinese.
PHRASES: dict[str, str] = {
    # Metrics, as `cuts` names them.
    "recency": "最近购买",
    "frequency": "频次",
    "monetary": "金额",
    # Segments: grid and intervals.
    "Champions": "冠军用户",
    "Loyal": "忠诚用户",
    "Potential loyalists": "潜在忠诚",
    "New": "新用户",
    "Promising": "有潜力",
    "Need attention": "需要关注",
    "About to sleep": "即将沉睡",
    "Can't lose": "不可流失",
    "At risk": "流失风险",
    "Hibernating": "沉睡用户",
    "Potential Loyalist": "潜在忠诚",
    "Loyal Customers": "忠诚用户",
    "New Customers": "新用户",
    "Can't Lose Them": "不可流失",
    "At Risk": "流失风险",
    "Need Attention": "需要关注",
    "About To Sleep": "即将沉睡",
    "Lost": "已流失",
    "Others": "其他",
    # Segments: rfm8, in the trade's own words.
    "key value": "重要价值",
    "key growth": "重要发展",
    "key keep": "重要保持",
    "key win back": "重要挽留",
    "general value": "一般价值",
    "general growth": "一般发展",
    "general keep": "一般保持",
    "general win back": "一般挽留",
    # Tiers.
    "new": "新客",
    "high": "高",
    "middle": "中",
    "low": "低",
    # Order statuses.
    "valid": "有效",
    "void": "无效",
    "refunded": "已退款",
    # The playbook: segments.
    "Thank them; early access, referral, no discount": "致谢；新品优先、邀请转介绍，不必打折",
    "Membership perks; ask for reviews; cross-sell": "会员权益；邀请评价；交叉推荐",
    "Offer membership and the next category": "引导入会，推荐下一个品类",
    "Welcome; help with first use; second-order coupon": "欢迎语；指导首次使用；送二单券",
    "Remind of what they looked at; small second-order offer": "提醒浏览过的商品；二单小额优惠",
    "A limited offer on what they buy": "常购商品限时优惠",
    "Bring back with best-sellers and a reason to look": "用爆款和一个由头唤回",
    "Call in person; ask what went wrong; win back": "专人致电；了解原因；重点挽回",
    "Personal win-back offer before they are gone": "趁未流失，给专属召回优惠",
    "Low-cost reminder; else leave in peace": "低成本提醒；无回应则不再打扰",
    "Watch; no action of their own": "观察，无专门动作",
    "Serve in person; keep what works": "专人服务，保持现有做法",
    "Raise how often: reminders, refills, membership": "提升频次：提醒、补货、会员",
    "Reach out now, before they settle elsewhere": "主动联系，别等他们去了别家",
    "Call in person with an offer of weight": "专人致电，给足优惠挽留",
    "Raise the basket: bundles, the next price level": "提升客单：组合装、高一档商品",
    "Second-order coupon; show the range": "二单券；介绍更多品类",
    "Remind at low cost of what they used to buy": "低成本提醒以往常购商品",
    "Leave in mass mailings only": "只做群发触达",
    # The playbook: tiers.
    "Second order within 30 days": "30 天内促成第二单",
    "One person in charge of each; perks before discounts": "专人一对一维护；先给权益，再谈折扣",
    "Raise what lags, order count or basket": "补短板：单数或客单价",
    "Reach in groups, at low cost": "社群与群发触达，控制成本",
    # What `check` says.
    "files": "文件",
    "time": "时间",
    "contents": "内容",
    "statuses": "订单状态",
    "rows": "行",
    "days": "天",
    "orders": "订单",
    "users": "用户",
    "refused": "被拒",
    "left out": "未计入",
    "first day": "首日",
    "last day": "末日",
    "time zone": "时区",
    "net revenue": "净收入",
    "currency": "币种",
    "read": "读取",
    "used": "计入",
    "map": "--map 指定",
    "source": "导出来源",
    "name": "列名",
    "no user": "没有用户",
    "no date": "没有日期",
    "no amount": "没有金额",
    "not a date": "不是日期",
    "not an amount": "不是金额",
    "not a number": "不是数字",
    "a row of totals": "合计行",
    "blank line": "空行",
    "too few fields": "字段过少",
    "too many fields": "字段过多",
    "a quote is never closed": "引号未闭合",
    "a quote inside of a field": "字段中有引号",
    "after as_of": "晚于截止日",
    "also in a later export": "后一份导出中也有",
    "the same row twice": "同一行出现两次",
    "cancelled, unpaid or closed": "已取消、未付款或已关闭",
    "fully refunded": "已全额退款",
    "an order of two users": "一笔订单属于两个用户",
    "rows refused": "被拒的行",
    "missing from every number": "所有数字都不含这些行",
    "mend the export; --show rejects lists them": "修正导出文件；--show rejects 可列出",
    "orders that differ between exports": "各导出文件中内容不同的订单",
    "the later export's content counts": "以后一份导出的内容为准",
    "put the exports in the order they were made": "按导出先后排列文件",
    "refunds without their order": "找不到原订单的退款",
    "netted from the user's spend on that day": "冲减该用户当天的消费",
    "export the orders they belong to as well": "把对应的订单也导出",
    "order twice": "疑似重复订单",
    "counted as separate orders: frequency and revenue too high if they are one": (
        "按两笔订单计；若其实是一笔，频次和收入偏高"
    ),
    "cancel the copy in the shop, or give it a void --status": "在店铺中取消重复单，或用 --status 标为 void",
    "busy user": "异常活跃用户",
    "one customer carries averages and top segments": "一个客户左右了均值和头部分群",
    "leave them out of the export, or read medians": "从导出中去掉，或看中位数",
    "silent days": "无单日",
    "recency, retention and trends see a pause that may be none": "最近购买、留存和趋势中会出现并不存在的停顿",
    "look for an export that was left out": "检查是否漏了一份导出",
    "spike": "订单突增",
    "cohorts and trends lean on those days": "同期群和趋势受这些天左右",
    "nothing, if it was a sale; else look for orders counted twice": "若是大促则不必处理；否则检查是否重复计单",
    "thin last day": "末日不完整",
    "the last day counts as whole though it isn't over": "最后一天未结束却按整天计",
    "test account": "测试账号",
    "counted as customers": "被当作客户统计",
    "leave them out of the export": "从导出中去掉",
    "odd amount": "异常金额",
    "revenue and means lean on it": "收入和均值受其左右",
    "correct the amount in the export": "在导出中更正金额",
    "odd date": "异常日期",
    "counted on those days: first orders and recency reach far back": "按这些日期计入：首单和最近购买被拉到很久以前",
    "correct the dates in the export": "在导出中更正日期",
    "counted once": "只计一次",
    "not counted yet": "暂不计入",
    "a later --as-of counts them": "更晚的 --as-of 会计入",
    "nothing, if the export repeats rows": "若导出本就重复行，则不必处理",
    "nothing, if the exports overlap": "若各导出有重叠，则不必处理",
    # Lifecycle.
    "registered": "已注册",
    "introduction": "引入期",
    "growth": "成长期",
    "maturity": "成熟期",
    "slump": "衰退期",
    "churned": "流失",
    "no order": "已无订单",
    "First-order gift; show what others buy first": "首单礼；展示新人常买",
    "Help with first use; second-order coupon within 30 days": "指导首次使用；30 天内送二单券",
    "Form the habit: membership, the next category": "养成习惯：引导入会，推荐下一个品类",
    "Keep: member perks, referral, no needless discounts": "维持：会员权益、转介绍，不必打折",
    "Remind before they leave: what's new, a limited offer": "流失前提醒：上新、限时优惠",
    "Win back once, with weight; then only at low cost": "重点召回一次；无果则低成本触达",
    # Cohorts.
    "all": "全部",
    "* not whole yet: as_of cuts its period short": "* 尚不完整：截止日落在该周期之内",
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
