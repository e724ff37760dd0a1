"""Definitions in Chinese, by name; the English ones are the docstrings of the code.

A key is a name (`recency_days`), or `module.name` where modules mean different things by
one name, or `module/table` for a table.
"""

DEFINITIONS: dict[str, str] = {
    # Orders.
    "order": "一个 order_id 为一笔订单；按商品行导出的文件先合并回每单一行。没有订单号时，每行算一笔。",
    "orders.valid": "计入统计的订单：未取消、已付款、未关闭。",
    "net amount": (
        "金额减去退款。全额退款的订单不计入频次和最近购买，并单独计数；负数行若能找到原订单则冲减该订单，"
        "否则冲减该用户当天的消费。金额为零的也是订单。"
    ),
    "purchase day": "某用户在某个当地日期至少有一笔有效订单，即为一个购买日。",
    "orders.void": "已取消、未付款或已关闭：不计入，并单独计数。",
    "orders.refunded": "已全额退款：不计入，并单独计数。",
    # Columns of exports.
    "orders.user_id": "谁下的单，与导出文件写法一致。",
    "orders.order_time": "付款时间，没有则取下单时间；按店铺所在时区。",
    "orders.amount": "实付金额，未扣退款。",
    "orders.order_id": "订单自己的编号。",
    "orders.status": "订单的结果。",
    "orders.refund": "金额中退回的部分。",
    "orders.cancelled": "取消时间；未取消则为空。",
    "orders.currency": "金额的币种。",
    "orders.channel": "订单来自哪个渠道。",
    "orders.category": "所购商品的类目。",
    "orders.product": "所购商品。",
    "orders.quantity": "购买件数。",
    "events.user_id": "谁的行为。",
    "events.event_time": "发生时间，按店铺所在时区。",
    "events.event": "做了什么。",
    "events.event_id": "事件自己的编号。",
    "events.session_id": "所属的一次访问。",
    "events.channel": "访问来自哪个渠道。",
    "events.page": "页面或屏幕。",
    "events.item": "涉及的商品。",
    "events.group_id": "社群编号。",
    "events.value": "事件附带的数值。",
    "users.user_id": "用户编号，与订单导出写法一致。",
    "users.registered_time": "注册或添加的时间。",
    "users.channel": "用户来自哪个渠道。",
    "costs.channel": "花费投在哪个渠道。",
    "costs.period": "花费所在的日（YYYY-MM-DD）或月（YYYY-MM）。",
    "costs.cost": "花了多少。",
    "costs.currency": "花费的币种。",
    "the same cost": (
        "多份导出中渠道、周期、花费、币种以及各份导出共有的其他列都相同的行，只计一次；同一份导出中出现两次的行算两笔。"
    ),
    "negative cost": "退回的花费，冲减该渠道的花费。",
    # Users.
    "the same user": (
        "用户编号相同的行是同一用户：注册时间取最早者，属性取最早一条有内容的行；其余行不计入，并予计数。"
    ),
    "attribute": (
        "以字段名或列名指定：以用户导出所写为准；没有时（渠道、类目、商品）取用户首笔有效订单的值。"
    ),
    # Events.
    "the same event": "事件编号相同的行；没有编号时，每一列都相同的行。只计一次。",
    "anonymous id": (
        "用户身份未明时的编号。用户导出中的该列，或同时带有两个编号的 identify / $identify 事件，把它归到用户名下；"
        "事件归给多个用户时以最早者为准。无人认领的匿名编号各算一个用户。"
    ),
    "events.anonymous_id": "身份未明时的编号。",
    "events.duration_s": "持续秒数。",
    "active day": "某用户在某个当地日期至少有一个事件，即为一个活跃日。",
    "sessions": (
        "同一用户同一 session_id 的事件；没有 session_id 时，同一用户相邻间隔不超过 30 分钟的事件。按开始之日计。"
    ),
    "minutes": "停留时长。导出有时长时为各事件之和（没有的算 0）；否则为每次访问首末事件之间，计在开始之日。",
    # Activity.
    "activity/summary": "每个周期一行。",
    "activity/stickiness": "每个比率或天数一行。",
    "activity/users": "每个用户一行，按 user_id 排列。",
    "activity/depth": "每个时长区间一行。",
    "activity.period": "日、周或月的第一天。",
    "activity.active_users": "该周期内有事件的用户：新增 + 留存 + 回流。",
    "activity.new_users": "首个事件在该周期内的活跃用户：对导出而言是新的，更早来过的无从得知。",
    "activity.returning_users": "上一周期也活跃的活跃用户。",
    "activity.resurrected_users": "以前来过、但上一周期没来的活跃用户。",
    "activity.dormant_users": "上一周期活跃而本周期没来：留存 + 沉默 = 上一周期活跃。",
    "activity.events": "计入统计的行，每个事件一次。",
    "activity.events_per_user": "事件数 / 活跃用户。",
    "activity.minutes_per_user": "停留时长 / 活跃用户，见 minutes。",
    "activity.complete": "截止日是否已到该周期最后一天。事件从第一个周期中间开始时，另有说明。",
    "activity.measure": (
        "dau_wau：最近 7 天内活跃的用户，活跃日占这 7 天的比例，即日均活跃 / 周活；dau_mau：28 天的同一比例"
        "（整四周，每个星期几权重相同）。active_days：最近 28 天内活跃的用户，按其中活跃了几天。"
    ),
    "activity.days": "比率回看的天数；active_days 则为 28 天中的几天。",
    "activity.count": "比率：用户与活跃日的对数；active_days：用户数。",
    "activity.out_of": "count 所占的总数：周活 x 7，月活 x 28；active_days 则为月活。",
    "activity.share": "count / out_of。事件不够早时为空。",
    "activity.low": "占比的 Wilson 95 % 区间；比率各天不独立，为空。",
    "activity.high": "占比的 Wilson 95 % 区间；比率各天不独立，为空。",
    "activity.first_active": "首个事件的日期。",
    "activity.last_active": "最后一个事件的日期。",
    "activity.active_days": "有事件的天数。",
    "activity.cycle": (
        "按用户自己的节奏，即活跃日之间的平均间隔：3 天以内 daily，14 天以内 weekly，90 天以内 monthly，其余 yearly。"
        "此后的沉默长于三个间隔且超过 7 天为 lapsed。只有一个活跃日时还没有节奏：30 天内 new，之后 lapsed。"
    ),
    "activity.band": "按每次访问的时长：不到 40 秒、不到一小时、一小时以上。",
    "activity.pages": "带页面的事件；导出没有页面时为全部事件。",
    "activity.sessions_share": "该区间占全部访问的比例。",
    "activity.pages_per_session": "该区间每次访问的平均值。",
    "activity.minutes_per_session": "该区间每次访问的平均值。",
    # Funnel.
    "funnel/steps": "每个步骤一行。",
    "funnel/users": "每个进入者一行，按 user_id 排列。",
    "funnel/groups": "每个分组和首步之后的步骤一行。",
    "funnel/conversion": "每个分组一行。",
    "funnel.step": (
        "路径上的一步，按顺序。可以是事件，也可以来自其他导出：register 来自用户导出，order、pay、reorder（有效订单）来自订单导出。"
    ),
    "funnel.entrant": "走了第一步的用户，以首次为准，只取各导出都覆盖到的日子。",
    "funnel.users": (
        "窗口已满、且到达该步的进入者：依次走过此前每一步，每步不早于前一步，且在首步后 window 天内。与前面某步是同一事件的步骤"
        "（如 order 之后的 reorder）须更晚。窗口未满者另计，不算流失，并予说明。"
    ),
    "funnel.from_previous": "用户数 / 上一步用户数。",
    "funnel.from_first": "用户数 / 首步用户数。",
    "funnel.low": "from_first（conversion 表中为转化率）的 Wilson 95 % 区间。",
    "funnel.high": "from_first（conversion 表中为转化率）的 Wilson 95 % 区间。",
    "funnel.median_hours": (
        "到达该步者距上一步用时的中位数。任一步的导出只有日期时为空：此时注册和事件按当天开始计，订单按当天结束计。"
    ),
    "funnel.furthest_step": "进入者截至截止日在窗口内到达的最后一步；users 表中不论窗口是否已满。",
    "funnel.reached_at": "到达的日期。",
    "funnel.stuck_days": "截止日 - 到达日期；到达最后一步者为空。",
    "funnel.group": (
        "渠道或其他属性：取自用户导出，否则为首步事件的渠道（首步不是事件时，为用户首个事件的渠道）。不知道时为空。"
    ),
    "funnel.entrants": "分组中窗口已满的进入者：from_first 的分母。",
    "funnel.platform": "全部分组合计的同一比率。",
    "funnel.platform_users": "全部分组合计到达该步的用户：platform 的分子。",
    "funnel.platform_entrants": "全部分组合计的进入者：platform 的分母。",
    "funnel.points": (
        "100 x（分组比率 - 平台比率）及其 95 % 区间。分组是平台的一部分，差值等于（1 - 其用户占比）x 与其余用户的差，"
        "后者的区间用 Newcombe（1998）方法 10。没有其余用户时为空。"
    ),
    "funnel.new_users": "到截止日已满 within 天的进入者。",
    "funnel.converted_users": (
        "首步后 within 天内走了 convert 那一步的新用户，不论经过哪些步骤；但须先走过同一事件的前一步（如 reorder 之前的 order）。"
    ),
    "funnel.conversion": "转化用户 / 新用户。",
    # Use.
    "by_events/two_way": "每对层级（按购买、按使用）一行。",
    "by_events.active_days": "截至截止日有事件的天数。",
    "by_events.minutes_share": "该行占全部时长的比例。",
    "by_events.mean_active_days": "该行用户的平均值；没有用户时为空。",
    "by_events.mean_minutes": "该行用户的平均值；没有用户时为空。",
    "by_events.use_recency_days": "截止日 - 最近活跃日。",
    "by_events.use_r_score": "按使用的得分；旁边的 r_score、f_score、m_score 按订单。",
    "by_events.use_rfm_score": "按使用的三个得分连写。",
    "by_events.use_segment": "按使用的分群与层级。",
    "by_events.use_tier": "按使用的分群与层级。",
    "by_events.two_way_tier": "按购买的层级 x 按使用的层级；没有有效订单或没有事件时为 none。",
    # Intervals.
    "intervals.low": "95 % 置信区间的下限。",
    "intervals.high": "95 % 置信区间的上限。",
    # Check.
    "check/summary": "主题、项目、内容。",
    "check/rejects": "每一条被拒的行。",
    "check/columns": "哪一列被当作哪个字段，以及依据。",
    "finding": "数据中可能有问题之处：涉及多少行、订单、天或用户，一个例子，对数字的影响，以及如何处理。",
    "order twice": "同一用户同一天金额相同、订单号不同、相隔不超过一分钟的两笔订单：往往是一笔被发送了两次。",
    "busy user": "一天下单超过 20 笔，或占全部订单 5 % 以上且至少 100 笔的用户：批发商、收银台或测试账号。",
    "silent days": (
        "连续没有订单的天数，而日均 m 单的店铺出现这种情况的概率不到百万分之一：exp(-m × 天数) < 1e-6，"
        "m 取前四周与后四周中较淡者。往往是漏了一份导出。"
    ),
    "spike": (
        "某天订单数超出日中位数 8 个稳健标准差（1.4826 × 绝对中位差）以上：大促，或某份导出被算了两次。超过一年的空白不计。"
    ),
    "thin last day": "最后一天的订单数不到此前四个同星期日中位数的三分之一：导出时这一天还没过完。",
    "test account": "用户编号含 test、demo、admin 或“测试”。",
    "odd amount": "超过正金额中位数的一千倍。",
    "odd date": "早于 2000 年：1900 和 1970 是系统在没有日期时写的。",
    "count": "一项发现涉及多少行、订单、天或用户。",
    "findings.unit": "一项发现涉及多少行、订单、天或用户。",
    "example": "其中一例；对数字的影响；如何处理。",
    "effect": "其中一例；对数字的影响；如何处理。",
    "change": "其中一例；对数字的影响；如何处理。",
    "check.topic": "概览说的是什么，以及内容。",
    "check.item": "概览说的是什么，以及内容。",
    "check.value": "概览说的是什么，以及内容。",
    "file": "导出文件，以及被拒的行从哪一行开始。",
    "line": "导出文件，以及被拒的行从哪一行开始。",
    "column": "导出文件的一列，以及它被当作哪个字段。",
    "field": "导出文件的一列，以及它被当作哪个字段。",
    "reason": "拒绝该行的规则，以及该行在文件中的原文。",
    "raw": "拒绝该行的规则，以及该行在文件中的原文。",
    "why": "凭什么认定某列是该字段。",
    "passed_over": "其他也可能是该字段的列。",
    "filled": "该列有内容的行所占比例。",
    # Lifecycle.
    "lifecycle/users": "每个用户一行，按 user_id 排序。",
    "lifecycle/summary": "每个阶段一行。",
    "lifecycle/transitions": "从较早一天到截止日，每对阶段一行。",
    "lifecycle/flow": "每周或每月一行。",
    "stage": (
        "按最后一笔有效订单：距截止日超过 churn_days（60）天为 churned（流失），超过 slump_days（30）天为 slump"
        "（衰退）；否则按有效订单数：少于 growth_orders（2）为 introduction（引入），少于 maturity_orders（5）为 "
        "growth（成长），其余为 maturity（成熟）。registered（已注册）在用户导出中，但没有有效订单。"
    ),
    "reactivated": "最后一笔订单之前的间隔超过了当时的流失界限。",
    "lifecycle.orders": "截止日（含）之前的有效订单数。",
    "lifecycle.revenue": "截止日（含）之前的净消费额之和；在 transitions 中为该行用户的净消费额之和。",
    "slump_after_days": (
        "该阶段用户适用的界限；各人不同时取均值。用 --adaptive 时，取已完成的下单间隔的第 80、90 百分位"
        "（第 7 类），按间隔前的订单数分为 1、2、3-4、5 及以上；间隔少于 min_gaps（30）个的沿用固定界限。"
    ),
    "from_stage": "较早那天的阶段；当时还不存在的用户为 new。",
    "to_stage": "截止日的阶段；此后订单全部退款的用户为 no order。",
    "lifecycle.share": "该行用户数 / 其 from_stage 的用户数。",
    "lifecycle.active": "该期内有订单的用户：new + current + resurrected。",
    "lifecycle.new": "首单在该期内的活跃用户：对导出而言是新的，更早下过单的无从得知。",
    "lifecycle.current": "上一期也活跃的活跃用户。",
    "lifecycle.resurrected": "以前下过单、但上一期没有的活跃用户。",
    "lifecycle.dormant": "上一期活跃、本期不活跃；current + dormant 即上一期的活跃用户。",
    "lifecycle.complete": "截止日是否已到该期最后一天。订单从第一期中间开始时，另有说明。",
    # Cohorts.
    "cohorts/matrix": "每个同期群一行，每个期龄一列。",
    "cohorts/long": "每个同期群的每个期龄一行。",
    "cohort": (
        "用户首笔有效订单所在的日、周或月；用事件时为注册所在期，否则为首个事件所在期。月写作 YYYY-MM，"
        "周和日写作第一天。"
    ),
    "cohorts.size": "同期群的用户数；all 行在 matrix 中为全部，在 long 中为已完整到达该期龄的同期群之和。",
    "cohorts.age": (
        "0 为同期群自己的那一期，k 为其后第 k 期。截止日尚未到达的期龄为空，不是零；用户在事件开始之前注册时，"
        "事件未从第一天起覆盖的期也为空。"
    ),
    "cohorts.numerator": (
        "该期龄所计的数。retention、users：该期有订单（事件）的用户，用 --returning on-or-after 时含其后各期；"
        "orders：该期订单数；revenue：该期净收入，找不到原订单的退款计在它自己那天的期龄，不小于 0；"
        "cumulative_revenue_per_user：截至该期的净收入。"
    ),
    "cohorts.value": (
        "retention 与 cumulative_revenue_per_user 为 numerator / size，其余为 numerator。all 行把已完整到达该期龄的"
        "同期群相加。"
    ),
    "cohorts.low": "留存率的 Wilson 95 % 区间；其他指标为空。",
    "cohorts.high": "留存率的 Wilson 95 % 区间；其他指标为空。",
    "cohorts.complete": "截止日是否已到该格所在期的最后一天。被截断的期，数值还会增长，all 行不计入。",
    # Repurchase.
    "repurchase/windows": "每个窗口一行。",
    "repurchase/orders": "每个订单序号一行。",
    "grain": "什么算一次购买：购买日（默认），或每笔有效订单。各表都写明用的是哪一种。",
    "repurchase.days": "窗口：首次购买之后的这些天内。",
    "observed_users": "首次购买距截止日至少这么多天的用户；更晚来的还没有足够时间，不进分母。",
    "repurchased_users": "其中在窗口内有第二次购买的用户。",
    "repurchase.rate": (
        "在 windows 中为 repurchased_users / observed_users；在 orders 中为 next_users / users，最近才购买的暂计为"
        "尚未复购。没有用户则为空。"
    ),
    "repurchase.low": "比率的 95 % 区间（Wilson 1927）。",
    "repurchase.high": "比率的 95 % 区间（Wilson 1927）。",
    "order_number": "用户的第几次购买；没有序号的最后一行为全部购买合计。",
    "next_users": "有第 i 次购买的用户中，有下一次购买的人数。",
    "median_days": "第 i 次购买之后，已发生的下一次购买有一半、80 %、90 % 在多少天内（第 7 类分位数）。",
    "p80_days": "第 i 次购买之后，已发生的下一次购买有一半、80 %、90 % 在多少天内（第 7 类分位数）。",
    "p90_days": "第 i 次购买之后，已发生的下一次购买有一半、80 %、90 % 在多少天内（第 7 类分位数）。",
    "km_rate": (
        "对全体用户的 Kaplan-Meier 估计：到那时已发生的比例，即 1 − ∏（1 − 当天发生数 / 观察到当天的人数）。"
        "没有人被观察到那么久则为空。"
    ),
    # Replenishment.
    "replenishment/categories": "每个品类一行。",
    "replenishment/due": (
        "每个用户和品类一行，按预计复购日、用户、品类排序：截止日后 within 天内到期或已逾期的；沉默超过预计间隔 lapsed_after "
        "倍的不再列出。"
    ),
    "replenishment.category": "订单中的品类；订单都没有品类时为 all。其余订单有品类而自己没有的购买不计入，并注明。",
    "buyers": "在该品类有购买的用户数。",
    "repeat_buyers": "其中有第二次购买的用户数。",
    "replenishment.rate": "repeat_buyers / buyers：截至目前，最近才购买的暂计为尚未复购。",
    "replenishment.low": "比率的 95 % 区间（Wilson 1927）。",
    "replenishment.high": "比率的 95 % 区间（Wilson 1927）。",
    "p25_days": "同一用户在该品类相邻两次购买相隔天数的四分位数（第 7 类分位数），只含已发生的。",
    "replenishment.median_days": "同一用户在该品类相邻两次购买相隔天数的四分位数（第 7 类分位数），只含已发生的。",
    "p75_days": "同一用户在该品类相邻两次购买相隔天数的四分位数（第 7 类分位数），只含已发生的。",
    "days_per_unit": "到下一次购买的天数 / 之前所购件数的中位数，按购买日计。该品类件数未知则为空。",
    "purchases": "用户在该品类的购买日数：同一天买的一起用完。",
    "last_purchase": "其中最后一次的日期。",
    "expected_days": (
        "上次购买预计可用多少天：件数 × exp（用户节奏）。y = ln（间隔天数 / 件数），用户有 n 个间隔时，节奏 = 中心 + w "
        "（y 的均值 − 中心），w = n v / (n v + s)；中心为该品类中位数的对数，s 为用户内方差，v 为用户间方差，均由矩估计"
        "（方差分析）得出：s = SSW / (N − k)，v = max(0, (SSB − (k − 1) s) / (N − Σn² / N))，N 个间隔属于 k 个用户。"
        "只买过一次的用户取品类的节奏；见得越多、用户差别越大，越取用户自己的。没有用户有两个间隔时 v 为 0。件数未知按一件计；品类的件数全都未知时，一个购买日按一件计。"
    ),
    "due_date": "last_purchase + expected_days，四舍五入到天。",
    "overdue_days": "截止日减去 due_date；未到期为负。",
    # LTV and CAC.
    "ltv/summary": "每个分组一行。",
    "ltv/users": "每个用户一行，按 user_id 排序。",
    "ltv/cohorts": "每个同期群的每个期龄一行。",
    "ltv/channels": "每个获客渠道一行。",
    "ltv/model": "每个参数一行。",
    "ltv/backtest": "每个十分位一行，然后是 all 与 naive。",
    "backtest/backtest": "每个十分位一行，然后是 all 与 naive。",
    "ltv.group": "all；用 --by 时为各获客渠道、同期群（首单月份）或其他属性的值，没有该属性的用户为空。",
    "ltv.users": "分组中有有效订单的用户数。",
    "ltv.revenue": "截止日（含）之前的净收入。",
    "ltv_to_date": "截至截止日的人均毛利：净收入 × 毛利率 / 用户数。未给毛利率时按 1。",
    "ltv_predicted": (
        "已实现的 LTV 加上截止日后 horizon 天内该组用户预计带来的折现值；模型无法拟合则为空。"
    ),
    "ltv_low": "ltv_predicted 在 level 水平的区间：拟合参数的误差，用 delta 法经两个模型传递；不含用户自身的随机性。",
    "ltv_cac": "已实现的 LTV 是 CAC 的几倍：ltv_to_date / cac。",
    "ltv.cohort": "首笔有效订单的月份；all 行在每个期龄上把已完整到达的同期群相加。",
    "ltv.age": "同期群月份之后的第几个自然月；截止日尚未到达的期龄没有行。",
    "ltv.size": "同期群的用户数。",
    "ltv.numerator": "同期群用户截至该期龄的净收入。",
    "ltv.value": "numerator × 毛利率 / size：该期龄已实现的 LTV。",
    "ltv.complete": "截止日是否已到该期龄所在月的最后一天。",
    "ltv.model": "购买模型，或消费额模型 gamma-gamma。",
    "ltv.parameter": "模型的参数，或 log_likelihood（对数似然）、users（拟合所用人数）、aic。",
    "ltv.estimate": (
        "最大似然估计、由 Hessian 得到的标准误，以及 level 水平的区间。时间以 time_unit 计，金额以货币整单位计。"
    ),
    "acquisition channel": "用户导出中该用户的渠道；没有时取首笔有效订单的渠道。",
    "acquisition.cost": (
        "投在某渠道的花费。月度花费平均摊到每天；只计首单所在月到截止日的日子，没有记录的日子为零。"
    ),
    "new_users": "首单落在花费覆盖期内的用户（不超出订单的时间范围）；没有花费时为全部用户。",
    "cac": "同一期间的 cost / new_users；花费为零或负时为空，ltv_cac、payback_months 和 roi 亦然。",
    "payback_months": (
        "新用户人均累计毛利达到 CAC 的第一个期龄（首单当月为 0，按自然月），只用已完整到达该期龄的同期群；"
        "尚未达到时，给人看的格式写明已观察的月数，否则为空。"
    ),
    "roi": "（新用户截至截止日带来的毛利 − 花费）/ 花费。",
    "p_alive": "由购买时间和次数推断，用户尚未永久离开的概率。",
    "expected_orders": (
        "截止日后 horizon 天内的预期购买日数。用 BG/NBD、MBG/NBD 或 Pareto/NBD 对全体最大似然拟合；"
        "x = 购买日数 − 1，t_x = 首末次购买相隔天数，T = 首次购买到截止日的天数。"
    ),
    "expected_spend": "预期每个购买日的金额：Gamma-Gamma，由复购的平均金额推断；无法拟合则为空。",
    "clv": "截止日后 horizon 天内用户预计带来的价值：折现的购买次数 × 预期金额 × 毛利率。",
    "clv_low": "以 level 的概率包含用户将带来的价值：含用户自身的随机性，参数视为已知。",
    "decile": (
        "按预测购买数分成的十分位，最多者在前；预测相等的用户不拆开，各组人数可能不同。all 为全体；"
        "naive 为朴素公式：人人按迄今的复购速度和平均金额继续购买。"
    ),
    "backtest.users": "校准期结束前已首次购买的用户。",
    "predicted_orders": "校准期之后到截止日，模型预计与实际发生的购买日数。",
    "predicted_revenue": "同上，为净收入；不折现，也不乘毛利率。",
    "first_amount": "首个购买日的净额。",
    # RFM.
    "rfm/users": "每个用户一行，按 user_id 排序。",
    "rfm/summary": "每个分群一行，按规则表的顺序。",
    "rfm/tiers": "每个层级一行。",
    "rfm/cuts": "每个指标的每个分值一行。",
    "first_order": "第一笔有效订单的日期。",
    "last_order": "最后一笔有效订单的日期。",
    "recency": "截止日（as_of）减去最后一笔有效订单的日期。",
    "recency_days": "截止日（as_of）减去最后一笔有效订单的日期。",
    "frequency": "截止日（含）之前的有效订单数。",
    "monetary": "净消费额之和（金额减去退款）。",
    "r_score": (
        "F、M：1 + 小于该值的切分点个数；R：分档数 − 小于 recency_days 的切分点个数。数值相等得分必然相等，"
        "与行的顺序无关。"
    ),
    "rfm_score": "三个得分依次相连；得分可能是两位数时用“-”隔开。",
    "segment": (
        "按五分制得分查规则表，先命中者为准；rfm8 改为与全体用户的均值比较：recency_days ≤ 均值为 R 高，"
        "数值 ≥ 均值为 F 高、M 高。"
    ),
    "rfm.tier": (
        "new（新客）：首单在截止日前 new_days 天内，且只有一笔；否则 high（高）：F、M 得分都在 4 分以上（五分制）；"
        "middle（中）：其中一项；low（低）：都没有。"
    ),
    "action": "运营手册中该分群（在 tiers 表中为该层级）对应的一句建议。",
    "rfm.users": "该分群或层级的用户数，或该指标得此分的用户数。",
    "rfm.orders": "这些用户的有效订单数。",
    "rfm.revenue": "这些用户的净消费额之和。",
    "users_share": "占全体用户的比例。",
    "revenue_share": "占全部净收入的比例。",
    "mean_recency_days": "组内用户的平均值；没有用户则为空。",
    "mean_frequency": "组内用户的平均值；没有用户则为空。",
    "mean_monetary": "组内用户的平均值；没有用户则为空。",
    "metric": "得分与切分点所对应的指标：recency（最近购买）、frequency（频次）、monetary（金额）。",
    "score": "该指标的得分，越高越好：最近、最勤、消费最多。",
    "lower": (
        "某个分值对应大于 lower、至多 upper 的数值；没有界限处为空。切分点为 k/bins 处的分位数，线性插值"
        "（Hyndman & Fan 1996，第 7 类），或取固定值。"
    ),
    # Report: measures, drivers, movements, goals.
    "measures.users": "截至该时段末有过有效订单的用户数。",
    "measures.active": "该时段内下过单的用户数。",
    "measures.new": "首单落在该时段内的活跃用户数。",
    "measures.orders": "该时段内的有效订单数。",
    "measures.revenue": "该时段内净金额之和；找不到原订单的退款计入退款当天。",
    "orders_per_user": "订单数 / 活跃用户数。",
    "aov": "净收入 / 订单数。",
    "repurchase_rate": ("首购后 30 天恰在该时段内期满的用户中，这 30 天内有第二个购买日的比例。"),
    "measures.change": "本期值 / 对比期值 - 1；比例类指标取差值，以百分点计。",
    "measures.complete": "截止日是否已到该周期最后一天或之后。",
    "measures/periods": "每周或每月一行",
    "ltv_by_period.ltv_cac": (
        "ltv_to_date / cac，两者均为该周期最后一天（或截止日）当时所知："
        "对象是到那天为止获得的全部用户，不限于该周期；之后的订单和花费不计。"
    ),
    "ltv_by_period/ltv_periods": "每周或每月一行",
    "users_effect": (
        "净收入变化中，分别来自活跃用户数、人均订单数、客单价的部分。净收入 = 用户数 × 人均订单数 × 客单价；"
        "每个因素的部分是其 Shapley 值：在三者变化的所有先后次序下，它自身变化所带来的差额的平均。三部分之和"
        "恰等于总变化，分毫不差。"
    ),
    "revenue_before": "对比期的净收入。",
    "revenue_change": "净收入 - 上期净收入 = 用户数影响 + 人均订单数影响 + 客单价影响。",
    "entry_tier": "用户进入该时段时的层级，按时段前一天日终评分；first order（首次下单）指此前未购买者。",
    "revenue_change/change": "一行，全体用户",
    "revenue_change/change_by_tier": "每个期初层级一行",
    "revenue_change/change_by_channel": "每个订单渠道一行",
    "users_before": "较早那一天该分群或层级的用户数，按当天评分。",
    "users_change": "现用户数 - 此前用户数。",
    "from_tier": "较早那一天的层级；first order（首次下单）指当时尚未购买者。",
    "to_tier": "截止日的层级；no order（已无订单）指此后订单全部退款者。",
    "movements/segments": "每个分群一行",
    "movements/tiers": "每个层级一行",
    "movements/tier_moves": "每对层级一行",
    "goal": (
        "users、active、new、orders、revenue、aov 或 repurchase_rate，含义同报告的核心指标，"
        "时段为截止日所在的周、月、季或年。"
    ),
    "goal_from": "目标时段的首日和末日。",
    "target": "要达到的值，金额以货币单位计。设 growth 时，为去年同期全期的值再乘以 1 + growth。",
    "actual": "至今的值。",
    "achieved": "实际值 / 目标值。",
    "elapsed": "目标时段中截至截止日的天数 / 总天数。",
    "pace": (
        "可逐日累加的指标（新增、订单、净收入）：完成率 / 时间进度；用户数：已增 / 应增 / 时间进度。"
        "100 % 即恰好按时。其他指标为空。"
    ),
    "projected": "若余下的日子与此前相同，期末可达到的值；没有进度比的指标为空。",
    "goals.status": (
        "reached（已达成）；on pace（进度正常，进度比 >= 1）、nearly（略慢，>= 0.9）、behind（落后）；期末或没有"
        "进度比时为已达成，或 missed（未达成）、not yet（尚未达成）。"
    ),
    "goals/goals": "每个目标一行",
    "mask": "保留首尾字符，其余以圆点代替：足以辨认，不足以知晓。不同用户可能遮成相同的样子。",
    "hash": (
        "以环境变量 USEROPS_PII_KEY 为密钥的 HMAC-SHA-256，取前 16 位十六进制数：相同文本得到相同结果，"
        "没有密钥则无法由手机号列表反推。"
    ),
    "privacy.raw": "原样。",
}
DEFINITIONS["frequency_effect"] = DEFINITIONS["aov_effect"] = DEFINITIONS["users_effect"]
DEFINITIONS["goal_to"] = DEFINITIONS["goal_from"]
DEFINITIONS["f_score"] = DEFINITIONS["m_score"] = DEFINITIONS["r_score"]
DEFINITIONS["churned_after_days"] = DEFINITIONS["slump_after_days"]
for _name, _same in {
    "ltv_high": "ltv_low",
    "ltv.std_error": "ltv.estimate",
    "ltv.low": "ltv.estimate",
    "ltv.high": "ltv.estimate",
    "clv_high": "clv_low",
    "actual_orders": "predicted_orders",
    "actual_revenue": "predicted_revenue",
}.items():
    DEFINITIONS[_name] = DEFINITIONS[_same]
DEFINITIONS["upper"] = DEFINITIONS["lower"]
DEFINITIONS["session"] = DEFINITIONS["sessions"]
DEFINITIONS["funnel.points_low"] = DEFINITIONS["funnel.points_high"] = DEFINITIONS["funnel.points"]
DEFINITIONS["by_events.use_f_score"] = DEFINITIONS["by_events.use_m_score"] = DEFINITIONS[
    "by_events.use_r_score"
]

UNITS: dict[str, str] = {
    "days": "天",
    "orders": "单",
    "money": "金额",
    "text": "文本",
    "word": "词",
    "number": "数值",
    "count": "个数",
    "users": "人",
    "proportion": "比例",
    "date": "日期",
    "per user": "人均",
    "1 to bins": "1 至分档数",
    "id": "编号",
    "time": "时间",
    "sessions": "次",
    "minutes": "分钟",
    "events": "个",
    "hours": "小时",
    "pages": "页",
    "points": "百分点",
    "status": "状态",
    "currency": "币种",
}

# What a rule says, in Chinese.
SCORES: dict[str, str] = {
    " high": " 高",
    " low": " 低",
    ", ": "，",
    "None of the others.": "不属于以上任何一类。",
}
