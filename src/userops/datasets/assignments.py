"""Assignments: campaign lists, one row a user who was put into a group of a campaign.

the same assignment
    Rows that are alike in every column are one. What else names a user in one group of one version of
    a campaign once more is another send: the earliest time counts, whether any was delivered, and what
    all of them cost. Without a column of campaigns all rows are of one; without a column of groups
    nobody was held back.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

ASSIGNMENTS = Dataset(
    "assignments",
    "assignment",
    (
        Field(
            "user_id",
            Type.ID,
            "who was assigned, as the orders export writes it",
            names(
                "user id,user,customer id,customer,client id,buyer id,member id,uid,用户id,用户编号,"
                "会员id,会员编号,会员号,买家id,买家会员名,客户id,客户编号,openid,unionid,external userid,"
                "profile id,用户,客户,email,phone,手机号,会员手机,手机"
            ),
            needed=True,
            zh="谁被分组，与订单导出写法一致。",
        ),
        Field(
            "campaign",
            Type.TEXT,
            "the campaign",
            names(
                "campaign,campaign name,campaign id,experiment,experiment name,test,test name,"
                "活动,活动名称,营销活动,运营活动,计划名称,任务名称,实验,实验名称"
            ),
            zh="哪次活动。",
        ),
        Field(
            "group",
            Type.TEXT,
            "the group of the campaign that the user is in",
            names(
                "group,arm,variant,variation,bucket,test group,experiment group,group name,"
                "分组,组别,组,所属组,实验分组,人群分组,分组名称"
            ),
            zh="用户在活动中属于哪个组。",
            says=("none",),  # a control is called so
        ),
        Field(
            "assigned_time",
            Type.TIME,
            "when the user was assigned, or the message sent",
            names(
                "assigned time,assigned at,assigned,assigned date,assignment time,assignment date,"
                "sent at,sent time,sent date,send time,send date,sent,first exposure,exposed at,"
                "分组时间,分组日期,分配时间,分配日期,入组时间,入组日期,触达时间,触达日期,发送时间,发送日期,推送时间,推送日期,派发时间"
            ),
            needed=True,
            zh="分组或发送的时间。",
        ),
        Field(
            "delivered",
            Type.TEXT,
            "whether it was delivered: yes or no, or when",
            names(
                "delivered,delivered at,reached,received,送达,是否送达,送达时间,触达成功,是否触达,发送状态"
            ),
            zh="是否送达：是否，或时间。",
        ),
        Field(
            "opened",
            Type.TEXT,
            "whether it was opened: yes or no, or when",
            names("opened,opened at,open,打开,是否打开,打开时间,已读,是否已读,阅读时间"),
            zh="是否打开：是否，或时间。",
        ),
        Field(
            "clicked",
            Type.TEXT,
            "whether it was clicked: yes or no, or when",
            names("clicked,clicked at,click,点击,是否点击,点击时间"),
            zh="是否点击：是否，或时间。",
        ),
        Field(
            "contact_cost",
            Type.MONEY,
            "what reaching the user cost",
            names("contact cost,cost,send cost,message cost,触达成本,发送成本,短信成本,成本,费用"),
            zh="触达该用户的花费。",
        ),
        Field(
            "version",
            Type.TEXT,
            "which version of a thing that is tried again: 1, 2, 3",
            names("version,iteration,round,版本,轮次,迭代"),
            zh="反复试验之物的第几版：1、2、3。",
        ),
        Field(
            "currency",
            Type.CURRENCY,
            "the costs' currency",
            names("currency,currency code,币种,货币"),
            zh="花费的币种。",
        ),
    ),
    same=Same(
        "the same assignment again",
        zh="同一分组再次出现",
        by="assigned_time",
    ),
    time="assigned_time",
    zh="活动分组",
)
