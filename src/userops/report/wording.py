"""Sentences of the report, in English and Chinese. Words of tables stand in `words`, notes in `notes`."""

from __future__ import annotations

from userops.core.messages import fill
from userops.language.words import Lang

# Sentence: English, Chinese.
SAYINGS: dict[str, tuple[str, str]] = {
    # Frame.
    "title week": ("The week in user operations", "用户运营周报"),
    "title month": ("The month in user operations", "用户运营月报"),
    "as of": ("Data to {day}", "数据截至 {day}"),
    "week": ("week", "周"),
    "month": ("month", "月"),
    "against previous": ("against {days}", "对比 {days}"),
    "against nothing": ("nothing earlier to compare with", "暂无更早的周期可比"),
    "against no year": (
        "the {period} a year before isn't in the data",
        "数据中没有去年同期的一{period}可比",
    ),
    "partial": (
        "{days} is incomplete and isn't compared.",
        "{days} 尚未结束，不参与比较。",
    ),
    "hollow": ("Hollow points: incomplete periods.", "空心点为尚未结束的一期。"),
    "summary": (
        "data to {day}, {used:,} of {read:row|rows} of orders counted.",
        "数据截至 {day}，订单共 {read:,} 行，计入 {used:,} 行。",
    ),
    "contents": ("Contents", "目录"),
    "absent": ("Not in this report", "本报告未包含"),
    "copy": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "download": ("Download", "下载"),
    "file": ("File", "文件"),
    "to the list": ("To the list", "查看名单"),
    "notes": ("Notes", "说明"),
    "tables": ("More tables", "更多表格"),
    "all rows": ("The list", "名单"),
    "since last": ("Since the last report", "自上次报告以来"),
    "since none": (
        "This is the first report kept here: the next one will say what changed.",
        "这是此处保存的第一份报告；下一份将说明变化。",
    ),
    "since day": (
        "Data to {before} then, to {now} now.",
        "数据截至日：上次 {before}，本次 {now}。",
    ),
    "since same": (
        "Nothing of what the last report said has changed: same definitions, same settings, no period restated.",
        "上次报告所述均未变：口径、设置相同，没有周期被更正。",
    ),
    "since version": (
        "userops {before} then, {now} now.",
        "userops 版本：上次 {before}，本次 {now}。",
    ),
    "since words": (
        "{count:definition has|definitions have} changed: {names}.",
        "{count:,} 个口径有变：{names}。",
    ),
    "since setting": (
        "The setting {name} was {before}, and is {now}.",
        "设置 {name}：上次 {before}，本次 {now}。",
    ),
    "since unset": ("not set", "未设"),
    "since settings more": (
        "{count:more setting|more settings} changed.",
        "另有 {count:,} 项设置有变。",
    ),
    "since files new": ("New exports: {names}.", "新增导出：{names}。"),
    "since files gone": ("Exports no longer read: {names}.", "不再读取的导出：{names}。"),
    "since other period": (
        "The last report was by another period, so periods aren't compared.",
        "上次报告的周期不同，不作逐期比较。",
    ),
    "since refunds": (
        "{count:order|orders} of periods that the last report showed were given back in full since.",
        "上次报告所含周期中，此后又有 {count:,} 单全额退款。",
    ),
    "since restated": (
        "{count:period is|periods are} restated by later rows, by {change} of net revenue in all.",
        "{count:,} 个周期因后到数据更正，净收入合计 {change}。",
    ),
    "since one": (
        "The {period} of {day}: {now} net revenue, {before} then; {orders:order|orders}, {orders_before:,} then.",
        "{day} 的一{period}：净收入 {now}（上次 {before}），订单 {orders:,}（上次 {orders_before:,}）。",
    ),
    "days from to": ("{first} – {last}", "{first} – {last}"),
    "year before": ("a year before", "去年同期"),
    # Groups of the contents.
    "group now": ("What happened", "本期"),
    "group who": ("Who they are", "用户构成"),
    "group back": ("Do they come back", "留存与复购"),
    "group growth": ("Where they come from", "获客与触达"),
    "group more": ("More", "其他"),
    "group record": ("About the data", "数据与口径"),
    # What to do this week.
    "section week": ("Do these three things this week", "本周先做这三件事"),
    "section week less": ("What to do this week", "本周要做的事"),
    "week window": ("lists for {day}", "{day} 的名单"),
    "week nobody": (
        "Nobody has a reason to be contacted now, or nobody may be.",
        "目前没有需要且可以联系的用户。",
    ),
    "week no lists": (
        "No lists of the week before last have come back yet, so what they earned isn't known.",
        "尚无已到期的名单，其效果暂不可知。",
    ),
    "do new": (
        "Welcome {users:new user|new users}, for a second order",
        "欢迎 {users:,} 位新客，促成第二单",
    ),
    "do replenish": (
        "Remind {users:user|users} whose purchase is due",
        "提醒 {users:,} 位该补货的用户",
    ),
    "do coupon": (
        "Remind {users:user|users} of an unused coupon",
        "提醒 {users:,} 位有券未用的用户",
    ),
    "do winback": (
        "Win back {users:user|users} who stopped ordering a month or two ago",
        "召回 {users:,} 位停购一两个月的用户",
    ),
    "do churn": (
        "Call {users:user|users} who are about to leave",
        "联系 {users:,} 位即将流失的用户",
    ),
    "do birthday": (
        "Congratulate {users:user|users} on their birthday",
        "祝贺 {users:,} 位过生日的用户",
    ),
    "do level": (
        "Tell {users:user|users} how little they lack for the next level",
        "告知 {users:,} 位即将升级的用户",
    ),
    "do points": (
        "Tell {users:user|users} that their points run out",
        "告知 {users:,} 位积分即将过期的用户",
    ),
    "do other": ("Contact {users:user|users}: {name}", "联系 {users:,} 位用户：{name}"),
    "stake measured effect": (
        "{value} of what's to come to be gained, by the measured effect",
        "按实测效果，未来可多得 {value}",
    ),
    "stake value at risk": ("{value} at risk", "风险价值 {value}"),
    "stake past value": ("{value} spent in the last 365 days", "近 365 天消费 {value}"),
    "of users": ("of {users:user|users} with this reason", "共 {users:,} 位符合"),
    "held back": (
        "{users:,} left alone by lot, to learn what it brings",
        "随机留出 {users:,} 位作对照",
    ),
    "not now": (
        "{users:,} can't be called now: called lately, tried often, or not to be",
        "{users:,} 位暂不可联系：近期联系过、多次未接或在勿扰名单",
    ),
    "week calls": (
        "{agents:agent has|agents have} room for {calls:call|calls} that day, with most at stake first; the lists below are of "
        "all who may be called.",
        "当日 {agents:,} 位客服可联系 {calls:,} 位，价值高者优先；下列名单为全部可联系的用户。",
    ),
    "effect each": (
        "within days of the call such lists brought {value} a user so far ({low} – {high})",
        "此类名单至今在联系后数日内人均带来 {value}（{low} – {high}）",
    ),
    "effect unclear": (
        "what such lists bring can't be told yet ({low} – {high} a user)",
        "此类名单的效果尚无法判断（人均 {low} – {high}）",
    ),
    "effect buyers": (
        "such lists brought {value} more buyers in every 100 so far ({low} – {high}); too few bought to say what that's worth",
        "此类名单至今每 100 位多带来 {value} 位下单（{low} – {high}）；下单人数尚少，无法折算成金额",
    ),
    "effect buyers unclear": (
        "what such lists bring can't be told yet ({low} – {high} more buyers in every 100)",
        "此类名单的效果尚无法判断（每 100 位多带来 {low} – {high} 位下单）",
    ),
    "see list": ("See the {users:user|users}", "查看 {users:,} 位用户"),
    "list title": ("List {place}: {name}, best first", "名单 {place}：{name}，优先者在前"),
    "done title": (
        "What the lists of {first} – {last} earned",
        "{first} – {last} 的名单带来了什么",
    ),
    "not compared": ("nobody held back to compare with", "没有对照"),
    "done untold": (
        "Last week's lists: {listed:user|users} listed, {converted:,} ordered. What the lists caused "
        "can't be told: nobody was held back.",
        "上周名单：列入 {listed:,} 位，{converted:,} 位下单。没有对照，无法判断名单带来了什么。",
    ),
    "done unclear": (
        "Last week's lists: {listed:user|users} listed, {converted:,} ordered. What they earned beyond "
        "that can't be told from chance yet.",
        "上周名单：列入 {listed:,} 位，{converted:,} 位下单。增量尚不能与随机波动区分。",
    ),
    "done earned": (
        "Last week's lists ({names}) earned about {value}: {listed:user|users} listed, {converted:,} ordered.",
        "上周名单（{names}）约带来 {value}：列入 {listed:,} 位，{converted:,} 位下单。",
    ),
    "done buyers": (
        "Last week's lists: {listed:user|users} listed, {converted:,} ordered, about {value:,} of them because "
        "of the list ({names}). Too few bought so far to say what that's worth.",
        "上周名单：列入 {listed:,} 位，{converted:,} 位下单，其中约 {value:,} 位因名单而下单（{names}）。下单人数尚少，无法折算成金额。",
    ),
    "few buyers": ("{value}, too few buyers to be sure", "{value}，下单人数太少，不足为据"),
    "note measured effect": (
        "Gain: the conversions that such lists brought beyond users held back, times what a user is "
        "expected to spend.",
        "可多得：此类名单较对照多出的转化率，乘以用户的预期消费。",
    ),
    "note value at risk": (
        "At risk: how far the chance that a user is still a customer fell in four weeks, times what the "
        "user is expected to spend. Risk isn't response: not all of it can be saved.",
        "风险价值：四周内用户存活概率的降幅，乘以其预期消费。风险不等于响应，并非都能挽回。",
    ),
    "note past value": (
        "There's too little data for a forecast: lists go by what users spent in the last 365 days.",
        "数据不足以预测：名单按近 365 天消费排序。",
    ),
    "note earned": (
        "More buyers, earned: how many more users of such lists ordered than users held back, and what they "
        "spent beyond them, over all lists so far, times the users of last week's. Grey where that may be "
        "chance, or where too few ordered to tell.",
        "多下单人数、带来：历次名单的用户较对照多下单的比例、人均多消费的金额，乘以上周名单人数。灰色表示可能只是随机波动，"
        "或下单人数太少，不足为据。",
    ),
    "note masked": (
        "Ids are masked here. The files beside the report have them whole.",
        "此处用户编号已遮盖。报告旁的文件中为完整编号。",
    ),
    "note masked here": ("Ids are masked here.", "此处用户编号已遮盖。"),
    # What was sold.
    "section sales": ("What was sold, and to whom", "卖给了谁，卖了什么"),
    "sales sentence": (
        "{share} of net revenue came from users who had bought before ({returning}), {new} from new ones.",
        "净收入的 {share} 来自老客（{returning}），新客贡献 {new}。",
    ),
    "sales sentence before": (
        "{share} of net revenue came from users who had bought before ({returning}; {before} in the "
        "period before), {new} from new ones.",
        "净收入的 {share} 来自老客（{returning}；对比期 {before}），新客贡献 {new}。",
    ),
    "refund sentence": (
        "{rate} of the period's orders were given back in full so far.",
        "本期订单至今全额退款的占 {rate}。",
    ),
    "refund usual": (
        " Over the {periods} periods before: {rate}.",
        "之前 {periods} 期为 {rate}。",
    ),
    "sales chart": (
        "Net revenue of returning and new users by {period}",
        "每{period}老客与新客净收入",
    ),
    "no name": ("(none)", "（未注明）"),
    "so far": ("{value} so far in the running {period}", "本{period}至今 {value}"),
    "before": ("{value} before", "上期 {value}"),
    "beyond noise": (
        "n = {n:,} and {before:,}: beyond noise",
        "n = {n:,} 与 {before:,}：超出波动",
    ),
    "within noise": (
        "n = {n:,} and {before:,}: within noise",
        "n = {n:,} 与 {before:,}：在波动范围内",
    ),
    "counts": ("{part:,} of {whole:,}, {low} – {high}", "{part:,} / {whole:,}，{low} – {high}"),
    "rate": ("{share} ({counts})", "{share}（{counts}）"),
    "of": ("{value} ({part:,} of {whole:,})", "{value}（{part:,} / {whole:,}）"),
    "points": ("{value} pt", "{value} 个百分点"),
    "nothing yet": ("No orders up to {day}.", "截至 {day} 没有订单。"),
    "nothing at all": ("No orders in the data.", "数据中没有订单。"),
    "no events yet": ("No events up to {day}.", "截至 {day} 没有事件。"),
    "no events at all": ("No events in the data.", "数据中没有事件。"),
    "interval": ("95 % interval", "95 % 区间"),
    "not whole": ("not whole yet", "尚不完整"),
    # Titles of sections.
    "section headline": ("Headline", "核心指标"),
    "section changes": ("What changed, and among whom", "变化及其来源"),
    "section goals": ("Goals", "目标进度"),
    "section segments": ("Segments and tiers", "分群与层级"),
    "section lifecycle": ("Lifecycle", "生命周期"),
    "section cohorts": ("Cohorts", "同期群留存"),
    "section repurchase": ("Repurchase", "复购"),
    "section replenishment": ("Running out", "补货提醒"),
    "section screen": ("High-value users", "高价值用户"),
    "section ltv": ("Worth and cost", "LTV 与获客成本"),
    "section activity": ("Activity", "活跃"),
    "section funnel": ("Golden path", "黄金路径"),
    "section channels": ("Channels", "渠道"),
    "section campaigns": ("Campaigns", "活动效果"),
    "campaign sentence": (
        "{campaign} ({group}) {verdict}: {value} of net revenue beyond what would have come anyway ({low} – {high}).",
        "{campaign}（{group}）{verdict}：比不做多带来净收入 {value}（{low} – {high}）。",
    ),
    "no campaigns": (
        "No campaign's window ended in this period.",
        "本期没有活动的窗口结束。",
    ),
    "missing campaigns": (
        "Needs campaign lists: --assignments FILE",
        "需要活动名单：--assignments FILE",
    ),
    "section data": ("Data quality", "数据质量"),
    "section definitions": ("Definitions", "名词定义"),
    "section run": ("This run", "运行信息"),
    # Headline.
    "headline revenue": (
        "Net revenue of {days} was {value}, {change} against {before}.",
        "{days} 净收入 {value}，较 {before} {change}。",
    ),
    "sentence beyond": (
        " That is more than chance makes.",
        "变化超出正常波动。",
    ),
    "sentence within": (
        " That is no more than chance makes.",
        "变化在正常波动之内。",
    ),
    "named days": ("{name} ({days:day|days})", "{name}（{days:,} 天）"),
    "named now": (
        "{days} had {names}, {before} hadn't: part of the change may be theirs.",
        "{days} 有{names}，{before} 没有：变化可能部分由此而来。",
    ),
    "named before": (
        "{before} had {names}, {days} hadn't: part of the change may be theirs.",
        "{before} 有{names}，{days} 没有：变化可能部分由此而来。",
    ),
    "named both": (
        "{days} had {names}, {before} had {others}: part of the change may be theirs.",
        "{days} 有{names}，{before} 有{others}：变化可能部分由此而来。",
    ),
    "headline alone": ("Net revenue of {days} was {value}.", "{days} 净收入 {value}。"),
    "up": ("up {by}", "上升 {by}"),
    "down": ("down {by}", "下降 {by}"),
    "same": ("unchanged", "持平"),
    "ltv to cac": ("LTV / CAC", "LTV / CAC"),
    "revenue to cac": ("Revenue / CAC", "收入 / CAC"),
    "margin to come": (
        "No margin is set: these are revenue, not profit.",
        "未设毛利率：按收入计，视同全部为利润。",
    ),
    "missing exports": ("Needs {options}.", "需要 {options}。"),
    "ltv to cac missing": ("needs costs", "需要成本数据"),
    "ltv to cac none": ("no CAC by then", "当时还没有获客成本"),
    "trend of revenue": ("Net revenue by {period}", "每{period}净收入"),
    "trend of users": ("Active and new users by {period}", "每{period}活跃与新增用户"),
    "trend text": (
        "{name}, {count} periods, from {first} to {last}; lowest {low}, highest {high}.",
        "{name}，共 {count} 期，从 {first} 到 {last}；最低 {low}，最高 {high}。",
    ),
    # Changes.
    "change sentence": (
        "Net revenue changed by {change}: {parts}.",
        "净收入变动 {change}：{parts}。",
    ),
    "part": ("{value} from {name}", "{name} {value}"),
    "users_effect": ("active users", "活跃用户数"),
    "frequency_effect": ("orders per user", "人均订单数"),
    "aov_effect": ("order value", "客单价"),
    "change noise": (
        "The change is within noise: its parts below are no news by themselves.",
        "变化在正常波动之内：以下拆分本身不足为据。",
    ),
    "change none": ("Net revenue didn't change.", "净收入没有变化。"),
    "change leads": (
        "What weighs most: {tier}{channel}.",
        "影响最大的是{tier}{channel}。",
    ),
    "tier named": ("users who entered as “{name}” ({value})", "期初层级“{name}”（{value}）"),
    "channel named": (", and the channel {name} ({value})", "，以及渠道 {name}（{value}）"),
    "change parts": ("What the change comes from", "变化来自哪些因素"),
    "change tiers": ("Change by tier at the period's start", "按期初层级的变化"),
    "change channels": ("Change by channel of the order", "按订单渠道的变化"),
    "no channel": ("(no channel)", "（无渠道）"),
    "missing changes": (
        "Needs two whole periods: this data has {count}.",
        "需要两个完整周期；目前只有 {count} 个。",
    ),
    "missing year": (
        "Needs the {period} a year before {days}: the data begins on {first}.",
        "需要 {days} 去年同期的一{period}；数据从 {first} 开始。",
    ),
    "missing channel": (
        "By channel: the orders would need a column with their channel.",
        "按渠道拆分需要订单中有渠道列。",
    ),
    "decomposition note": (
        "The three parts are Shapley values of users × orders per user × order value, and add up to the change exactly.",
        "三部分为“活跃用户数 × 人均订单数 × 客单价”的 Shapley 值，合计恰等于总变化。",
    ),
    # Goals.
    "missing goals": (
        'No goals are set. In userops.toml: [goals] new = {{ target = 400 }}, revenue = {{ growth = "20%", period = "year" }}',
        '尚未设定目标。在 userops.toml 中写：[goals] new = {{ target = 400 }}, revenue = {{ growth = "20%", period = "year" }}',
    ),
    "goal sentence": (
        "{name}: {actual} of {target} ({achieved}) with {elapsed} of the time gone: {status}.",
        "{name}：已完成 {actual} / {target}（{achieved}），时间过去 {elapsed}：{status}。",
    ),
    "goal score": ("All goals so far, by their weight: {score}.", "全部目标至今按权重：{score}。"),
    "goal range": ("{value} ({low} to {high})", "{value}（{low} 至 {high}）"),
    # The business.
    "section business": ("The business", "业务"),
    "missing business": (
        "Needs costs: --costs FILE, with a column kind (traffic, delivery, staff).",
        "需要成本数据：--costs 文件，kind 列为 traffic（投放）、delivery（物流）、staff（人力）。",
    ),
    "business alone": (
        "{users:user|users} brought {value} after traffic and delivery.",
        "{users:,} 位用户带来 {value}（已扣除流量与交付成本）。",
    ),
    "business sentence": (
        "{users:user|users} brought {value} after traffic and delivery, {change} against the period before.",
        "{users:,} 位用户带来 {value}（已扣除流量与交付成本），与对比期相比{change}。",
    ),
    "business change": ("What the change comes from", "变化的来源"),
    # Segments.
    "segments sentence": (
        "{users:user has|users have} bought by {day}. {share} of them are “{name}”, who brought {revenue} of revenue.",
        "截至 {day} 共有 {users:,} 位购买用户；“{name}”占 {share}，贡献收入的 {revenue}。",
    ),
    "moves sentence": (
        "Since {day}, {up:user|users} rose to a higher tier and {down:,} fell to a lower one.",
        "自 {day} 以来，{up:,} 位用户升级，{down:,} 位用户降级。",
    ),
    "segment chart": ("Users by segment; the mark is {day}", "各分群用户数；竖线为 {day}"),
    "tier chart": ("Users by tier; the mark is {day}", "各层级用户数；竖线为 {day}"),
    "as numbers": ("As numbers", "数据表"),
    "segments text": (
        "Users of each segment, the largest “{name}” with {users:,}.",
        "各分群用户数，最多的是“{name}”，{users:,} 人。",
    ),
    "tiers title": ("Tiers since {day}", "层级变化（自 {day}）"),
    "moves title": ("Who moved between tiers since {day}", "层级流转（自 {day}）"),
    "call title": (
        "Whom to call first: most spent, most at risk",
        "优先联系：消费最多、流失风险最大",
    ),
    # Lifecycle.
    "stages and segments": (
        "Stages count days since the last order, segments rank users beside one another: who is loyal among all may have churned.",
        "生命周期按距上次下单的天数划分，分群按用户之间的排名划分：同一用户可能属于忠诚用户，却已流失。",
    ),
    "lifecycle sentence": (
        "{users:user|users}: {kept:,} in introduction, growth or maturity, {slump:,} in slump, {churned:,} churned.",
        "{users:,} 位用户中，{kept:,} 位处于引入、成长或成熟期，{slump:,} 位处于衰退期，{churned:,} 位已流失。",
    ),
    "leaving sentence": (
        "Since {day}, {users:user|users} fell into slump or churn; they had brought {revenue} so far.",
        "自 {day} 以来，{users:,} 位用户进入衰退或流失，其累计贡献 {revenue}。",
    ),
    "flow title": ("Stages from {before} to {day}", "阶段流转：{before} 至 {day}"),
    "flow text": (
        "Ribbons from each stage at {before} to the stages at {day}. Largest change: {users:user|users} from {source} to {target}.",
        "从 {before} 的阶段流向 {day} 的阶段。最大的变动：{users:,} 位用户由{source}转为{target}。",
    ),
    "levels moved": (
        "Since {day} {up:member|members} rose to a higher level, {down:,} fell.",
        "{day} 以来 {up:,} 位会员升级，{down:,} 位降级。",
    ),
    "levels end": (
        "The level of {users:member|members} ends soon and won't be kept as things stand.",
        "{users:,} 位会员的等级即将到期，按目前成长值不能保级。",
    ),
    "points owed": (
        "{users:user holds|users hold} {points:,} points.",
        "{users:,} 位用户持有 {points:,} 积分。",
    ),
    "points owed cost": (
        "{users:user holds|users hold} {points:,} points, which are expected to cost {cost}.",
        "{users:,} 位用户持有 {points:,} 积分，预计成本 {cost}。",
    ),
    "points end": (
        "{points:,} points run out by {day}, unless they're redeemed.",
        "{points:,} 积分若不使用，将于 {day} 或之前过期。",
    ),
    "lists brought": (
        "All lists so far brought {value} a user beyond users held back ({low} – {high}; {listed:,} listed, "
        "{held:,} held back).",
        "历次名单较对照人均多带来 {value}（{low} – {high}；列入 {listed:,} 位，对照 {held:,} 位）。",
    ),
    "lists brought buyers": (
        "All lists so far brought {value} more buyers in every 100 than there were among users held back ({low} – {high}; "
        "{listed:,} listed, {held:,} held back). Too few bought to say what that's worth in money.",
        "历次名单较对照每 100 位多带来 {value} 位下单（{low} – {high}；列入 {listed:,} 位，对照 {held:,} 位）。下单人数尚少，无法折算成金额。",
    ),
    "lists unclear buyers": (
        "Whether lists bring anything can't be told yet: {value} more buyers in every 100 ({low} – {high}; "
        "{listed:,} listed, {held:,} held back).",
        "名单是否有效尚无法判断：每 100 位多带来 {value} 位下单（{low} – {high}；列入 {listed:,} 位，对照 {held:,} 位）。",
    ),
    "lists unclear": (
        "Whether lists bring anything can't be told yet: {value} a user ({low} – {high}; {listed:,} listed, "
        "{held:,} held back).",
        "名单是否有效尚无法判断：人均 {value}（{low} – {high}；列入 {listed:,} 位，对照 {held:,} 位）。",
    ),
    "moved title": ("Who changed stages since {day}", "自 {day} 以来的阶段变化"),
    "stages title": ("Users by stage", "各阶段用户"),
    # High-value users.
    "screened sentence": (
        "{screened:user passes|users pass} all of the criteria, of {users:,} with an order.",
        "{users:,} 位用户中，{screened:,} 位通过全部标准。",
    ),
    "pareto sentence": (
        "The best {share} of users, {users:,}, bring {revenue} of net revenue; {most} of it takes {most_users:user|users}.",
        "消费最高的 {share} 用户（{users:,} 位）贡献了 {revenue} 的净收入；{most} 的净收入来自 {most_users:,} 位用户。",
    ),
    "pool sentence": (
        "Since {day} the core pool went from {before:user|users} to {now:,}: {came:,} came, {went:,} left "
        "({aged:,} as orders went out of the window, {refunded:,} by refunds, {rose:,} as the cut rose).",
        "自 {day} 以来，核心池由 {before:,} 位用户变为 {now:,} 位：进入 {came:,} 位，离开 {went:,} 位"
        "（旧订单移出窗口 {aged:,} 位，退款 {refunded:,} 位，入选线上升 {rose:,} 位）。",
    ),
    "thousand sentence": (
        "{users:user has|users have} spent {threshold} or more within 365 days, {entered:,} of them since the end of "
        "last month; {left:,} fell below it.",
        "{users:,} 位用户近 365 天净消费达到 {threshold}，其中 {entered:,} 位是上月末以来新达标；跌出 {left:,} 位。",
    ),
    "thousand sentence short": (
        "{users:user has|users have} spent {threshold} or more within 365 days.",
        "{users:,} 位用户近 365 天净消费达到 {threshold}。",
    ),
    "growth reached": (
        "That is {growth} on a year before; the target of {target} is reached.",
        "较一年前 {growth}，达到 {target} 的目标。",
    ),
    "growth missed": (
        "That is {growth} on a year before; the target of {target} takes {needed:user|users} more.",
        "较一年前 {growth}，距 {target} 的目标还差 {needed:,} 位。",
    ),
    "growth unknown": (
        "What it was a year before can't be told yet: the orders begin too late.",
        "一年前的数目尚无从得知：订单开始得太晚。",
    ),
    "thousand chart": ("Users above the threshold", "达标用户数"),
    "thousand text": (
        "Users above the threshold, from {first} at the end of {start} to {last} on {end}.",
        "达标用户数，从 {start} 末的 {first} 到 {end} 的 {last}。",
    ),
    # Cohorts.
    "cohorts sentence": (
        "Of all cohorts that have reached it, {first} came back one {period} later and {last} after {age}.",
        "在已到达的同期群中，{first}的用户在下一个{period}回来，第 {age} 期为 {last}。",
    ),
    "cohorts sentence later": (
        "Of all cohorts that have reached it, {first} came back one {period} later or after that, and {last} in {age} or after.",
        "在已到达的同期群中，{first}的用户在下一个{period}或之后回来，第 {age} 期或之后为 {last}。",
    ),
    "cohorts faded": (
        "Faded: cohorts of fewer than {size} users, whose rates say little.",
        "淡色：不足 {size} 人的同期群，比例参考意义有限。",
    ),
    "cohorts chart later": (
        "Share with an order then or later, by {period}s since the first",
        "首单后各{period}当期或之后仍下单的比例",
    ),
    "cohorts chart": (
        "Share with an order, by {period}s since the first",
        "首单后各{period}仍下单的比例",
    ),
    "cohorts text": (
        "Retention of {count:cohort|cohorts} by age; the row all is their weighted mean.",
        "{count} 个同期群各期留存；“全部”行为加权平均。",
    ),
    "cohort head": ("Cohort", "同期群"),
    "size head": ("Users", "人数"),
    "cohort cell": (
        "{cohort}, age {age}: {value} ({low} – {high})",
        "{cohort} 第 {age} 期：{value}（{low} – {high}）",
    ),
    # Repurchase.
    "repurchase sentence": (
        "{rate} of users buy again within {days} days ({counts}); half of second purchases come within {median} days.",
        "{days} 天内复购率 {rate}（{counts}）；一半的第二次购买发生在 {median} 天内。",
    ),
    "repurchase sentence short": (
        "{rate} of users buy again within {days} days ({counts}).",
        "{days} 天内复购率 {rate}（{counts}）。",
    ),
    "repurchase chart": (
        "Share with a second purchase within so many days",
        "首购后若干天内的复购率",
    ),
    "repurchase text": (
        "From {first} within {start} days to {last} within {end} days.",
        "{start} 天内 {first}，{end} 天内 {last}。",
    ),
    "missing repurchase": (
        "Nobody has been observed for {days:day|days} after a first purchase yet.",
        "还没有用户在首购后满 {days} 天。",
    ),
    "windows title": ("By window", "按时间窗"),
    "orders title": ("From each purchase to the next", "从第 i 次到第 i+1 次购买"),
    "observed": ("observed", "观测值"),
    "km": ("Kaplan–Meier", "Kaplan–Meier"),
    # Replenishment.
    "due sentence": (
        "{users:purchase is|purchases are} due by {day} or overdue, {overdue:,} of them already past their day.",
        "到 {day} 有 {users:,} 项待补货，其中 {overdue:,} 项已逾期。",
    ),
    "categories title": ("How long it lasts, by category", "各类目的消耗周期"),
    "due title": ("Due, likeliest first", "待补货，按概率"),
    "due chart": ("Median days to the next purchase, by category", "各类目复购间隔中位数（天）"),
    "missing replenishment": (
        "Needs a column with what was bought (--map category=COLUMN).",
        "需要商品类目列（--map category=列名）。",
    ),
    # LTV.
    "ltv sentence": (
        "A user has brought {ltv} so far.",
        "人均已贡献{ltv}。",
    ),
    "ltv won sentence": (
        "The {users} whom the costs won have brought {ltv} each so far.",
        "计入花费的 {users} 位新用户，人均已贡献{ltv}。",
    ),
    "ltv predicted": (
        "With the 365 days to come a user is expected to bring {value} in all (95 %: {low} – {high}).",
        "加上未来 365 天，预计人均共贡献 {value}（95%：{low} – {high}）。",
    ),
    "ltv predicted alone": (
        "A user is expected to bring {value} in all; how far off that may be isn't known yet.",
        "预计人均共贡献 {value}；误差尚不可知。",
    ),
    "ltv backtest": (
        "On earlier days the same forecast was off by {off} of what came; the interval is as wide as that.",
        "同样的预测在过去的回测中偏差为 {off}；区间已据此放宽。",
    ),
    "ltv revenue": ("{ltv} of revenue", "收入 {ltv}"),
    "ltv margin": ("{ltv} of margin", "毛利 {ltv}"),
    "cac sentence": (
        "Winning one cost {cac}: {name} is {ratio}.",
        "人均获客成本 {cac}，{name} 为 {ratio}。",
    ),
    "ltv chart": ("{name} and CAC by channel", "各渠道{name}与 CAC"),
    "ltv text": ("{name} by channel, the mark is CAC.", "各渠道{name}，竖线为 CAC。"),
    "channels title": ("Channels of acquisition", "获客渠道"),
    "missing ltv": (
        "Channels: needs costs by channel (--costs FILE) and the channel of orders or users.",
        "按渠道计算需要成本（--costs FILE）以及订单或用户的渠道。",
    ),
    "missing costs": (
        "CAC and payback need costs.",
        "CAC 与回本期需要成本数据。",
    ),
    "no cac": (
        "No CAC and payback: the costs are of days without orders, or net to nothing.",
        "无法计算 CAC 与回本期：成本所在日期没有订单，或合计不为正。",
    ),
    "ltv curve of revenue": (
        "Net revenue per user by age of cohort (months)",
        "各月龄人均累计净收入",
    ),
    "ltv curve": ("Margin per user by age of cohort (months)", "各月龄人均累计毛利"),
    # Activity and funnel.
    "referral sentence": (
        "{leaders:leader|leaders} invited {invited:user|users}; of those invited long enough ago {rate} ordered in time.",
        "{leaders:,} 位团长邀请了 {invited:,} 位用户；已满观察期的被邀请人中 {rate}按期下单。",
    ),
    "referral brought": (
        "Their orders came to {gmv}; commission and rewards cost {cost}.",
        "带来净成交额 {gmv}；佣金和奖励共 {cost}。",
    ),
    "referral brought free": (
        "Their orders came to {gmv}.",
        "带来净成交额 {gmv}。",
    ),
    "portrait more": (
        "More common among users of “{group}” than among all: {values}.",
        "“{group}”用户中高于整体的：{values}。",
    ),
    "portrait value": (
        "{value} ({attribute}, index {index})",
        "{value}（{attribute}，TGI {index}）",
    ),
    "portrait less": (
        "Less common: {values}.",
        "低于整体的：{values}。",
    ),
    "portrait alike": (
        "Users of “{group}” differ from all by no more than chance over so many values.",
        "“{group}”用户与整体的差异都在偶然范围之内。",
    ),
    "missing referral": (
        "Needs to know who invited whom: users with an inviter_id (--users FILE), or the leader of each order (--map leader_id=COLUMN).",
        "需要知道谁邀请了谁：带邀请人列的用户导出（--users FILE），或订单的团长列（--map leader_id=列名）。",
    ),
    "missing activity": (
        "Needs an export of events (--events FILE).",
        "需要事件导出（--events FILE）。",
    ),
    "missing funnel": (
        "Needs an export of events (--events FILE).",
        "需要事件导出（--events FILE）。",
    ),
    "nobody entered": (
        "Nobody has taken the path's first step, “{first}”, with a whole window since, by {day}.",
        "截至 {day}，没有用户迈出路径的第一步“{first}”并满观察期。",
    ),
    "missing analysis": ("Not in this version yet.", "本版本尚未提供。"),
    "activity sentence": (
        "In the {period} of {day}, {active:user was|users were} active: {new:,} new, {back:,} back from before.",
        "{day} 起的一{period}活跃用户 {active:,} 人：新增 {new:,} 人，老用户 {back:,} 人。",
    ),
    "stickiness sentence": ("Stickiness: {shares}.", "黏性：{shares}。"),
    "conversion title": ("Conversion of new users by channel", "各渠道新用户转化"),
    "activity chart": ("Active users by {period}", "每{period}活跃用户"),
    "section community": ("Community", "社群"),
    "missing community": (
        "No groups were read: --memberships FILE (or [exports] memberships) adds this section.",
        "未读取群数据：用 --memberships FILE（或 [exports] memberships）加上本节。",
    ),
    "community sentence": (
        "At the end of the {period} of {day} the groups had {members:member|members}: {joined:,} had joined, {left} left.",
        "{day} 起的一{period}末，群成员共 {members:,} 人：入群 {joined:,} 人次，退群 {left} 人次。",
    ),
    "community active": (
        "{active:member|members} wrote ({rate}).",
        "发言成员 {active:,} 人（{rate}）。",
    ),
    "community bought": (
        "{converted:,} of {matched:matched member|matched members} bought: {revenue}, which the groups needn't have caused.",
        "已匹配成员 {matched:,} 人中有 {converted:,} 人下单：{revenue}，这未必由群带来。",
    ),
    "community lift": (
        "Joining itself brought {difference} a member in {days} days (95 %: {low} to {high}), of the {naive} by which "
        "members spent more than others.",
        "入群本身在 {days} 天内为每人带来 {difference}（95%：{low} 至 {high}）；成员比其他人共多消费 {naive}。",
    ),
    "community unclear": (
        "Whether joining itself brought anything can't be told: {difference} a member in {days} days (95 %: {low} to "
        "{high}). That members spent {naive} more than others is mostly who joins.",
        "入群本身是否带来什么无法判断：{days} 天内每人 {difference}（95%：{low} 至 {high}）。成员比其他人多消费的 {naive} 主要说明谁会入群。",
    ),
    "community withheld": (
        "What joining brought isn't told: joiners differed from others before they joined.",
        "入群的作用不予给出：入群者在入群前就与其他人不同。",
    ),
    "community chart": ("Members by {period}", "每{period}群成员"),
    "community groups": ("Groups", "各群"),
    "community leavers": ("Who left last, and what they had bought", "最近退群的人及其购买"),
    "funnel sentence": (
        "{rate} of those who begin at “{first}” get to “{last}”; most are lost at “{worst}”.",
        "从“{first}”开始的用户中 {rate}到达“{last}”；流失最多的一步是“{worst}”。",
    ),
    "funnel chart": ("Users who get to each step", "到达各步骤的用户"),
    "missing channels": (
        "Nothing tells where users come from: a column for channel, in the orders or the users export.",
        "不知道用户来自哪里：订单或用户导出中需要渠道列。",
    ),
    "channels above": (
        "New users convert better than the platform's {rate}, in points: {channels}.",
        "新用户转化高于大盘（{rate}）的渠道（百分点）：{channels}。",
    ),
    "channels below": (
        "Worse than the platform's {rate}: {channels}.",
        "低于大盘（{rate}）的渠道：{channels}。",
    ),
    "channels chart": (
        "Conversion of new users, points above or below the platform",
        "新用户转化率与大盘相差的百分点",
    ),
    "attribution title": ("Share of orders by model of attribution", "各归因模型下的订单占比"),
    # Data.
    "data sentence": (
        "{read:row was|rows were} read: {used:,} used, {refused:,} refused, {left:,} left out, each with its reason below.",
        "共读取 {read:,} 行：计入 {used:,}，拒绝 {refused:,}，未计入 {left:,}，原因如下。",
    ),
    "data none": ("The exports hold no rows.", "导出中没有数据行。"),
    "data clean": (
        "{read:row was|rows were} read, and all used.",
        "共读取 {read:,} 行，全部计入。",
    ),
    "tally title": ("What became of each row", "每一行的去向"),
    "notes title": ("What was assumed", "读取时的假定"),
    # Run.
    "inputs title": ("Inputs", "输入文件"),
    "settings title": ("Settings", "设置"),
    "run as of": ("as of", "截止日"),
    "run version": ("userops", "userops 版本"),
    "run window": ("window", "数据范围"),
    "run period": ("period", "周期"),
    "run against": ("compared with", "对比"),
    "run pii": ("personal data", "个人信息"),
    "run lang": ("language", "语言"),
    "run note": (
        "The same inputs and settings give this report again, byte by byte.",
        "相同的输入和设置会得到逐字节相同的报告。",
    ),
    "not needed": (
        "Named, but not read, for no section here needs it: {files}.",
        "已指定但未读取（此处没有章节需要）：{files}。",
    ),
    "definitions sentence": (
        "What the words of this report mean.",
        "本报告所用名词的含义。",
    ),
    "and": (", ", "、"),
    "listed": ("; ", "；"),
    "said of": (": ", "："),
    "in place": ("{word} ({place})", "{word}（{place}）"),
}


def say(key: str, lang: Lang, **facts: object) -> str:
    """A sentence with its facts; counts as in notes: `{count:user|users}`."""
    text = SAYINGS[key][lang == "zh"]
    return fill(text, **facts) if facts or "{{" in text else text
